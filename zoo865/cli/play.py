"""zoo865 play"""

import sys
from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, quiet, quiet_start
from zoo865.errors import ZooError, counted

NAME = "play"
SIMULATIONS = 200


def run(
    name: Annotated[
        str, typer.Argument(help="Run, published model, or system (its newest local run, else its published model).")
    ],
    episodes: Annotated[int, typer.Option(help="Number of episodes, or of games.")] = 10,
    seed: Annotated[int, typer.Option(help="Random seed, from 0 to 102.")] = 0,
    out: Annotated[
        str | None, typer.Option(help="Write the first episode as an animated GIF.", show_default=False)
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="Of a board game: human, random, mcts:500 (a search of so many simulations without a network), or "
            "another network by its name. By default human in a terminal, else random.",
            show_default=False,
        ),
    ] = None,
    simulations: Annotated[
        int | None, typer.Option(help="Of a board game: simulations a move.", show_default=str(SIMULATIONS))
    ] = None,
    page: Annotated[
        str | None,
        typer.Option(help="Of k in a row: write a page on which to play, network included.", show_default=False),
    ] = None,
    json: Json = False,
):
    """Plays an agent in new episodes, which neither training nor test has used; or a board game, also against you.

    zoo865 play dqn_cartpole --episodes 10 --out episode.gif

    zoo865 play alphazero_connect4

    zoo865 play alphazero_connect4 --against mcts:500 --episodes 100

    zoo865 play alphazero_connect4 --page connect4.html
    """
    from zoo865.exporting.play import play
    from zoo865.training.published import find_trained

    run = find_trained(name)
    if run.spec.game:
        if out is not None:
            raise ZooError("a board game has no GIF", "omit --out")
        count = SIMULATIONS if simulations is None else simulations
        if page is not None:
            return _page(name, count, page, json)
        against = against or ("human" if sys.stdin.isatty() and not json else "random")
        return _game(run, against, count, episodes, seed, json)
    if any(given is not None for given in (against, simulations, page)):
        raise ZooError(f"{name} plays no board game", "omit --against, --simulations and --page")
    with quiet():
        played = play(run, episodes=episodes, seed=seed, out=out)
    if json:
        as_json(played)
        return
    counts = [counted(played[f"{thing}s"], thing) for thing in ("episode", "step")]
    print(f"{counts[0]} of {played['environment']}, {counts[1]}, by {played['model']}")
    print(f"return  mean {played['return_mean']:.1f}, worst {min(played['returns']):.1f}")
    if out:
        every = played["film_every"]
        print(f"film    {out}" + (f"   (every {every} steps)" if every > 1 else ""))


def _page(name: str, simulations: int, out: str, json: bool):
    with quiet_start():
        from zoo865.exporting.play_page import play_page
    path = play_page(name, simulations=simulations, out=out)
    if json:
        as_json({"page": str(path)})
        return
    print(f"open in a browser: {path}")


def _game(run, against: str, simulations: int, games: int, seed: int, json: bool):
    from zoo865.cli.board import play_in_terminal
    from zoo865.exporting.play_game import Session, play_game

    if against == "human":
        if json:
            raise ZooError("a game against a person is no JSON", "omit --json, or give another --against")
        with quiet():
            session = Session(run, simulations=simulations)
        play_in_terminal(session)
        return
    with quiet():
        played = play_game(run, against=against, simulations=simulations, games=games, seed=seed)
    if json:
        as_json(played)
        return
    print(f"{counted(played['games'], 'game')} of {played['game']} by {played['model']} against {against}")
    print(f"won {played['won']}, drawn {played['drawn']}, lost {played['lost']}")
    print(f"points  {played['points']:.1%} ({played['points_low']:.1%} to {played['points_high']:.1%})")
