"""zoo865 compare"""

import sys
from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, quiet_start

NAME = "compare"
WIDTH = 120  # letters of a line where there is no terminal
NARROWEST = 18  # letters of a run's column


def run(
    runs: Annotated[list[str], typer.Argument(help="Runs to compare.")],
    out: Annotated[str | None, typer.Option(help="Also write an HTML page: compare.html.", show_default=False)] = None,
    json: Json = False,
):
    """Compares runs: measures, time, size, and the shared settings in which they differ.

    --json also includes the settings that only some of them have.
    """
    with quiet_start():
        from zoo865.reporting.compare import compare, compare_page, side_by_side
        from zoo865.training.run import Run

    found = [Run.find(name) for name in runs]
    page = compare_page(found, out) if out else None
    if json:
        as_json(compare(found))
        return
    table, apart = side_by_side(found)
    _print(table, len(found))
    if apart:
        print(f"{len(apart)} settings exist in only some of them: --json lists them")
    if page:
        print(f"page    {page}   (open it in a browser)")


def _print(table: dict[str, list[str]], count: int):
    """One column per run, as many side by side as fit; long texts wrap."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    names = max(map(len, table))
    together = max(1, (console.width - names) // (NARROWEST + 2))
    for start in range(0, count, together):
        shown = Table(box=None, show_header=False, pad_edge=False)
        shown.add_column(no_wrap=True)
        for _ in range(start, min(start + together, count)):
            shown.add_column(overflow="fold")
        for place, (name, cells) in enumerate(table.items()):
            style = "" if place else "bold"
            shown.add_row(*(Text(text, style) for text in (name, *cells[start : start + together])))
        console.print(shown)
