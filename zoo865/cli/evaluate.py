"""zoo865 evaluate"""

import contextlib
import importlib
import sys
from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, between, number, quiet, quiet_start
from zoo865.metrics.intervals import joined

NAME = "evaluate"


def run(
    name: Annotated[
        str, typer.Argument(help="Run, published model, or system (its newest local run, else its published model).")
    ],
    data: Annotated[
        str | None,
        typer.Option(help="Other data to evaluate on: a data set name or a folder.", show_default="the run's own"),
    ] = None,
    split: Annotated[str, typer.Option(help="Split: train, validation or test.")] = "test",
    json: Json = False,
):
    """Evaluates a trained system on its held-out data, or on other data of the same kind.

    A folder has one sub-folder per class, or train/ and test/ with these sub-folders.

        zoo865 evaluate mnist_cnn --data drawings/
    """
    from zoo865.exporting.measured import export_to_measure
    from zoo865.training.evaluate import evaluate
    from zoo865.training.published import find_trained

    with quiet():
        trained = find_trained(name)
        export = export_to_measure(trained)
    if export is None:
        with quiet_start():
            importlib.import_module("keras")
    # Some data start TensorFlow when they are loaded, also where the export answers.
    with quiet() if export else contextlib.nullcontext():
        measured = evaluate(trained, data=data, split=split, export=export)
    if json:
        as_json(measured)
        return
    print(f"{measured['examples']:,} {measured['split']} examples of {measured['data']}")
    if measured.get("left_out"):
        print(f"note: {measured['left_out']:,} others are left out: the model was trained on them", file=sys.stderr)
    elif measured.get("left_out", 0) is None:
        print("note: the model may have been trained on some of them; its run does not record which", file=sys.stderr)
    for measure, (value, ends) in joined(measured["measures"]).items():
        said = f"   the card says {number(measured['card'][measure])}" if measure in measured.get("card", {}) else ""
        print(f"{measure:<20} {number(value)}{between(ends)}{said}")
    if measured["protocol"]:
        print(measured["protocol"])
    place = export.path if export else measured["run"]
    print(f"by {measured['engine']}: {measured['model']}, {place}", file=sys.stderr)
