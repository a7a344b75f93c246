"""A user's file imports its neighbours, as a script does; each project its own."""

import json
import sys

import pytest

import zoo865
from zoo865 import registry
from zoo865.recipe import Recipe
from zoo865.user_code import import_beside, import_file

pytestmark = pytest.mark.fast

RECIPE = """
from zoo865.recipe import recipe
from parts import tasks
from parts.tasks import Mine
from network import build
import parts.more.deep as deep


@recipe
def mine():
    from late import SETTINGS  # while it runs, not while the file is read
    from zoo865.models.mnist_cnn import mnist_cnn
    import dataclasses
    return dataclasses.replace(mnist_cnn(), task=Mine(), model=build, data="shapes", **SETTINGS)


from parts.tasks import shapes
"""
TASKS = """
from dataclasses import dataclass
from zoo865.registry import dataset, task
from zoo865.tasks.image_classification import ImageClassification
from .more import deep
from . import more
from ..network import build


@task
@dataclass(frozen=True)
class Mine(ImageClassification):
    sizes: tuple = (1, 2)


@dataset
def shapes():
    from network import build as again
    assert again is build
    from zoo865.data.load import load_data
    return load_data("generated_digits")
"""
NETWORK = """
from zoo865.models.mnist_cnn import build_mnist_cnn


def build(*, image_shape: tuple[int, int, int], classes: int, width: int = WIDTH, stem: int = 0, dropout: float = 0.0):
    return build_mnist_cnn(image_shape=image_shape, classes=classes, width=width, stem=stem, dropout=dropout)
"""


@pytest.fixture
def projects(tmp_path):
    """Two folders whose files have the same names, and say different things."""
    for name, width in (("one", 3), ("other", 5)):
        files = {"mine.py": RECIPE, "network.py": NETWORK.replace("WIDTH", str(width)), "parts/tasks.py": TASKS}
        files |= {"parts/__init__.py": "", "parts/more/deep.py": f"NAME = {name!r}"}  # a package, and a bare folder
        files |= {"late.py": f"SETTINGS = {{'model_args': {{'width': {width}}}}}"}
        for file, text in files.items():
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text(text)
    return tmp_path / "one", tmp_path / "other"


def forget(*folders):
    """As another process begins."""
    for name in [name for name in sys.modules if name.startswith(tuple(map(str, folders)))]:
        del sys.modules[name]


def test_a_file_imports_what_stands_beside_it_and_two_projects_do_not_meet(projects, monkeypatch):
    before, path = set(sys.modules), list(sys.path)
    recipes = [zoo865.get_recipe(f"{folder}/mine.py") for folder in projects]
    assert [recipe.model_args["width"] for recipe in recipes] == [3, 5]
    assert [import_file(folder / "mine.py").deep.NAME for folder in projects] == ["one", "other"]
    assert [import_file(folder / "mine.py").tasks.more.deep.NAME for folder in projects] == ["one", "other"]
    assert sys.path == path
    assert not {"network", "parts", "late"} & (set(sys.modules) - before)
    written = [json.dumps(recipe.to_json()) for recipe in recipes]
    forget(*projects)
    monkeypatch.chdir("/")
    for folder, document in zip(projects, written, strict=True):
        again = Recipe.from_json(json.loads(document))
        assert json.dumps(again.to_json()) == document
        assert again.model.__module__ == f"{folder}/network.py"
        assert again.data == f"{folder}/parts/tasks.py:shapes"
        assert again.model(image_shape=(28, 28, 1), classes=2, width=2).count_params() > 0
        # Where it is asked, whatever file it is imported into will do.
        for file in ("mine.py", "parts/tasks.py"):
            assert registry.find("task", f"{folder}/{file}:Mine") is type(again.task)


def test_what_is_installed_is_there_too_and_what_is_not_costs_a_line(tmp_path):
    (tmp_path / "json.py").write_text("MINE = True")  # as beside a script
    (tmp_path / "good.py").write_text("import json, os.path, zoo865.errors as errors\nfrom zoo865 import ZooError")
    good = import_file(tmp_path / "good.py")
    assert good.json.MINE
    assert good.json is not json
    assert (good.errors.ZooError, good.os.path) == (zoo865.ZooError, __import__("os").path)
    (tmp_path / "zoo865").mkdir()
    (tmp_path / "zoo865" / "__init__.py").write_text("raise RuntimeError('another zoo865 than the one that runs')")
    (tmp_path / "beside.py").write_text("import zoo865")
    assert import_file(tmp_path / "beside.py").zoo865 is zoo865
    (tmp_path / "broken.py").write_text("def f(:")
    for text, said in (
        ("from helpr import X", "No module named 'helpr'; install what it imports, or put it in the same folder"),
        ("from json import NOT_THERE", "cannot import name 'NOT_THERE'"),
        ("from . import no_such", "cannot import name 'no_such'"),
        ("from .no_such import X", "No module named 'no_such'"),
        ("import broken", "broken.py:1 is not valid Python"),
    ):
        (tmp_path / "bad.py").write_text(text)
        with pytest.raises(zoo865.ZooError, match=said):
            import_file(tmp_path / "bad.py")
        assert str(tmp_path / "bad.py") not in sys.modules
    (tmp_path / "bad.py").write_text("try:\n    from helpr import X\nexcept ImportError:\n    X = 1")
    assert import_file(tmp_path / "bad.py").X == 1


def test_a_link_to_what_is_not_named_as_python(tmp_path):
    (tmp_path / "6f1c").write_text("X = 1")  # as stores that name files by their contents hold them
    (tmp_path / "my.py").symlink_to(tmp_path / "6f1c")
    with pytest.raises(zoo865.ZooError, match="6f1c is not a Python file"):
        import_file(tmp_path / "my.py")


def test_a_module_is_found_by_the_name_that_a_file_gives_it(projects):
    for folder in projects:
        import_file(folder / "mine.py")
    assert import_beside("network").__file__ == str(projects[1] / "network.py")  # the newest
    assert import_beside("parts.tasks", projects[0]).__file__ == str(projects[0] / "parts" / "tasks.py")
    assert import_beside("numpy") is None
