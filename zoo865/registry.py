"""What there is by name: systems, tasks, ways to feed training, data sets; of the zoo, or of a user's own file.

Names are read from the files as text, so that listing, help and completion import neither TensorFlow nor Keras.
Recipes, cards and exports store a name where what they hold is of the zoo, FILE.py:NAME where a user's file holds it.
"""

import ast
import fnmatch
import functools
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zoo865.errors import ZooError, nearest
from zoo865.files import split_name
from zoo865.user_code import import_file

if TYPE_CHECKING:
    from zoo865.data.spec import Data, Spec
    from zoo865.recipe import Recipe

PACKAGE = Path(__file__).parent
MODELS = PACKAGE / "models"
FOLDERS = {"task": "tasks", "batches": "batches", "dataset": "data/sets"}  # kind -> where the zoo's own stand


@dataclass(frozen=True)
class System:
    """A line of the list: a system's name, what it is in one line, its task, its data set, the file it stands in."""

    name: str
    summary: str
    task: str
    data: str
    file: str


class DataSet(Protocol):
    """What `@dataset` makes of a function; `spec` where it is known before the data are there."""

    spec: "Spec"

    def __call__(self) -> "Data":
        """The data."""
        ...


def task(cls: type | None = None) -> type:
    """Registers a task, a frozen dataclass, under its class's name.

    Args:
        cls: the class, a subclass of `zoo865.tasks.task.Task`.

    Returns:
        The class.

    Raises:
        ZooError: the decorator is called.

    Example:
        >>> from dataclasses import dataclass
        >>> from zoo865.tasks.classification import Classification
        >>> @task
        ... @dataclass(frozen=True)
        ... class Triage(Classification):
        ...     unit = "patients"
        >>> Triage().unit
        'patients'
    """
    return mark("task", cls)


def batches(cls: type | None = None) -> type:
    """Registers a data feed, a frozen dataclass, under its class's name.

    Args:
        cls: the class, a subclass of `zoo865.batches.feed.Batches`.

    Returns:
        The class.

    Raises:
        ZooError: the decorator is called.

    Example:
        >>> from dataclasses import dataclass
        >>> from zoo865.batches.shuffled import Shuffled
        >>> @batches
        ... @dataclass(frozen=True)
        ... class Unlabelled(Shuffled):
        ...     label: bool = False
        >>> Unlabelled().label
        False
    """
    return mark("batches", cls)


def dataset(function: Callable[[], "Data"] | None = None) -> DataSet:
    """Registers a data set under its function's name: without arguments, it returns a `zoo865.data.spec.Data`.

    A model can be built, and `zoo865 info` can describe it, before the data are there where the function has an
    attribute `spec`, the specification of what it returns.

    Args:
        function: without arguments; it returns a `Data`.

    Returns:
        The function.

    Raises:
        ZooError: the decorator is called.

    Example:
        >>> from zoo865.data.features import Image, Label
        >>> from zoo865.data.spec import Arrays, Data, Spec
        >>> @dataset
        ... def coins():
        ...     spec = Spec({"image": Image((8, 8, 1))}, {"label": Label(("heads", "tails"))})
        ...     part = Arrays(image=np.zeros((4, 8, 8, 1), "uint8"), label=np.array([0, 1, 0, 1]))
        ...     return Data("coins", spec, train=part, validation=part, test=part)
        >>> len(coins().train)
        4
    """
    return mark("dataset", function)


def list_systems(pattern: str = "*") -> list[System]:
    """The systems of the zoo whose names match a wildcard pattern, by name. Imports no model.

    Args:
        pattern: with * and ?, as a shell has them.

    Returns:
        Their names, summaries, tasks, data sets and files.

    Example:
        >>> [system.name for system in list_systems("mnist*")]
        ['mnist_cnn', 'mnist_fast']
    """
    found = [system for path in sorted(MODELS.glob("*.py")) for system in _systems_in(path)]
    return sorted((s for s in found if fnmatch.fnmatch(s.name, pattern)), key=lambda s: s.name)


def _systems_in(path) -> list[System]:
    """The systems whose recipes stand in a Python file, read without running it."""
    return [_system(node, path) for node in _decorated(path, "recipe")]


def get_recipe(name: str) -> "Recipe":
    """The recipe behind a name of the zoo, or behind FILE.py:NAME in a user's own file.

    Args:
        name: "mnist_cnn", "my.py:my_recipe", or "my.py" where that file holds one recipe.

    Returns:
        A `zoo865.Recipe`.

    Raises:
        ZooError: no such system; the nearest names are offered.

    Example:
        >>> get_recipe("mnist_cnn").data
        'mnist'
        >>> get_recipe("mnist_cnm")
        Traceback (most recent call last):
            ...
        zoo865.errors.ZooError: ...did you mean mnist_cnn...
    """
    if split_name(name)[0]:
        return _find_in_file(name, "recipe")()
    known = {system.name: system for system in list_systems()}
    if name not in known:
        raise ZooError(f"unknown system {name!r}", f"{nearest(name, known)} (zoo865 list shows them all)")
    return getattr(importlib.import_module(f"zoo865.models.{Path(known[name].file).stem}"), name)()


def find(kind: str, name: str) -> Callable:
    """The task, way to feed training, or data set behind a name, or behind FILE.py:NAME.

    Args:
        kind: "task", "batches" or "dataset".
        name: its name.

    Raises:
        ZooError: there is none; the nearest names are offered.
    """
    if split_name(name)[0]:
        return _find_in_file(name, kind)
    if ":" in name:  # of an installed package
        return resolve_reference(name)
    known = names(kind)
    if name not in known:
        raise ZooError(f"unknown {kind} {name!r}", nearest(name, known))
    return getattr(importlib.import_module(known[name]), name)


@functools.cache
def names(kind: str) -> dict[str, str]:
    """The zoo's own of a kind: name -> module, read from the files as text."""
    found = {}
    for path in sorted((PACKAGE / FOLDERS[kind]).glob("*.py")):
        module = ".".join(("zoo865", *Path(FOLDERS[kind]).parts, path.stem))
        found |= {node.name: module for node in _decorated(path, kind)}
    return found


def name_of(kind: str, thing) -> str:
    """The name under which `find` finds a registered class or function: short for the zoo's own, else FILE.py:NAME."""
    return thing.__name__ if names(kind).get(thing.__name__) == thing.__module__ else reference(thing)


def own_name(kind: str, name: str, file: str) -> str:
    """A name in a user's file: FILE.py:NAME where that file marks something of this kind and name, else as it is."""
    thing = getattr(sys.modules.get(file), name, None)
    return reference(thing) if getattr(thing, "registered_as", "") == kind else name


def _find_in_file(name: str, kind: str) -> Callable:
    """What a user's file marks as of this kind, or imports by that name; FILE.py alone will do where it marks one.

    Raises:
        ZooError: no such file, or nothing in it of this name and kind.
    """
    file, wanted = split_name(name)
    module = import_file(file)
    marked = {name: value for name, value in vars(module).items() if getattr(value, "registered_as", "") == kind}
    found = {value.__name__: value for value in marked.values() if value.__module__ == module.__name__}
    if not wanted and len(found) == 1:
        return next(iter(found.values()))
    if wanted not in found and wanted in marked:  # imported there
        return marked[wanted]
    if wanted not in found:
        what = kind if kind != "batches" else "data feed"
        if not found:
            raise ZooError(f"{file} contains no {what}", f"decorate one with @{kind}")
        wrong = f"no {what} {wanted!r} in {file}" if wanted else f"{file} contains {len(found)} {what}s"
        raise ZooError(wrong, f"{nearest(wanted, found)} (decorate it with @{kind}, refer to it as {file}:NAME)")
    return found[wanted]


def reference(thing) -> str:
    """ "module:name" or "/path/file.py:name" of a class or function; a builder of the zoo as "file:name".

    Raises:
        ZooError: it has no name in its file, by which it could be found again.
    """
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", "")
    if not module or not name.isidentifier():
        said = f"{name or repr(thing)} cannot be imported from its file by name"
        raise ZooError(said, "define it as a top-level function or class: def NAME(...)")
    return f"{module.removeprefix('zoo865.models.')}:{name}"


def resolve_reference(text: str) -> Callable:
    """The object behind what `reference` gave, also behind whole module paths, as older cards have them."""
    module_name, _, name = text.rpartition(":")
    in_models = module_name and "." not in module_name and (MODELS / f"{module_name}.py").is_file()
    try:
        if module_name.endswith(".py"):
            return getattr(import_file(module_name), name)
        return getattr(importlib.import_module(f"zoo865.models.{module_name}" if in_models else module_name), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ZooError(f"cannot find {text}: {error}", "was its file moved or renamed?") from error


def mark(kind: str, thing):
    """Notes on a class or function as what it is registered.

    Raises:
        ZooError: it is none: the decorator was called.
    """
    if not callable(thing):
        raise ZooError(f"@{kind} takes no arguments", f"write @{kind} without parentheses")
    thing.registered_as = kind
    return thing


def _decorated(path, decorator: str) -> list:
    """The classes and functions of a file that bear a decorator of this name."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"), filename=str(path))
    nodes = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return [node for node in nodes if any(ast.unparse(d).split(".")[-1] == decorator for d in node.decorator_list)]


def _system(node: ast.FunctionDef, path) -> System:
    keywords = {}
    for call in (n for n in ast.walk(node) if isinstance(n, ast.Call) and ast.unparse(n.func).endswith("Recipe")):
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    called, named = keywords.get("task"), keywords.get("data")
    task = ast.unparse(called.func) if isinstance(called, ast.Call) else ""
    data = named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else ""
    summary = (ast.get_docstring(node) or "").split("\n")[0]
    return System(node.name, summary, task.rpartition(".")[2], data, str(path))
