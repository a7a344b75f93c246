"""Arrows point one way, names are known where they belong, and starting is cheap."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import zoo865

pytestmark = pytest.mark.fast

PACKAGE = Path(zoo865.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
# Room -> the rooms that it may import. Everybody may import errors, files, user_code, old_names and private_keras.
ALLOWED = {
    "errors": set(),
    "files": set(),
    "user_code": set(),
    "old_names": set(),
    "private_keras": set(),
    "runs": set(),
    "settings": set(),
    "registry": set(),
    "recipe": {"settings", "registry"},
    "agents": set(),
    "games": set(),
    "data": {"agents", "games", "registry"},
    "preprocessing": {"data"},
    "inference": {"data", "preprocessing"},
    "layers": set(),
    "losses": {"settings"},
    "metrics": {"data", "runs"},
    "callbacks": set(),
    "visualize": {"losses"},
    "batches": {"data", "preprocessing", "inference", "layers", "agents", "games", "registry"},
    "tasks": {
        *("data", "preprocessing", "inference", "layers", "losses", "metrics", "visualize", "agents", "registry"),
        "batches",  # the views that it measures by
        "games",
        "settings",
    },
    "models": {"preprocessing", "layers", "losses", "recipe", "batches", "tasks", "agents"},
    "training": {
        *("recipe", "settings", "registry", "data", "inference", "metrics", "batches", "callbacks", "agents", "runs"),
        "losses",
    },
    "reporting": {
        *("recipe", "settings", "registry", "data", "preprocessing", "metrics", "batches", "tasks", "visualize"),
        *("training", "agents", "inference"),
    },
    "explain": {"data", "losses", "preprocessing", "registry", "tasks", "training", "visualize", "reporting"},
    "exporting": {
        *("data", "preprocessing", "inference", "registry", "layers", "metrics", "tasks", "training", "visualize"),
        *("agents", "games", "reporting"),
    },
    "hub": {"data", "preprocessing", "tasks", "training", "exporting", "runs"},
    "workflow": {"recipe", "registry", "training", "reporting", "exporting"},
    "cli": {"registry", "recipe", "metrics", "training", "reporting", "exporting", "hub", "workflow", "explain"},
}
# Beyond these, what it names in annotations alone, under `if TYPE_CHECKING`, and does not import as it runs.
NAMED = {"recipe": {"batches", "tasks"}, "registry": {"data", "recipe"}}
EVERYBODYS = ("errors", "files", "user_code", "old_names", "private_keras")
CORE = ("recipe", "registry", "settings", "inference", "batches", "training", "reporting", "exporting", "hub", "cli")
OF_ONE_KIND = {  # what is about one kind by its purpose: how images are changed, looked into, written to files; texts
    *(
        "batches/augment.py",
        "reporting/augment.py",
        "reporting/look_picture.py",
        "exporting/images_out.py",
        "exporting/sounds_out.py",
    ),
    *("cli/augment.py", "cli/look.py", "cli/generate.py", "reporting/check.py", "reporting/label.py"),
    *("reporting/photo_features.py", "reporting/look_text.py", "batches/self_play.py"),
}


BESIDE = ("apps", "benchmarks", "tests")


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path, type_checking: bool = True) -> set[str]:
    """The modules of zoo865 that a file imports, anywhere in it; or without those for type checkers alone."""
    found, tree = set(), ast.parse(path.read_text())
    for node in ast.walk(tree):
        if not type_checking and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body.clear()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return {name for name in found if name.startswith("zoo865.")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    if path == PACKAGE / "__init__.py":
        return
    here = room(path)
    rooms, named = (
        {name.split(".")[1] for name in imported(path, type_checking)} - {here, *EVERYBODYS}
        for type_checking in (False, True)
    )
    assert rooms <= ALLOWED[here], f"{here} imports {rooms - ALLOWED[here]}"
    assert named <= ALLOWED[here] | NAMED.get(here, set()), f"{here} names {named - ALLOWED[here]}"


def test_what_is_imported_is_there():
    """Imports within functions too, which only those calls would find stale."""
    for path in (*FILES, *(file for folder in BESIDE for file in (PACKAGE.parent / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "zoo865":
                place = PACKAGE.parent.joinpath(*node.module.split("."))
                text = (place / "__init__.py" if place.is_dir() else place.with_suffix(".py")).read_text()
                nodes = list(ast.walk(ast.parse(text)))
                there = {getattr(n, key, None) for n in nodes for key in ("id", "name", "asname")}
                there |= {file.stem for file in place.glob("*")} | set(zoo865.__all__ if place == PACKAGE else ())
                assert {alias.name for alias in node.names} <= there, f"{path}, line {node.lineno}"


def test_data_know_nothing_of_keras():
    for path in (PACKAGE / "data").rglob("*.py"):
        assert not re.search(r"import (keras|tensorflow\b)|from (keras|tensorflow)\b", path.read_text()), path


def test_only_the_loop_calls_fit():
    calling = {
        str(path.relative_to(PACKAGE))
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("fit", "train_step")
    }
    others = {"metrics/active_learning.py", "metrics/linear_probe.py", "metrics/one_shot.py", "exporting/gallery.py"}
    assert calling == {"training/loop.py"} | others  # which call scikit-learn's


def test_loop_report_export_and_command_line_know_no_system_by_name():
    names = {system.name for system in zoo865.list_systems()}
    for path in FILES:
        if room(path) in ("training", "reporting", "exporting", "workflow", "cli"):
            tree = ast.parse(path.read_text())
            constants = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
            assert not constants & names, path
            assert not any(name.startswith("zoo865.models") for name in imported(path)), path


def words_of_models() -> set[str]:
    """What models call their measures and their metrics of training: "discriminator_loss", "kl_divergence", ..."""
    calls = (node for path in (PACKAGE / "models").glob("*.py") for node in ast.walk(ast.parse(path.read_text())))
    named = (node for node in calls if isinstance(node, ast.Call) and "metrics" in ast.unparse(node.func))
    return {keyword.value.value for node in named for keyword in node.keywords if keyword.arg == "name"}


@pytest.mark.parametrize("path", [f for f in FILES if room(f) in CORE], ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_knows_no_kind_of_data(path):
    """No word of a system, no size of its images, no key of an example: what only one kind needs lives in its class."""
    if str(path.relative_to(PACKAGE)) in OF_ONE_KIND:
        return
    tree = ast.parse(path.read_text())
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node)
    }
    constants = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and n not in docstrings]
    words = {*words_of_models(), "image", "text", "tokens", "audio", "sound", "board", "ink", "ink_margin", "digits"}
    assert "discriminator_loss" in words
    assert not words & {value for value in constants if isinstance(value, str)}
    assert not {28, 255, 784} & {value for value in constants if isinstance(value, int | float)}


def test_a_file_holds_one_idea():
    for path in FILES:
        text = path.read_text()
        bodies = [node.body[0] for node in ast.walk(ast.parse(text)) if _documented(node)]
        docstrings = sum(body.end_lineno - body.lineno + 1 for body in bodies)
        assert len(text.splitlines()) - docstrings <= 250, path


def _documented(node) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)) and ast.get_docstring(node) is not None


@pytest.mark.parametrize(
    "code",
    [
        "import zoo865; dir(zoo865); zoo865.list_systems('*')",
        "import sys; sys.argv = ['zoo865', 'list']; from zoo865.cli.main import app; app(standalone_mode=False)",
        "import sys; from zoo865.cli.main import app\ntry: app(['--help'])\nexcept SystemExit: pass",
        "import sys; from zoo865.cli.main import app\ntry: app(['train', '--help'])\nexcept SystemExit: pass",
        "from zoo865.cli.arguments import system_names; assert system_names('mn')",
        "from zoo865.data.spec import Spec; from zoo865.data.features import *; import numpy as np; "
        "Image((8, 8, 1), ink='light').read(np.zeros((20, 20), 'uint8')); Text(5, ('a',)).read('a b')",
        *(
            f"import numpy as np; from zoo865.registry import find; from zoo865.data.spec import Spec; "
            f"from zoo865.data.features import *; task = find('task', {name!r})(); "
            f"spec = Spec({{'x': {feature}}}, {{'label': Label(('a', 'b'))}}); "
            f"task.preprocess({given}, spec); assert task.decode({{{outputs}}}, spec)"
            for name, feature, given, outputs in (
                ("Classification", "Text(5, ('a',))", "'a text'", "'probabilities': np.full((1, 2), 0.5)"),
                (
                    "ImageClassification",
                    "Image((8, 8, 1))",
                    "np.zeros((9, 9))",
                    "'probabilities': np.full((1, 2), 0.5)",
                ),
                ("Generation", "Image((8, 8, 1))", "np.zeros((9, 9))", "'nats': np.ones(1)"),
                ("ContrastiveLearning", "Image((8, 8, 1))", "np.zeros((9, 9))", "'vector': np.zeros((1, 4))"),
                ("Control", "Observation((2,))", "'[1, 2]'", "'action': np.zeros(1), 'q_values': np.zeros((1, 2))"),
            )
        ),
    ],
)
def test_listing_help_and_completion_import_neither_tensorflow_nor_keras(code):
    check = "; import sys" if "\n" not in code else "\nimport sys"
    script = f"{code}{check}\nassert not {{'keras', 'tensorflow'}} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_there():
    for name in zoo865.__all__:
        assert getattr(zoo865, name) is not None


def _names(tree) -> set[str]:
    """What a file defines: functions, classes, variables, attributes."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    found = {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
    stored = [node for node in ast.walk(tree) if isinstance(getattr(node, "ctx", None), ast.Store)]
    return found | {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in stored}


def test_private_names_of_other_libraries_stand_in_one_file():
    trees = {path: ast.parse(path.read_text()) for path in FILES}
    ours = set().union(*map(_names, trees.values()))
    found = []
    for path, tree in trees.items():
        if path.name == "private_keras.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and re.match(r"_[^_]", node.attr) and node.attr not in ours:
                found.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {ast.unparse(node)}")
            if isinstance(node, ast.ImportFrom) and re.search(
                r"\b(keras\.src|tensorflow\.python)\b|\._", node.module or ""
            ):
                found.append(f"{path.relative_to(PACKAGE)}:{node.lineno} from {node.module}")
    assert not found, "move it to zoo865/private_keras.py, with a test"
