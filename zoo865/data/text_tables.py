"""Tables in text files, one row an example: CSV, TSV and JSON Lines, as columns of strings."""

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zoo865.data.utf8 import strict_text
from zoo865.errors import ZooError

SUFFIXES = (".csv", ".tsv", ".jsonl")
DELIMITERS = (",", ";", "\t")
WRONG = 0.05  # of a file's lines: in so many rows may have more or fewer fields than the first
END = "the end of this file"  # a row behind the last: where it is not read as one, a quote has swallowed it
LONGEST = 2**31 - 1  # characters of a field
QUOTED = re.compile('"(?:[^"]|"")*"')


@dataclass(frozen=True)
class Table:
    """The rows of a file.

    Args:
        columns: name -> a string a row; "" where it has none.
        lines: (rows,) in which line of the file each begins, from 1.
        left_out: (what, why) of rows that are none.
    """

    columns: dict[str, list[str]]
    lines: list[int]
    left_out: tuple[tuple[str, str], ...] = ()


def is_table(place) -> bool:
    """Whether a name is that of a table's file, there or not."""
    return str(place).lower().endswith(SUFFIXES) and not Path(place).expanduser().is_dir()


def read_table(path: Path) -> Table:
    """The rows of a CSV, TSV or JSON Lines file in UTF-8, by its suffix.

    The first row of CSV and TSV names the columns. It also tells whether commas, semicolons or tabs separate the fields
    of a CSV file. Fields may stand in quotes, and have several lines in these.

    Raises:
        ZooError: it is no text, or holds no rows; a line is no JSON object; more than 5 % of the lines are of rows with
            other numbers of fields than the first; two columns have one name.
    """
    text = strict_text(path)
    table = _json_lines(path, text) if path.suffix.lower() == ".jsonl" else _delimited(path, text)
    if not table.lines:
        raise ZooError(f"{path} has no rows", "give more text")
    return table


def _json_lines(path: Path, text: str) -> Table:
    rows, lines = [], []
    for line, one in enumerate(text.split("\n"), 1):
        if not one.strip():
            continue
        try:
            row = json.loads(one)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            hint = 'write one a line: {"text": "A good film.", "label": "pos"}'
            raise ZooError(f"{path}, line {line:,}, is not a JSON object", hint)
        rows.append(row)
        lines.append(line)
    names = dict.fromkeys(name for row in rows for name in row)
    return Table({name: [_as_text(row.get(name)) for row in rows] for name in names}, lines)


def _as_text(value) -> str:
    """A value of JSON: text as it is, but half of a pair of surrogates, which is no character; 1, true as they are
    written; null is nothing.
    """
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    return "" if value is None else json.dumps(value)


def _delimited(path: Path, text: str) -> Table:
    tabs = path.suffix.lower() == ".tsv"
    delimiter = "\t" if tabs else _delimiter(text)
    rows = _rows(text, delimiter, csv.QUOTE_MINIMAL)
    if delimiter == "\t":  # some write tables with tabs without any quoting, and quotes in them are those of the text
        plain = [(line, span, list(map(_unquoted, row))) for line, span, row in _rows(text, delimiter, csv.QUOTE_NONE)]
        rows = min(plain, rows, key=_wrong_lines)
    if not rows:
        return Table({}, [])
    (_, _, header), *rows = rows
    names = [name.strip() for name in header]
    if twice := next((name for name in names if name and names.count(name) > 1), ""):
        raise ZooError(f"{path} has {names.count(twice)} columns {twice!r}", "give each a name of its own")
    right = [(line, row) for line, _, row in rows if len(row) == len(names)]
    columns = {name: [row[place] for _, row in right] for place, name in enumerate(names) if name}
    wrong = [(line, span, row) for line, span, row in rows if len(row) != len(names)]
    return Table(columns, [line for line, _ in right], _told(path, wrong, len(names), text.count("\n") + 1))


def _told(path: Path, wrong, fields: int, lines: int) -> tuple[tuple[str, str], ...]:
    """(what, why) of rows that do not have so many fields.

    Raises:
        ZooError: they are too many.
    """
    if not wrong:
        return ()
    line, _, row = wrong[0]
    said = f"has {len(row):,} fields, not {fields:,} as the first" if row else "has a quote that is not closed"
    if sum(span for _, span, _ in wrong) > WRONG * lines:
        raise ZooError(f"{path}, line {line:,}, {said}", 'put texts into quotes, and quotes within them twice: ""')
    more = f" and {len(wrong) - 1:,} more" if wrong[1:] else ""
    return ((f"{path.name}, line {line:,}{more}", "not as many fields as the first line"),)


def _rows(text: str, delimiter: str, quoting) -> list[tuple[int, int, list[str]]]:
    """(line that it begins in, how many it has, fields) of each row but blank ones; no fields where a quote swallowed
    the rest.
    """
    reader = csv.reader(io.StringIO(f"{text}\n{END}", newline=""), delimiter=delimiter, quoting=quoting)
    rows, before = [], 0
    with _any_length():
        for row in reader:
            rows.append((before + 1, reader.line_num - before, row))
            before = reader.line_num
    line, span, last = rows.pop()
    rows = [row for row in rows if any(field.strip() for field in row[2])]
    return rows if last == [END] else [*rows, (line, span - 1, [])]


@contextlib.contextmanager
def _any_length() -> Iterator[None]:
    """Fields longer than Python's csv reads otherwise."""
    before = csv.field_size_limit(LONGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _wrong_lines(rows) -> int:
    return sum(span for _, span, row in rows if len(row) != len(rows[0][2]))


def _unquoted(field: str) -> str:
    """A field without the quotes around it, where those within it stand twice."""
    return field[1:-1].replace('""', '"') if QUOTED.fullmatch(field) else field


def _delimiter(text: str) -> str:
    """What separates most fields of the first row; a comma where nothing does."""

    def fields(delimiter):
        return max(
            (len(row) for _, _, row in _rows(text.lstrip().partition("\n")[0], delimiter, csv.QUOTE_MINIMAL)), default=0
        )

    return max(DELIMITERS, key=fields)
