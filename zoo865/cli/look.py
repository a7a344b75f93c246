"""zoo865 look"""

import sys
import textwrap
from typing import Annotated

import typer
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text

from zoo865.cli.output import Json, as_json, as_table, quiet_start

NAME = "look"
FOR, AGAINST = (92, 164, 226), (240, 146, 70)  # the grounds of words in a terminal, below black letters


def run(
    name: Annotated[
        str, typer.Argument(help="Run, published model, or system (its newest local run, else its published model).")
    ],
    given: Annotated[
        str, typer.Argument(help="Picture or text to explain: a file, or the text itself.", show_default=False)
    ],
    layer: Annotated[
        list[str] | None,
        typer.Option(
            help="Of a picture: layer to show, by path or name; repeatable.", show_default="six, from first to last"
        ),
    ] = None,
    examples: Annotated[
        int | None,
        typer.Option(min=1, help="Of a picture: training images to search for top patches.", show_default="500"),
    ] = None,
    out: Annotated[str, typer.Option(help="HTML page to write.")] = "look.html",
    json: Json = False,
):
    """Explains a network's predictions for a picture or a text on an interactive page.

    Of a picture it shows saliency maps by five methods (Grad-CAM, integrated gradients, occlusion, ...), feature maps
    at several layers, their receptive fields, and the training patches that activate units most. Of a text it shows
    each word's part in the answer, by integrated gradients and occlusion; in a terminal, too.

    zoo865 look mnist_cnn digit.png

    zoo865 look sentiment_lstm "A wonderful film"
    """
    with quiet_start():
        from zoo865.reporting.look import look

    with Console(stderr=True).status(Text(f"analysing {textwrap.shorten(given, 60)} (up to a minute)")):
        found = look(name, given, layers=layer, examples=examples, out=out)
    if json:
        as_json(found)
        return
    as_table([{"class": label, "probability": f"{share:.2%}"} for label, share in found["answers"].items()])
    if "words" in found:
        _words(found)
    for note in found["notes"]:
        print(f"note    {note}")
    print(f"model   {found['origin']}")
    if "layers" in found:
        print(f"layers  {', '.join(found['layers'])}")
    print(f"page    {found['page']}   (open it in a browser)")


def _words(found: dict):
    """In a terminal the text, its words coloured; then those that count most."""
    from zoo865.reporting.look_text import METHODS, strongest

    first, *_ = METHODS
    if sys.stdout.isatty() and found["words"]:
        console, coloured, end = Console(highlight=False), Text("\n"), 0
        few = console.color_system not in ("truecolor", "256")
        largest = max(abs(word[first]) for word in found["words"]) or 1
        for word in found["words"]:
            coloured.append(_printable(found["text"][end : word["start"]]))
            coloured.append(_printable(found["text"][word["start"] : word["end"]]), _style(word[first] / largest, few))
            end = word["end"]
        coloured.append(_printable(found["text"][end:]), "dim")
        coloured.append("\n\n")
        coloured.append("against", _style(-1, few)).append(" ").append(f"for {found['label']}", _style(1, few))
        console.print(coloured.append("\n"))
    table = [
        {"word": row["word"], "times": row["times"]}
        | {method.replace("_", " "): f"{row[method]:+.3f}" for method in METHODS}
        for row in strongest(found, first)
    ]
    if table:
        as_table(table)


def _printable(text: str) -> str:
    """A text without what would steer the terminal."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def _style(share: float, few: bool) -> Style:
    """Black on the paler a colour, the smaller a share of the largest part is; below a tenth as other text. Of few
    colours pale ones would all be white.
    """
    if abs(share) < 0.1:
        return Style()
    if few:
        return Style(color="black", bgcolor="cyan" if share > 0 else "yellow")
    full = FOR if share > 0 else AGAINST
    ground = (255 - abs(share) * (255 - part) for part in full)
    return Style(color="#000000", bgcolor=Color.from_rgb(*ground))
