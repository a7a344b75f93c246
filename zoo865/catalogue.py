"""Which systems there are, and the recipe behind a name.

Listing reads the model files as text, so that names, help and completion are there before TensorFlow is.
"""

import ast
import fnmatch
from dataclasses import dataclass
from pathlib import Path

from zoo865.errors import ZooError, nearest
from zoo865.files import import_file
from zoo865.recipe import Recipe, resolve_reference

MODELS = Path(__file__).parent / "models"


@dataclass(frozen=True)
class System:
    """A line of the list: a system's name, what it is in one line, its task, its data set, the file it stands in."""

    name: str
    summary: str
    task: str
    data: str
    file: str


def systems(pattern: str = "*") -> list[System]:
    """The systems of the zoo whose names match a wildcard pattern, by name. Imports no model."""
    found = [system for path in sorted(MODELS.glob("*.py")) for system in systems_in(path)]
    return sorted((s for s in found if fnmatch.fnmatch(s.name, pattern)), key=lambda s: s.name)


def systems_in(path) -> list[System]:
    """The systems whose recipes stand in a Python file, read without running it."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"), filename=str(path))
    return [
        _system(node, path)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(d).endswith("recipe") for d in node.decorator_list)
    ]


def find(name: str) -> Recipe:
    """The recipe behind a name of the zoo, or behind FILE.py:NAME in a user's own file.

    Raises:
        ZooError: no such system; the nearest names are offered.
    """
    file, _, function = name.rpartition(":") if ".py:" in name else (name, "", "")
    if file.endswith(".py"):
        return _find_in_file(file, function)
    known = {system.name: system for system in systems()}
    if name not in known:
        raise ZooError(f"unknown system {name!r}", f"{nearest(name, known)} (zoo865 list shows them all)")
    return resolve_reference(f"zoo865.models.{Path(known[name].file).stem}:{name}")()


def _find_in_file(file: str, function: str) -> Recipe:
    module = import_file(file)
    names = [name for name, value in vars(module).items() if getattr(value, "is_recipe", False)]
    names = [name for name in names if getattr(module, name).__module__ == module.__name__]
    if not function and len(names) == 1:
        function = names[0]
    if function not in names:
        if not names:
            raise ZooError(f"{file} holds no recipe", "mark one with @recipe")
        wrong = f"no recipe {function!r} in {file}" if function else f"{file} holds {len(names)} recipes"
        raise ZooError(wrong, f"{nearest(function, names)} (mark it with @recipe, name it as {file}:NAME)")
    return getattr(module, function)()


def _system(node: ast.FunctionDef, path) -> System:
    keywords = {}
    for call in (n for n in ast.walk(node) if isinstance(n, ast.Call) and ast.unparse(n.func).endswith("Recipe")):
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    task = ast.unparse(keywords["task"].func) if isinstance(keywords.get("task"), ast.Call) else ""
    data = keywords["data"].value if isinstance(keywords.get("data"), ast.Constant) else ""
    summary = (ast.get_docstring(node) or "").split("\n")[0]
    return System(node.name, summary, task.rpartition(".")[2], data, str(path))
