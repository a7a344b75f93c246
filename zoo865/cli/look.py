"""zoo865 look"""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from zoo865.cli.output import Json, as_json, as_table, quiet_start

NAME = "look"


def run(
    name: Annotated[
        str, typer.Argument(help="A run, a published model, or a system (its newest run here, or as published).")
    ],
    picture: Annotated[str, typer.Argument(help="The picture to look at.", show_default=False)],
    layer: Annotated[
        list[str] | None,
        typer.Option(help="A layer to show, by path or name; may be repeated.", show_default="six, from first to last"),
    ] = None,
    examples: Annotated[int, typer.Option(min=1, help="Search so many training images for what wakes units.")] = 500,
    out: Annotated[str, typer.Option(help="The page.")] = "look.html",
    json: Json = False,
):
    """Shows what a network sees in a picture: a page to click through.

    Where the picture says the class, by five methods; what units at several layers give, how far they see, and which
    regions of training images wake them most.

    zoo865 look mnist_cnn digit.png
    """
    with quiet_start():
        from zoo865.reporting.look import look

    with Console(stderr=True).status(Text(f"looking at {picture}: up to a minute")):
        found = look(name, picture, layers=layer, examples=examples, out=out)
    if json:
        as_json(found)
        return
    as_table([{"class": label, "probability": f"{share:.2%}"} for label, share in found["answers"].items()])
    for note in found["notes"]:
        print(f"note    {note}")
    print(f"asked   {found['origin']}")
    print(f"layers  {', '.join(found['layers'])}")
    print(f"page    {found['page']}   (open it in a browser)")
