"""zoo865 list"""

import dataclasses
from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, as_table
from zoo865.errors import ZooError
from zoo865.registry import list_systems

NAME = "list"


def run(
    pattern: Annotated[str, typer.Argument(help='Names to list, with wildcards: "*mnist*".')] = "*",
    json: Json = False,
):
    """Lists the systems with their task, data set and summary."""
    found = list_systems(pattern)
    if not found:
        raise ZooError(f"no system matches {pattern!r}", 'zoo865 list shows all; quote wildcards: "*mnist*"')
    rows = [dataclasses.asdict(system) for system in found]
    if json:
        as_json(rows)
    else:
        as_table([{name: row[name] for name in ("name", "task", "data", "summary")} for row in rows])
