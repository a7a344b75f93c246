"""zoo865 check"""

from typing import Annotated

import typer

from zoo865.cli.arguments import Layout
from zoo865.cli.output import Json, as_json, quiet_start
from zoo865.errors import counted

NAME = "check"


def run(
    folder: Annotated[
        str, typer.Argument(help="Folder of pictures with one sub-folder per class, or a ZIP archive of one.")
    ],
    layout: Layout = None,
    weights: Annotated[
        str | None, typer.Option(help="MobileNetV2 weights file.", show_default="ImageNet weights, downloaded")
    ] = None,
    out: Annotated[str, typer.Option(help="HTML page to write, with a CSV file next to it.")] = "check.html",
    json: Json = False,
):
    """Checks a folder of pictures before training.

    It finds unreadable pictures, near-duplicates (identical, re-saved,
    bursts), and likely label errors: labels that a classifier trained on
    the other pictures contradicts. Nothing in the folder is changed.

        zoo865 check photos/

        zoo865 check homework.zip --out homework.html
    """
    with quiet_start():
        from zoo865.reporting.check import check

    found = check(folder, layout=layout, weights=weights, out=out)
    if json:
        as_json(found)
        return
    classes = ", ".join(f"{name} {count:,}" for name, count in found["classes"].items())
    print(f"{counted(found['pictures'], 'picture')}{': ' + classes if classes else ''}")
    for kind, what in (
        ("label_mistakes", "likely label errors"),
        ("near_duplicates", "near-duplicate pairs"),
        ("left_out", "kinds of files or folders left out"),
    ):
        first = f"   first: {found[kind][0]['file']}" if found[kind] else ""
        print(f"{len(found[kind]):>6,} {what}{first}")
    for note in found["notes"]:
        print(note)
    print(f"page    {found['page']}   (open it in a browser)")
    print(f"csv     {found['csv']}")
