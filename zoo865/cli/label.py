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
    folder: Annotated[str, typer.Argument(help="Folder of pictures, some or all of them unlabelled.")],
    classes: Annotated[
        str | None, typer.Option(help="Class names: cat,dog.", show_default="the folder's sub-folders")
    ] = None,
    layout: Layout = None,
    csv: Annotated[
        str | None,
        typer.Option(help="Write labels to this CSV file and move nothing.", show_default="move into class folders"),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="MobileNetV2 weights file.", show_default="ImageNet weights, downloaded")
    ] = None,
    port: Annotated[int, typer.Option(help="Local port of the page.", show_default="any free port")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    json: Json = False,
):
    """Opens a page to label unlabelled pictures, one key press each.

    Active learning: pictures about which a classifier trained on the labels
    so far is least certain come first, so fewer labels are needed. Each
    label moves the picture into its class folder, FOLDER/cat/ or
    FOLDER/train/cat/, where training finds it, together with its sidecar
    files: IMG_1.xmp, IMG_1.mov and IMG_1.jpg.json of IMG_1.jpg. With --csv
    it is written to the file instead. Esc or Ctrl-C stops; run the command
    again to continue.

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
        print(f"page    {server.address}   (press Esc there or Ctrl-C here to stop)", file=sys.stderr)
        if browser:
            webbrowser.open(server.address)
        with contextlib.suppress(KeyboardInterrupt):  # ends it, as Esc does
            server.serve_forever()
    counts = labelling.next()["counts"]
    if json:
        as_json({"folder": folder, "csv": csv, "labelled": len(labelling.answered), "classes": counts})
        return
    print(f"labelled {len(labelling.answered):,} now; in total " + ", ".join(f"{n} {c:,}" for n, c in counts.items()))
    print(f"next    zoo865 check {folder}" if csv is None else f"csv     {csv}")
