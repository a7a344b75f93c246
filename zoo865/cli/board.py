"""A board game in the terminal: by the arrow keys where pieces fall, else by the names of moves."""

import sys

import typer

from zoo865.errors import ZooError

KEYS = {"\x1b[D": -1, "\x1bOD": -1, "\x1b[C": 1, "\x1bOC": 1}  # left and right, as terminals send them


def play_in_terminal(session) -> None:
    """Plays a `zoo865.exporting.play_game.Session` until its game has ended, or the person quits."""
    game, by_arrows = session.game, getattr(session.game, "falls", False) and sys.stdin.isatty()
    how = "arrow keys and Enter, or a column's number" if by_arrows else "the name of a move"
    print(f"{session.origin} plays {game.name}. Moves: {how}; undo: u, quit: q")
    column, wrong = game.actions // 2, ""
    while True:
        print(f"\n{game.drawn(session.position)}\n{session.said}{wrong}", end="")
        if session.result:
            print(session.result)
        asked, wrong = _by_arrows(column, game.actions) if by_arrows else _by_line(), ""
        if asked == "q" or (session.result and asked != "u"):
            return
        if asked == "u":
            session.undo()
            continue
        try:
            session.move(asked)
            column = int(asked) - 1 if by_arrows else column
        except ZooError as error:
            wrong = f"{error}\n"


def _by_line() -> str:
    try:
        asked = input("> ").strip()
    except EOFError:
        return "q"
    return {"undo": "u", "quit": "q"}.get(asked, asked)


def _by_arrows(column: int, columns: int) -> str:
    while True:
        print(f"\r{'  ' * column}^{'  ' * (columns - column)}", end="", flush=True)
        key = typer.getchar()
        column = min(columns - 1, max(0, column + KEYS.get(key, 0)))
        if key in ("\r", "\n", " "):
            print()
            return str(column + 1)
        if key.isdigit() or key in ("u", "q"):
            print()
            return key
