"""The public API, as docs/api.md lists it; `python tests/public_api.py` writes its summaries anew, from docstrings."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import zoo865
from zoo865 import registry, visualize
from zoo865.data import features

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "api.md"
ROW = re.compile(r"^\| `([\w.]+)` \| (.*) \| \[[\w/.]+\]\(\.\./([\w/.]+)\) \|$", re.MULTILINE)
SINGLE = {  # what no rule below finds
    "recipe.py": {"recipe"},
    "registry.py": {"task", "batches", "dataset"},
    "data/spec.py": {"Spec", "Data", "Arrays"},
    "data/features/text.py": {"vocabulary_of"},
    "data/tokenizer.py": {"words_of"},
    "data/vector_files.py": {"read_vectors", "write_vectors", "VectorFile"},
    "preprocessing/__init__.py": {"prepare", "prepared"},
    "inference.py": {"predictions"},
    "exporting/sound_stream.py": {"SoundStream"},
    "batches/feed.py": {"Batches", "Feed"},
    "tasks/task.py": {"Task", "Signature", "ReportSection", "Part", "Pictures", "Reference"},
    "tasks/examples.py": {"serving"},
}


def listed() -> dict[str, str]:
    """Name, of a method behind its class's -> file, as docs/api.md has them."""
    return {name: file for name, _, file in ROW.findall(PAGE.read_text())}


def in_the_package() -> dict[str, str]:
    """The same of functions and classes, as the package has them."""
    found = {name: file_of(getattr(module, name)) for module in (zoo865, visualize) for name in module.__all__}
    found |= {name: file_of(getattr(features, name)) for name in features.__all__ if name[0].isupper()}
    for kind in ("task", "batches"):
        found |= {name: file_of(registry.find(kind, name)) for name in registry.names(kind)}
    found |= {f"build_{path.stem}": path for path in rooms("models")}
    for path in (path for folder in ("layers", "losses", "callbacks") for path in rooms(folder)):
        kinds = ast.ClassDef if path.parent.name == "callbacks" else ast.FunctionDef | ast.ClassDef
        nodes = [node for node in ast.parse(path.read_text()).body if isinstance(node, kinds)]
        found |= {node.name: path for node in nodes if not node.name.startswith("_")}
    found |= {name: ROOT / "zoo865" / file for file, names in SINGLE.items() for name in names}
    return {name: path.relative_to(ROOT).as_posix() for name, path in found.items()}


def rooms(folder: str) -> list[Path]:
    return [path for path in sorted((ROOT / "zoo865" / folder).glob("*.py")) if path.stem != "__init__"]


def file_of(thing) -> Path:
    return Path(inspect.getsourcefile(inspect.unwrap(thing)))


def object_of(name: str, file: str):
    thing = importlib.import_module(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    for part in name.split("."):
        thing = getattr(thing, part)
    return thing


def summary_of(thing) -> str:
    """The first sentence of a docstring."""
    paragraph = " ".join(inspect.getdoc(thing).split("\n\n")[0].split())
    return re.split(r"(?<=\.) (?=[A-Z])", paragraph)[0].replace("|", "\\|")


def written_anew() -> str:
    """docs/api.md with the summaries that docstrings have now."""

    def row(found):
        name, _, file = found.groups()
        return f"| `{name}` | {summary_of(object_of(name, file))} | [{file}](../{file}) |"

    return ROW.sub(row, PAGE.read_text())


if __name__ == "__main__":
    PAGE.write_text(written_anew())
