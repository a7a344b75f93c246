"""docs/api.md lists what the package offers; each name is annotated, described, and shown by an example that runs."""

import ast
import dataclasses
import doctest
import functools
import inspect
import itertools
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import public_api
import pytest
from photos import folder_of
from PIL import Image

import zoo865
from zoo865 import visualize
from zoo865.cli.arguments import read_settings
from zoo865.cli.main import app

LISTED = public_api.listed()
NAMES = sorted(LISTED)
DENSE = """
import keras

def build_dense(*, image_shape, classes):
    pooled = keras.layers.Flatten()(keras.layers.AveragePooling2D(4)(image := keras.Input(image_shape, name="image")))
    return keras.Model(image, keras.layers.Dense(classes, name="logits")(pooled), name="dense")
"""


@functools.cache
def thing(name: str):
    return public_api.object_of(name, LISTED[name])


@functools.cache
def source(name: str) -> ast.AST:
    """The definition of a function, method or class."""
    tree = ast.parse((public_api.ROOT / LISTED[name]).read_text())
    for part in name.split("."):
        tree = next(node for node in tree.body if getattr(node, "name", "") == part)
    return tree


def sections_of(docstring: str | None) -> dict[str, str]:
    """Heading of a docstring's part -> its text."""
    parts = re.findall(r"^([A-Z][a-z]+):\n((?:(?:    .*)?\n?)+)", inspect.cleandoc(docstring or ""), re.MULTILINE)
    return dict(parts)


def sections(name: str) -> dict[str, str]:
    """Those of a function; of a class those of its bases too, whose arguments it takes."""
    if not inspect.isclass(thing(name)):
        return sections_of(thing(name).__doc__)
    each = [sections_of(base.__doc__) for base in thing(name).__mro__]
    return {heading: "\n".join(one.get(heading, "") for one in each) for part in each for heading in part}


def parameters(name: str) -> list[inspect.Parameter]:
    """What it is called with; nothing, where a class leaves its constructor to a base of another library."""
    called = thing(name)
    if inspect.isclass(called):
        called = inspect.unwrap(called.__init__)
        if not (getattr(called, "__module__", "").startswith("zoo865") or dataclasses.is_dataclass(thing(name))):
            return []
    given = list(inspect.signature(called).parameters.values())
    return given[1:] if given and given[0].name == "self" else given


@pytest.mark.fast
def test_the_page_lists_what_the_package_offers():
    assert {name: file for name, file in LISTED.items() if "." not in name} == public_api.in_the_package()
    assert public_api.PAGE.read_text() == public_api.written_anew(), "run: python tests/public_api.py"


@pytest.mark.fast
@pytest.mark.parametrize("package", [zoo865, visualize], ids=lambda package: package.__name__)
def test_type_checkers_see_the_names_that_load_on_first_use(package):
    tree = ast.parse(Path(package.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    found = {alias.asname: node.module for node in block.body for alias in node.names}
    assert found == {name: getattr(package, name).__module__ for name in package.__all__}


@pytest.mark.fast
def test_all_is_annotated():
    missing = [f"{name}({one.name})" for name in NAMES for one in parameters(name) if one.annotation is one.empty]
    functions = [name for name in NAMES if not inspect.isclass(thing(name))]
    missing += [
        name for name in functions if inspect.signature(thing(name)).return_annotation is inspect.Signature.empty
    ]
    assert not missing


@pytest.mark.fast
def test_all_arguments_are_described():
    for name in NAMES:
        lines = re.findall(r"^    (\w+(?:, \w+)*):", sections(name).get("Args", ""), re.MULTILINE)
        described = {one for line in lines for one in line.split(", ")}
        there = {one.name for one in parameters(name)}
        assert there - {"kwargs", "arguments"} <= described, f"{name} lacks {there - described}"
        assert inspect.isclass(thing(name)) or described <= there, f"{name} has no {described - there}"


@pytest.mark.fast
def test_what_is_returned_and_raised_is_described():
    for name in NAMES:
        node = source(name)
        functions = [node] if isinstance(node, ast.FunctionDef) else constructors(node)
        raised = [one.exc for function in functions for one in ast.walk(function) if isinstance(one, ast.Raise)]
        errors = {ast.unparse(one.func) for one in raised if isinstance(one, ast.Call)}
        for error in (error for error in errors if error[0].isupper()):
            assert error in sections(name).get("Raises", ""), f"{name} raises {error}"
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.returns) != "None":
            assert {"Returns", "Yields"} & sections(name).keys(), name


def constructors(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [one for one in node.body if getattr(one, "name", "") in ("__init__", "__post_init__")]


@pytest.mark.fast
def test_all_have_examples():
    assert not [name for name in NAMES if ">>> " not in sections_of(thing(name).__doc__).get("Example", "")]
    assert not [name for name in NAMES if "+SKIP" in thing(name).__doc__]


@pytest.fixture(scope="module")
def given(tiny_run, tmp_path_factory):
    """What examples find, as docs/api.md says, and the directory that they run in."""
    import keras

    from zoo865.batches.shuffled import Shuffled
    from zoo865.preprocessing import prepared
    from zoo865.tasks.image_classification import ImageClassification
    from zoo865.user_code import import_file

    place = tmp_path_factory.mktemp("examples")
    shutil.copytree(tiny_run("mnist_cnn").path, place / "runs" / "digits")
    run = zoo865.Run("runs/digits")
    (place / "dense.py").write_text(DENSE)
    tiny = zoo865.Recipe(
        name="dense",
        task=ImageClassification(),
        data="generated_digits",
        batches=Shuffled(),
        batch_size=100,
        model=import_file(str(place / "dense.py")).build_dense,
        phases=(zoo865.Phase("train"),),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        examples = run.data.validation.take(range(8))
        images = prepared(run.spec, examples)
        Image.fromarray(examples["image"][0, ..., 0]).save("digit.png")
        folder_of(place / "photos", {"cat": 12, "dog": 12})
        known = {"np": np, "keras": keras, "zoo865": zoo865, "visualize": visualize, "Path": Path}
        return place, known | {"run": run, "model": run.model, "images": images, "tiny": tiny}


@pytest.mark.parametrize("file", sorted(set(LISTED.values())))
def test_examples_run(file, given, monkeypatch, only_training):
    """`make`, `make_seeds` and `make_folds` only train here: reports and exports have examples of their own."""
    import keras

    from zoo865.data.features import feature

    place, known = given
    monkeypatch.chdir(place)
    monkeypatch.setattr(feature, "KINDS", dict(feature.KINDS))
    monkeypatch.setattr("zoo865.workflow.report_several", lambda summary, runs: None)
    failed = []
    for name in (name for name in NAMES if LISTED[name] == file):
        line = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        line.compile("sgd", "mse", run_eagerly=True)
        x = np.arange(8.0)[:, None] / 8
        module = sys.modules[thing(name).__module__]
        names = {**vars(module), **known, "line": line, "x": x, "y": 3 * x + 1}
        docstring = inspect.cleandoc(thing(name).__doc__)
        example = doctest.DocTestParser().get_doctest(docstring, names, name, file, 0)
        said = []
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=said.append)
        failed += said
    assert not failed, "\n" + "".join(failed)


QUOTED = ("zoo865/tasks/generation.py", "zoo865/tasks/classification.py", "zoo865/tasks/image_classification.py")


def takes(recipe, path: str, value: str) -> bool:
    """Whether a recipe has this setting; the name of a phase stands for that of its first."""
    path = path.replace("phases.train.", f"phases.{recipe.phases[0].name}.")
    try:
        return bool(recipe.override(read_settings([f"{path}={value}"])))
    except zoo865.ZooError:
        return False


@pytest.mark.fast
def test_what_a_term_leads_to_is_there():
    import typer

    page = public_api.PAGE.read_text()
    terms = page.partition("## Looking for")[2]
    for file in re.findall(r"\]\(([^)]+)\)", page):
        assert (public_api.PAGE.parent / file).is_file()
    commands = typer.main.get_command(app).commands
    recipes = [zoo865.get_recipe(name) for name in ("mnist_cnn", "dqn_cartpole", "vae", "mobilenet_v2")]
    words_of_tasks = "".join((public_api.ROOT / file).read_text() for file in QUOTED)
    for code in re.findall(r"`([^`]+)`", terms):
        if not code.startswith("zoo865 "):
            assert code in LISTED or f'"{code}"' in words_of_tasks, code
            continue
        _, command, *words = code.split()
        options = {option for one in commands[command].params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= options, code
        for setting in (word for before, word in itertools.pairwise(words) if before == "--set"):
            assert any(takes(recipe, *setting.split("=", 1)) for recipe in recipes), setting


@pytest.mark.fast
def test_functions_that_only_their_own_module_uses_begin_with_an_underscore():
    places = [public_api.ROOT / folder for folder in ("zoo865", "tests", "apps", "benchmarks")]
    texts = {path: path.read_text() for place in places for path in (*place.rglob("*.py"), *place.rglob("*.jinja"))}
    words = {path: set(re.findall(r"\w+", text)) for path, text in texts.items()}
    for path in sorted(path for path in texts if path.is_relative_to(places[0]) and path.suffix == ".py"):
        nodes = [node for node in ast.parse(texts[path]).body if isinstance(node, ast.FunctionDef)]
        for node in (node for node in nodes if not node.name.startswith("_") and node.name not in LISTED):
            marked = any(ast.unparse(decorator) in ("recipe", "dataset") for decorator in node.decorator_list)
            assert marked or any(node.name in words[other] for other in texts if other != path), f"{path}: {node.name}"
