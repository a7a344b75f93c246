"""zoo865 play"""

from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, quiet

NAME = "play"


def run(
    name: Annotated[
        str, typer.Argument(help="A run, a published model, or a system (its newest run, else as published).")
    ],
    episodes: Annotated[int, typer.Option(help="How many.")] = 10,
    seed: Annotated[int, typer.Option(help="Another one, up to 102, begins other episodes.")] = 0,
    out: Annotated[
        str | None, typer.Option(help="Write the first episode as an animated GIF.", show_default=False)
    ] = None,
    json: Json = False,
):
    """Lets an agent act in its environment, in episodes that neither training nor test has seen.

    zoo865 play dqn_cartpole --episodes 10 --out episode.gif
    """
    from zoo865.exporting.play import play

    with quiet():
        played = play(name, episodes=episodes, seed=seed, out=out)
    if json:
        as_json(played)
        return
    print(f"{played['episodes']} episodes of {played['environment']}, {played['steps']:,} steps, by {played['model']}")
    print(f"return  mean {played['return_mean']:.1f}, worst {min(played['returns']):.1f}")
    if out:
        every = played["film_every"]
        print(f"film    {out}" + (f"   (one step in {every})" if every > 1 else ""))
