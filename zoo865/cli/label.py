"""zoo865 label"""

import contextlib
import sys
import webbrowser
from typing import Annotated

import typer

from zoo865.cli.arguments import Layout
from zoo865.cli.output import Json, as_json, quiet_start

NAME = "label"


def run(
    folder: Annotated[str, typer.Argument(help="A folder of pictures, some or all without a label.")],
    classes: Annotated[
        str | None, typer.Option(help="Names of the classes: cat,dog.", show_default="the folder's sub-folders")
    ] = None,
    layout: Layout = None,
    csv: Annotated[
        str | None,
        typer.Option(help="Write answers into this file, and move nothing.", show_default="moves into class folders"),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="File of MobileNetV2's weights.", show_default="ImageNet's, downloaded")
    ] = None,
    port: Annotated[
        int, typer.Option(help="Port of the page, which only this machine sees.", show_default="a free one")
    ] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    json: Json = False,
):
    """Shows pictures that have no label; one key labels each.

    What a classifier of the labels so far is least certain about comes
    first: so a few labels teach as much as many that are chosen blindly.
    An answer moves the picture into the folder of its class, FOLDER/cat/ or
    FOLDER/train/cat/, where training finds it; files that belong to it by
    name go along: of IMG_1.jpg IMG_1.xmp, IMG_1.mov, IMG_1.jpg.json. Or the
    answer goes into a CSV. Esc or Ctrl-C ends; called again, it goes on.

        zoo865 label photos/ --classes cat,dog

        zoo865 label photos/ --classes cat,dog --csv labels.csv
    """
    with quiet_start():
        from zoo865.reporting.label import open_labelling
        from zoo865.reporting.loopback import LabelServer

    names = tuple(filter(None, map(str.strip, classes.split(",")))) if classes else ()
    with LabelServer(port) as server:
        server.labelling = labelling = open_labelling(folder, names, layout=layout, csv_file=csv, weights=weights)
        for note in labelling.notes:
            print(note, file=sys.stderr)
        print(f"page    {server.address}   (Esc there, or Ctrl-C here, ends)", file=sys.stderr)
        if browser:
            webbrowser.open(server.address)
        with contextlib.suppress(KeyboardInterrupt):  # ends it, as Esc does
            server.serve_forever()
    counts = labelling.next()["counts"]
    if json:
        as_json({"folder": folder, "csv": csv, "labelled": len(labelling.answered), "classes": counts})
        return
    print(f"labelled {len(labelling.answered):,} now; in all " + ", ".join(f"{n} {c:,}" for n, c in counts.items()))
    print(f"next    zoo865 check {folder}" if csv is None else f"rows    {csv}")
