"""zoo865 predict"""

import contextlib
import itertools
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from zoo865.cli.arguments import Engine, Task, in_examples, many
from zoo865.cli.output import Json, as_json, quiet
from zoo865.errors import ZooError, counted

NAME = "predict"
WIDTH = 80  # characters of a text that stand before its answer on the screen


def run(
    name: Annotated[
        str, typer.Argument(help="Run, export, or system (its newest local run, else its published model).")
    ],
    files: Annotated[
        list[str],
        typer.Argument(
            help="Inputs: pictures, texts, sounds, or folders of them; for an agent, observations: "
            "'[0, 0, 0.1, 0]'. For a system with several inputs, list the files of each example in order. "
            "- alone reads from stdin, one example per line, its inputs separated by tabs.",
            show_default=False,
        ),
    ],
    column: Annotated[
        str | None,
        typer.Option(
            help="Column of a CSV, TSV or JSONL file that holds the texts, one example a row.", show_default=False
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(help="CSV file to write, one row per file; overwritten if it exists.", show_default="the screen"),
    ] = None,
    engine: Engine = None,
    task: Task = None,
    json: Json = False,
):
    """Runs a trained system on files, folders or stdin.

    Drawings may be dark on light or light on dark, of any size.

        zoo865 predict mnist_cnn digit.png

        zoo865 predict mnist_cnn scans/ --out answers.csv

        find . -name '*.png' | zoo865 predict mnist_cnn -

        zoo865 predict my_pairs one.png other.png --task my.py

        zoo865 predict sentiment_lstm reviews.csv --column review --out answers.csv

    A folder or ZIP archive stands for all files in it and its sub-folders;
    hidden files and other kinds of files are skipped.

    With a folder, stdin or --out, an unreadable file does not stop the
    run: its row holds the error. If no file can be read, nothing is
    written and the exit code is 2. Without --out, files that are named
    one by one must all be readable.

    A classifier reports each example's distance from the training data.
    Examples beyond 1 are marked as unlike the training data; 1 % of
    similar examples are.

    Names from stdin are processed in batches of 64.

    With --out, --json prints a summary: the CSV file, the number of
    predictions, and the number of unreadable files.
    """
    from zoo865.exporting.answers_out import checked_csv, write_answers
    from zoo865.exporting.columns_in import texts_in_column
    from zoo865.exporting.predictor import Predictor

    if out is not None:
        checked_csv(out)
    with quiet():
        predictor = Predictor(name, engine=engine, task=task)
    if column is None:
        examples = in_examples(files, predictor.spec.inputs)
        names = None
    else:
        names, examples = texts_in_column(files, column, predictor.spec.inputs)
    total = len(examples) if isinstance(examples, list) else None
    goes_on = many(files) or column is not None or out is not None
    examples, asked = itertools.tee(examples)
    answers = predictor.answers(examples, notes=True, errors=goes_on)
    shown = names or map(_shown_name, asked)
    rows = ({"file": name, **answer} for name, answer in zip(shown, answers, strict=True))
    counts = {"answered": 0, "unreadable": 0}
    lines_on_screen = out is None and sys.stdout.isatty()
    with _bar(_counted(rows, counts), total, shown=goes_on and not json and not lines_on_screen) as rows:
        if out is not None:
            write_answers(rows, out, predictor.spec.class_names)
        elif json:
            by = {"engine": predictor.engine, "model": predictor.origin}
            as_json([row if "error" in row else {**row, **by} for row in rows])
        else:
            # Of files that are all named nothing is said unless all can be answered.
            for row in rows if goes_on else list(rows):
                print(_line(**row))
    if json and out is not None:
        by = {"export": str(predictor.path), "engine": predictor.engine, "model": predictor.origin}
        as_json({**by, "out": out, **counts})
    elif out is not None:
        print(f"{out}   {counted(counts['answered'], 'prediction')} by {predictor.origin} ({predictor.engine})")
    elif not json:
        print(f"by {predictor.engine}: {predictor.origin}, {predictor.path}", file=sys.stderr)
    if counts["unreadable"] and not json:
        print(f"{counts['unreadable']:,} of {sum(counts.values()):,} could not be read", file=sys.stderr)


def _counted(rows: Iterable[dict], counts: dict) -> Iterator[dict]:
    """Yields the rows and counts them.

    Raises:
        ZooError: at the end, if there was no row without an error.
    """
    trouble = ""
    for row in rows:
        counts["unreadable" if "error" in row else "answered"] += 1
        trouble = trouble or row.get("error", "")
        yield row
    if not sum(counts.values()):
        raise ZooError("stdin is empty", "pass names, one per line: find . -name '*.png' | zoo865 predict NAME -")
    if not counts["answered"]:
        raise ZooError(f"none of {counts['unreadable']:,} could be read", f"first error: {trouble}")


@contextlib.contextmanager
def _bar(rows: Iterable[dict], total: int | None, shown: bool):
    """The rows, with a progress bar on stderr if `shown` and there is a terminal."""
    if not (shown and sys.stderr.isatty()):
        yield rows
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield bar.track(rows, total=total, description="predicted")


def _line(file: str, notes=(), **answer) -> str:
    """A row as a line of text."""
    if "error" in answer:
        return f"{_short(file)}: error: {answer['error']}"
    said = "  ".join(_shown(key, value) for key, value in answer.items() if not isinstance(value, dict))
    return f"{_short(file)}: {said}" + (f"   ({'; '.join(notes)})" if notes else "")


def _shown_name(example) -> str:
    return " + ".join(map(str, example)) if isinstance(example, tuple) else str(example)


def _short(name: str) -> str:
    """A name as one line of the screen has it: of a long text its beginning."""
    return name if len(name) <= WIDTH or os.path.exists(name) else f"{name[: WIDTH - 1]}…"


def _shown(key, value) -> str:
    if isinstance(value, list):
        return f"{key} [{', '.join(f'{number:.3g}' for number in value)}]"
    return f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}"
