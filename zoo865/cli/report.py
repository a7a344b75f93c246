"""zoo865 report"""

from typing import Annotated

import typer

from zoo865.cli.arguments import MovedData
from zoo865.cli.output import Json, as_json, quiet_start

NAME = "report"


def run(
    name: Annotated[str, typer.Argument(help="Run, or system (its newest run).")],
    data: MovedData = None,
    json: Json = False,
):
    """Rewrites the report of a run."""
    with quiet_start():
        from zoo865.reporting.report import report
        from zoo865.training.published import move_data
        from zoo865.training.run import Run

    run = Run.find(name)
    if data is not None:
        move_data(run, data)
    path = report(run)
    as_json({"report": str(path)}) if json else print(path)
