#!/usr/bin/env bash
# Packages: rich 15.0.0.
# Expected: what is printed with markup switched off is printed as it is: names of files and classes are a person's.
# Seen: markup=False leaves codes of emoji in force: ":dog:" comes out as a drawing of a dog, by Console(markup=False) and
#   by print(..., markup=False); emoji=False is needed too. A cell of a table is the same, and there escape(), which makes
#   "[cat]" safe, leaves ":dog:" as it is; only rich.text.Text is taken literally.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check rich==15.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import io

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text


def printed(what, **options):
    file = io.StringIO()
    Console(file=file, width=40, **options).print(what)
    return file.getvalue()


def table(cell):
    made = Table("class")
    made.add_row(cell)
    return made


name = "[cat] :dog:"
ways = {
    "Console(markup=False)": printed(name, markup=False),
    "Console(markup=False, emoji=False)": printed(name, markup=False, emoji=False),
    "a table's cell, escape()": printed(table(escape(name))),
    "a table's cell, Text()": printed(table(Text(name))),
}
for way, text in ways.items():
    print(f"{way}: {'as it is' if name in text else 'changed'}")
assert [name in text for text in ways.values()] == [False, True, False, True]
assert "\N{DOG FACE}" in ways["Console(markup=False)"]
PYTHON
