"""zoo865 report"""

from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, quiet_start

NAME = "report"


def run(name: Annotated[str, typer.Argument(help="A run, or a system (its newest run).")], json: Json = False):
    """Writes the report of a run again."""
    with quiet_start():
        from zoo865.reporting.report import report

    path = report(name)
    as_json({"report": str(path)}) if json else print(path)
