"""A game by its name."""

import re

from zoo865.errors import ZooError, nearest
from zoo865.games.game import Game
from zoo865.games.k_in_a_row import GAMES, KInARow

PLACED = re.compile(r"(\d+),(\d+),(\d+)")


def game_of(name: str) -> Game:
    """A game by its name.

    Args:
        name: "connect4"; "tictactoe"; "WIDTH,HEIGHT,K", pieces are placed anywhere and k in a row win; or
            "open_spiel/NAME", with parameters where the game has some, "open_spiel/hex(board_size=5)".

    Returns:
        Its rules.

    Raises:
        ZooError: there is no such game, or it is of another kind than is played here.

    Example:
        >>> game_of("connect4").actions, game_of("5,5,4").actions
        (7, 25)
    """
    if name in GAMES:
        return GAMES[name]
    if name.startswith("open_spiel/"):
        from zoo865.games.open_spiel import OpenSpielGame

        return OpenSpielGame(name.removeprefix("open_spiel/"))
    if found := PLACED.fullmatch(name):
        width, height, k = map(int, found.groups())
        return KInARow(name, width, height, k, falls=False)
    raise ZooError(f"no game {name!r}", f"{nearest(name, GAMES)}, WIDTH,HEIGHT,K, or open_spiel/NAME")
