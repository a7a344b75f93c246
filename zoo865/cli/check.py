"""zoo865 check"""

from typing import Annotated

import typer

from zoo865.cli.arguments import Layout
from zoo865.cli.output import Json, as_json, quiet_start

NAME = "check"


def run(
    folder: Annotated[
        str, typer.Argument(help="A folder of pictures with a sub-folder a class, or a ZIP archive of one.")
    ],
    layout: Layout = None,
    weights: Annotated[
        str | None, typer.Option(help="File of MobileNetV2's weights.", show_default="ImageNet's, downloaded")
    ] = None,
    out: Annotated[str, typer.Option(help="The page; a CSV is written beside it.")] = "check.html",
    json: Json = False,
):
    """Looks through a folder of pictures before a network learns from it.

    It finds pictures that cannot be read, pictures that look alike (equal,
    saved again, bursts), and labels that are likely wrong: those that a
    classifier contradicts which learned from the other pictures. Nothing
    in the folder is changed.

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
    print(f"{found['pictures']:,} pictures{': ' + classes if classes else ''}")
    for kind, what in (
        ("label_mistakes", "labels likely wrong"),
        ("near_duplicates", "pairs look alike"),
        ("left_out", "kinds of files or folders do not count"),
    ):
        first = f"   first: {found[kind][0]['file']}" if found[kind] else ""
        print(f"{len(found[kind]):>6,} {what}{first}")
    for note in found["notes"]:
        print(note)
    print(f"page    {found['page']}   (open it in a browser)")
    print(f"rows    {found['csv']}")
