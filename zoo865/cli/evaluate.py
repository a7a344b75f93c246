"""zoo865 evaluate"""

from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, between, number, quiet_start
from zoo865.metrics.intervals import joined

NAME = "evaluate"


def run(
    name: Annotated[
        str, typer.Argument(help="A run, a published model, or a system (its newest run, else as published).")
    ],
    data: Annotated[str | None, typer.Option(help="Other data to measure on.", show_default="the run's own")] = None,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    json: Json = False,
):
    """Measures a trained system on held-out data again, or on other data of the same kind."""
    with quiet_start():
        from zoo865.training.evaluate import evaluate

    measured = evaluate(name, data=data, split=split)
    if json:
        as_json(measured)
        return
    print(f"{measured['examples']:,} {measured['split']} examples of {measured['data']}")
    for measure, (value, ends) in joined(measured["measures"]).items():
        said = f"   the card says {number(measured['card'][measure])}" if measure in measured.get("card", {}) else ""
        print(f"{measure:<20} {number(value)}{between(ends)}{said}")
