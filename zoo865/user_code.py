"""A user's own code: a Python file, and what it imports from beside it.

A module is named by the absolute path of its file. So it never hides another module, two projects may have helpers of
one name in one process, and what stands in a helper is found again by its name from any directory.
"""

import builtins
import functools
import importlib.util
import sys
import traceback
import types
from pathlib import Path

from zoo865.errors import ZooError

ROOTS: list[Path] = []  # the folders of the files that were imported, the newest at the end


def import_file(path) -> types.ModuleType:
    """Imports a user's Python file.

    Raises:
        ZooError: the file does not exist, is not valid Python, or imports something that is not installed.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise ZooError(f"no file {path}", "give FILE.py:NAME")
    try:
        return _loaded(path, path.parent)
    except SyntaxError as error:
        where = f"{error.filename}:{error.lineno}" if error.filename else path  # of what is no text
        raise ZooError(f"{where} is not valid Python: {error.msg}", "fix that line") from error
    except ImportError as error:
        hint = "install what it imports, or put it in the same folder"
        raise ZooError(f"{path} cannot be imported: {error}", hint) from error
    except ZooError:
        raise
    except (Exception, SystemExit) as error:  # whatever code does
        raise ZooError(f"{path} cannot be imported: {what_failed(error)}", "fix that line") from error


def what_failed(error: BaseException) -> str:
    """The line of a user's file, where it is one's, and why, on one line: "loss.py:3: KeyError: 'a'"."""
    where = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if isinstance(frame.f_builtins["__import__"], functools.partial):  # a module that was loaded here
            where = f"{Path(frame.f_code.co_filename).name}:{line}: "
    said = str(error).strip().partition("\n")[0]
    return f"{where}{type(error).__name__}" + (f": {said}" if said else "")


def import_beside(name: str, root: Path | None = None) -> types.ModuleType | None:
    """The module of this name beside a user's file, as that file would import it; None where there is none.

    Args:
        name: "helper" or "package.module".
        root: the file's folder; None looks beside all that were imported, beginning with the newest.
    """
    for folder in [root] if root else reversed(ROOTS):
        if _is_beside(folder, name.split(".")[0]):
            return _walked(folder, name.split("."), folder)[-1]
    return None


def _loaded(path: Path, root: Path) -> types.ModuleType:
    """The module of a file, whose code imports what stands in `root` before what is installed, as scripts do."""
    name = str(path)
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ZooError(f"{path} is not a Python file", "a link must lead to a file whose name ends with .py, too")
        if root in ROOTS:
            ROOTS.remove(root)
        ROOTS.append(root)
        module = importlib.util.module_from_spec(spec)
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": functools.partial(_import, root)}
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


def _import(root: Path, name, globals=None, locals=None, fromlist=(), level=0):
    """`__import__` of a user's module."""
    parts = name.split(".") if name else []
    if not level and not _is_beside(root, parts[0]):
        return builtins.__import__(name, globals, locals, fromlist, level)
    folder = Path(globals["__file__"]).parents[level - 1] if level else root
    modules = _walked(folder, parts, root) if parts else [_module_at(folder, root)]
    if not fromlist:
        return modules[0]
    last = modules[-1]
    for wanted in fromlist:
        inner = folder.joinpath(*parts, wanted)
        if not hasattr(last, wanted) and (module := _module_at(inner, root)):
            setattr(last, wanted, module)
    return last


def _walked(folder: Path, parts: list[str], root: Path) -> list[types.ModuleType]:
    """The modules on the way down "package.module", each an attribute of the one before."""
    modules = []
    for place, part in enumerate(parts):
        module = _module_at(folder.joinpath(*parts[: place + 1]), root)
        if module is None:
            raise ModuleNotFoundError(f"No module named {'.'.join(parts)!r} in {folder}", name=".".join(parts))
        if modules:
            setattr(modules[-1], part, module)
        modules.append(module)
    return modules


def _module_at(place: Path, root: Path) -> types.ModuleType | None:
    """The package or module at a path without its ending; a folder without __init__.py is a package too."""
    if file := _file_of(place):
        return _loaded(file, root)
    if place.is_dir():
        return sys.modules.setdefault(str(place), types.ModuleType(str(place)))
    return None


def _file_of(place: Path) -> Path | None:
    files = place / "__init__.py", place.with_name(f"{place.name}.py")
    return next((file for file in files if file.is_file()), None)


def _is_beside(root: Path, name: str) -> bool:
    """Whether a module stands in a folder, and was not imported from there by its short name; the zoo is the one that
    runs, also beside a checkout of it.
    """
    if name == __package__:
        return False
    file = _file_of(root / name)
    if file is None:
        return (root / name).is_dir() and name not in sys.modules and importlib.util.find_spec(name) is None
    known = getattr(sys.modules.get(name), "__file__", None)
    return known is None or Path(known).resolve() != file
