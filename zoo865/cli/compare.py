"""zoo865 compare"""

from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, as_table, quiet_start

NAME = "compare"


def run(runs: Annotated[list[str], typer.Argument(help="Runs to set side by side.")], json: Json = False):
    """Sets runs side by side: measures, time, size, and every setting in which they differ."""
    with quiet_start():
        from zoo865.reporting.compare import compare
        from zoo865.training.run import Run

    rows = compare([Run.find(name) for name in runs])
    as_json(rows) if json else as_table(rows)
