"""Every string that a user can see, with its place, for a reader with fresh eyes.

    python tests/user_strings.py [WORD]

lists what errors and hints say, what commands print and ask, captions and sentences of reports and pages, summaries and
help; those that WORD stands in. Strings of one word are names, and are left out.
"""

import ast
import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "zoo865"


def strings_of(path: Path) -> list[tuple[int, str]]:
    """(line, text) of the strings of a file; in place of what is filled in stands its expression in braces."""
    if path.suffix == ".jinja":
        text = re.sub(
            r"<(style|script).*?</\1>|{%.*?%}|<[^>]*>",
            lambda found: "\n" * found[0].count("\n"),
            path.read_text(),
            flags=re.S,
        )
        return [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if " " in line.strip()]
    tree, found = ast.parse(path.read_text()), []
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and ast.get_docstring(node)
    }
    if "cli" in path.parts:  # typer shows them
        docstrings = set()
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in docstrings | parts:
            continue
        if isinstance(node, ast.JoinedStr):
            whole = [
                part.value if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
                for part in node.values
            ]
            found.append((node.lineno, "".join(whole)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append((node.lineno, node.value))
    return sorted((line, " ".join(text.split())) for line, text in found if " " in text.strip())


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    for path in sorted((*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.jinja"))):
        for line, text in strings_of(path):
            if re.search(rf"\b{wanted}", text):
                print(f"{path.relative_to(PACKAGE)}:{line}: {text}")
