"""zoo865 play"""

from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, quiet
from zoo865.errors import counted

NAME = "play"


def run(
    name: Annotated[
        str, typer.Argument(help="Run, published model, or system (its newest local run, else its published model).")
    ],
    episodes: Annotated[int, typer.Option(help="Number of episodes.")] = 10,
    seed: Annotated[int, typer.Option(help="Random seed, from 0 to 102.")] = 0,
    out: Annotated[
        str | None, typer.Option(help="Write the first episode as an animated GIF.", show_default=False)
    ] = None,
    json: Json = False,
):
    """Plays an agent in new episodes, which neither training nor test has used.

    zoo865 play dqn_cartpole --episodes 10 --out episode.gif
    """
    from zoo865.exporting.play import play

    with quiet():
        played = play(name, episodes=episodes, seed=seed, out=out)
    if json:
        as_json(played)
        return
    counts = [counted(played[f"{thing}s"], thing) for thing in ("episode", "step")]
    print(f"{counts[0]} of {played['environment']}, {counts[1]}, by {played['model']}")
    print(f"return  mean {played['return_mean']:.1f}, worst {min(played['returns']):.1f}")
    if out:
        every = played["film_every"]
        print(f"film    {out}" + (f"   (every {every} steps)" if every > 1 else ""))
