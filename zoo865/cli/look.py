"""zoo865 look"""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from zoo865.cli.output import Json, as_json, as_table, quiet_start

NAME = "look"


def run(
    name: Annotated[
        str, typer.Argument(help="Run, published model, or system (its newest local run, else its published model).")
    ],
    picture: Annotated[str, typer.Argument(help="Picture to explain.", show_default=False)],
    layer: Annotated[
        list[str] | None,
        typer.Option(help="Layer to show, by path or name; repeatable.", show_default="six, from first to last"),
    ] = None,
    examples: Annotated[int, typer.Option(min=1, help="Number of training images to search for top patches.")] = 500,
    out: Annotated[str, typer.Option(help="HTML page to write.")] = "look.html",
    json: Json = False,
):
    """Explains a network's predictions for a picture on an interactive page.

    It shows saliency maps by five methods (Grad-CAM, integrated gradients, occlusion, ...), feature maps at several
    layers, their receptive fields, and the training patches that activate units most.

    zoo865 look mnist_cnn digit.png
    """
    with quiet_start():
        from zoo865.reporting.look import look

    with Console(stderr=True).status(Text(f"analysing {picture} (up to a minute)")):
        found = look(name, picture, layers=layer, examples=examples, out=out)
    if json:
        as_json(found)
        return
    as_table([{"class": label, "probability": f"{share:.2%}"} for label, share in found["answers"].items()])
    for note in found["notes"]:
        print(f"note    {note}")
    print(f"model   {found['origin']}")
    print(f"layers  {', '.join(found['layers'])}")
    print(f"page    {found['page']}   (open it in a browser)")
