"""Predictions to a CSV file."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from zoo865.errors import ZooError
from zoo865.files import atomic, file_to_write


def write_answers(rows: Iterable[dict], out, class_names: Sequence[str] = ()) -> Path:
    """Writes one row per prediction as it comes, so that memory stays bounded.

    The columns are file, the keys of an answer, notes, error. Of `probabilities` each class has a column of its own,
    "probability of CLASS"; other lists are JSON.

    Args:
        rows: {"file": ..., and an answer of `Predictor.answers`}.
        out: NAME.csv; what is there is replaced at the end.
        class_names: the order of the classes.

    Returns:
        `out`.

    Raises:
        ZooError: see `checked_csv`; or the place cannot be written to. Then `out` stays as it was.
    """
    out, rows = checked_csv(out), iter(rows)
    # One name that is no UTF-8 shall neither end the work nor keep others from reading the file.
    with (
        atomic(out) as temporary,
        open(temporary, "w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        first = []  # up to the first answer, which tells the columns
        for row in rows:
            first.append(_flat(row, class_names))
            if "error" not in row:
                break
        answered = first[-1] if first else {}
        names = [name for name in answered if name not in ("file", "notes", "error")]
        writer = csv.DictWriter(file, ["file", *names, "notes", "error"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(first)
        writer.writerows(_flat(row, class_names) for row in rows)
    return out


def checked_csv(out) -> Path:
    """The CSV file to write, checked before the work starts.

    Raises:
        ZooError: its name does not end in .csv, or its folder does not exist.
    """
    out = Path(out)
    if out.suffix.lower() != ".csv" or out.is_dir():
        raise ZooError(f"cannot write predictions to {out}", "name a CSV file: answers.csv")
    return file_to_write(out)


def _flat(row: dict, class_names) -> dict:
    """A prediction as the cells of its row."""
    cells = {}
    for name, value in row.items():
        if name == "probabilities" and isinstance(value, dict):
            cells |= {f"probability of {one}": value[one] for one in class_names or value}
        elif name == "notes":
            cells[name] = "; ".join(value)
        else:
            cells[name] = json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
    return cells
