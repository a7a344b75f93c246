"""How commands print: results on stdout, as text or as JSON."""

import contextlib
import os
import sys
import tempfile
from typing import Annotated

import typer

from zoo865.errors import ZooError
from zoo865.files import json_text

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]


@contextlib.contextmanager
def quiet_start():
    """`quiet` for commands that need TensorFlow: the body imports it, and Keras."""
    with quiet():
        yield
        import tensorflow as tf

        tf.get_logger().setLevel("ERROR")
        tf.config.list_physical_devices()


@contextlib.contextmanager
def quiet():
    """Hides what TensorFlow's C++ code prints while it starts, which no log level silences.

    If the body fails with anything but a ZooError, all of it is shown.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except ZooError:
            raise
        except BaseException:
            said.seek(0)
            os.write(kept, said.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def as_json(document):
    """Prints a JSON document, in ASCII if stdout cannot encode more."""
    print(json_text(document, getattr(sys.stdout, "encoding", None) or "utf-8"))


def as_table(rows: list[dict]):
    """Prints rows as a table, with columns in order of first appearance."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:  # names are a person's: strings would be read as markup, [red], and as emojis, :dog:
        table.add_column(Text(name))
    for row in rows:
        table.add_row(*(Text(_cell(row.get(name, ""))) for name in names))
    # Without a terminal rich assumes 80 columns and folds: a pipe wants whole lines.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 1000)
    console.print(table)


def _cell(value) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def between(ends) -> str:
    """A confidence interval, to print after its measure."""
    return f" ({number(ends[0])} to {number(ends[1])})" if ends else ""


def card_line(measure: str, found: dict) -> str:
    """A test measure of a card: the model's, and the mean over seeds if there are several."""
    seeds = len(found["seeds"])
    return f"test {measure:<22} {number(found['value'])}" + (
        f"   mean of {seeds} seeds {number(found['mean'])}" if seeds > 1 else ""
    )


def number(value: float) -> str:
    """A measure as text: four decimals below 10, three significant digits below 0.01, else one decimal."""
    if 0 < abs(value) < 0.01:
        return f"{value:.3g}"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:,.1f}"
