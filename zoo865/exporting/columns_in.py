"""Texts in a column of tables, to be asked about."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from zoo865.data.features import Text
from zoo865.data.text_tables import SUFFIXES, is_table, read_table
from zoo865.errors import ZooError


def texts_in_column(files: Sequence[str], column: str, inputs: Mapping) -> tuple[list[str], list[bytes]]:
    """The examples in a column of tables, and their names, FILE:LINE.

    Args:
        files: names of CSV, TSV or JSON Lines files.
        column: its name.
        inputs: name -> feature of the system; one, of texts.

    Raises:
        ZooError: the system reads no texts, a file is no table, or it lacks the column.
    """
    if [feature.kind for feature in inputs.values()] != [Text.kind]:
        kinds = ", ".join(feature.kind for feature in inputs.values())
        raise ZooError("--column needs a system that reads a text", f"this one reads: {kinds}")
    names, texts = [], []
    for name in files:
        if not is_table(name):
            raise ZooError(f"{name} is not a table", f"--column needs files named *{', *'.join(SUFFIXES)}")
        table = read_table(Path(name))
        if column not in table.columns:
            raise ZooError(f"{name} has no column {column!r}", f"it has {', '.join(map(repr, table.columns))}")
        names += [f"{name}:{line}" for line in table.lines]
        texts += [text.encode() for text in table.columns[column]]  # no text is taken for the name of a file
    return names, texts


def refuse_tables(files: Sequence[str], feature):
    """Raises ZooError where a system that reads a text is given a table, and nobody said the column."""
    for name in files if feature.kind == Text.kind else ():
        if is_table(name) and Path(name).is_file():
            hint = " or ".join(f"--column {shlex.quote(one)}" for one in list(read_table(Path(name)).columns)[:4])
            raise ZooError(f"{name} is a table, of which one column has the texts", hint)
