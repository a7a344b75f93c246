"""Names of the zoo and of users' files; and a phase that brings its own data."""

import dataclasses
import functools
import json
from pathlib import Path

import numpy as np
import pytest
from processes import assert_same, without_its_end

import zoo865
from zoo865 import registry
from zoo865.batches.shuffled import Shuffled
from zoo865.data.load import full_name, load_data
from zoo865.recipe import Recipe, part_from_json, part_to_json, recipe
from zoo865.tasks.control import Control
from zoo865.tasks.image_classification import ImageClassification

MINE = '''
import dataclasses
from dataclasses import dataclass

import numpy as np

from zoo865.batches.shuffled import Shuffled
from zoo865.data.load import load_data
from zoo865.data.spec import Arrays
from zoo865.models.mnist_cnn import mnist_cnn
from zoo865.recipe import Phase, recipe
from zoo865.registry import batches, dataset, task
from zoo865.tasks.image_classification import ImageClassification


@dataset
def called_wrongly():
    """Digits whose labels are shifted by one in training: who learns from them says 1 for 0."""
    data = load_data("generated_digits")
    wrong = {**data.train.arrays, "label": (data.train.arrays["label"] + 1) % 10}
    return dataclasses.replace(data, train=Arrays(**wrong))


@dataset
def too_small():
    return load_data("generated_digits", image_shape=(14, 14, 1))


@batches
@dataclass(frozen=True)
class Few(Shuffled):
    """No other than its parent's, with a setting of many numbers."""

    sizes: tuple[int, ...] = (8, 16)


@task
@dataclass(frozen=True)
class Reading(ImageClassification):
    bounds: tuple[float, ...] = (0.1, 0.9)


@recipe
def mine():
    """One epoch on digits, one on those called wrongly."""
    first = dataclasses.replace(mnist_cnn().smallest().phases[0], epochs=4)
    phases = (first, dataclasses.replace(first, name="wrong", data="called_wrongly"))
    return dataclasses.replace(mnist_cnn().smallest(), task=Reading(), batches=Few(), phases=phases)
'''


FLOATS = """data = load_data("generated_digits")
    images = data.train.arrays["image"] / np.float32(255)
    return dataclasses.replace(data, train=Arrays(image=images, label=data.train.arrays["label"]))"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    return str(tmp_path / "mine.py")


def test_what_the_zoo_has_is_known_by_short_names():
    assert {
        "ImageClassification",
        "TextClassification",
        "Classification",
        "Generation",
        "LanguageModel",
        "Embedding",
        "ContrastiveLearning",
        "Control",
        "WordVectors",
        "Playing",
        "AudioGeneration",
        "SoundClassification",
    } == set(registry.names("task"))
    of_examples = {"Shuffled", "SkipGram", "CoOccurrences", "ByLength", "ClassBalanced", "Views", "WholeSounds"}
    assert of_examples | {"Collect", "SelfPlay"} == set(registry.names("batches"))
    pictures = {
        "mnist",
        "fashion_mnist",
        "mnist_sample",
        "generated_digits",
        "omniglot",
        "omniglot_background",
        "mnist_apart",
    }
    texts = {"imdb", "imdb_unlabelled", "imdb_texts", "generated_reviews", "generated_sentences"}
    sounds = {"spoken_digits", "generated_sounds"}
    assert pictures | texts | sounds == set(registry.names("dataset"))
    assert registry.find("task", "Control") is Control
    for kind, part in (("task", ImageClassification(0.1)), ("batches", Shuffled(mix="mixup"))):
        document = json.loads(json.dumps(part_to_json(kind, part)))
        assert document["kind"] == type(part).__name__
        assert part_from_json(kind, document) == part
    for system in zoo865.list_systems():
        written = json.dumps(zoo865.get_recipe(system.name).to_json())
        assert "zoo865." not in written


def test_modules_of_older_cards_are_read_wherever_their_files_are_now():
    old = {"class": "zoo865.tasks.where_it_was:ImageClassification", "label_smoothing": 0.05}
    assert part_from_json("task", old) == ImageClassification(0.05)
    builder = registry.resolve_reference("zoo865.models.mnist_cnn:build_mnist_cnn")
    assert builder is registry.resolve_reference("mnist_cnn:build_mnist_cnn") is zoo865.get_recipe("mnist_cnn").model


def test_a_users_file_registers_like_ours(mine, monkeypatch):
    recipe = zoo865.get_recipe(mine)
    document = json.loads(json.dumps(recipe.to_json()))
    assert document["task"]["kind"] == f"{mine}:Reading"
    assert document["batches"]["kind"] == f"{mine}:Few"
    assert Recipe.from_json(document) == recipe  # tuples too, which JSON has not
    assert recipe.phases[1].data == full_name(f"{mine}:called_wrongly") == f"{mine}:called_wrongly"
    monkeypatch.chdir(Path(mine).parent)
    assert full_name("mine.py:called_wrongly") == f"{mine}:called_wrongly"
    data = load_data("mine.py:called_wrongly")
    assert (data.name, data.spec.class_names) == ("mine.py:called_wrongly", tuple("0123456789"))


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("task", "Contrl", ["unknown task 'Contrl'", "did you mean Control"]),
        ("batches", "Shufled", ["unknown batches 'Shufled'", "did you mean Shuffled"]),
        ("dataset", "mnits", ["unknown dataset 'mnits'", "did you mean mnist"]),
        ("dataset", "FILE:calld_wrongly", ["no dataset 'calld_wrongly'", "did you mean called_wrongly", "@dataset"]),
        ("dataset", "FILE", ["contains 2 datasets", "called_wrongly"]),
        ("task", "nowhere.py:Mine", ["no file", "nowhere.py"]),
    ],
)
def test_unknown_names_are_told_with_the_nearest(mine, kind, name, words):
    with pytest.raises(zoo865.ZooError) as error:
        registry.find(kind, name.replace("FILE", mine))
    for word in words:
        assert word in str(error.value)


def test_a_phase_learns_from_its_own_data(mine, tmp_path):
    """After the second phase a 0 is called a 1; it is measured on the recipe's data, and resumed exactly."""
    recipe = zoo865.get_recipe(mine)
    run = zoo865.train(recipe, seed=7, run_dir=tmp_path / "run")
    right = [row["val_accuracy"] for row in run.history]
    assert max(right[:4]) > 0.8
    assert right[-1] < 0.3
    assert [row["phase"] for row in run.history] == ["train"] * 4 + ["wrong"] * 4
    last = zoo865.Run(run.path)
    assert last.recipe.phases[1].data == f"{mine}:called_wrongly"
    assert_same(zoo865.resume(without_its_end(run, tmp_path / "again")), run)


def test_a_short_name_means_the_data_of_the_same_file(mine, tmp_path):
    """Whatever other files were imported since, and whatever they call theirs."""
    other = tmp_path / "other.py"
    other.write_text(MINE.replace("+ 1) % 10", "+ 2) % 10"))
    first, second = zoo865.get_recipe(mine), zoo865.get_recipe(str(other))
    assert first.phases[1].data == f"{mine}:called_wrongly"
    assert second.phases[1].data == f"{other}:called_wrongly"
    right = load_data("generated_digits").train.arrays["label"]
    for one, shift in ((first, 1), (second, 2)):
        labels = load_data(one.phases[1].data).train.arrays["label"]
        np.testing.assert_array_equal(labels, (right + shift) % 10)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("def broken(:\n    pass\n", ["wrong.py:1 is not valid Python"]),
        ("import no_such_package\n", ["wrong.py cannot be imported", "no_such_package"]),
        ("one = 1\ntwo = one / 0\n", ["wrong.py cannot be imported: wrong.py:2: ZeroDivisionError: division by zero"]),
        ("raise SystemExit(4)\n", ["wrong.py cannot be imported: wrong.py:1: SystemExit: 4"]),
    ],
)
def test_a_file_that_cannot_be_imported_costs_a_line(zoo, tmp_path, file, words):
    (tmp_path / "wrong.py").write_text(file)
    code, _, err = zoo("train", tmp_path / "wrong.py")
    assert (code, err.count("\n")) == (2, 1)
    for word in words:
        assert word in err


def made_by_another(width):
    def build(*, image_shape, classes):
        raise NotImplementedError

    return build


class Builders:
    @staticmethod
    def build(*, image_shape, classes):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (lambda *, image_shape, classes: None, "<lambda>"),
        (made_by_another(3), "made_by_another.<locals>.build"),
        (functools.partial(made_by_another, 3), "functools.partial"),
        (Builders.build, "Builders.build"),
    ],
)
def test_a_builder_that_a_run_could_not_find_again_is_refused(model, name):
    with pytest.raises(zoo865.ZooError, match=rf"{name}.* cannot be imported from its file by name"):
        dataclasses.replace(zoo865.get_recipe("mnist_cnn"), model=model)


@pytest.mark.parametrize("mark", [recipe, registry.task, registry.batches, registry.dataset])
@pytest.mark.parametrize("arguments", [(), ("name",)])
def test_a_decorator_that_is_called_says_so(mark, arguments):
    with pytest.raises(
        zoo865.ZooError, match=rf"@{mark.__name__} takes no arguments; write @{mark.__name__} without parentheses"
    ):
        mark(*arguments)


def test_a_recipe_returns_a_recipe_and_asks_for_nothing():
    @recipe
    def nothing():
        zoo865.get_recipe("mnist_cnn")

    @recipe
    def asking(width):
        return zoo865.get_recipe("mnist_cnn")

    with pytest.raises(zoo865.ZooError, match=r"recipe nothing returns NoneType, not Recipe; .*return"):
        nothing()
    with pytest.raises(zoo865.ZooError, match="recipe asking has required arguments"):
        asking()


def test_a_phase_s_data_are_of_the_same_kind(mine, tmp_path):
    recipe = zoo865.get_recipe(mine).override({"phases.wrong.data": f"{mine}:too_small", "data_args.image_shape": None})
    with pytest.raises(zoo865.ZooError, match=r"mine\.py:too_small has other inputs or classes"):
        zoo865.train(recipe, run_dir=tmp_path / "run")
    with pytest.raises(zoo865.ZooError, match="sets both data and cache_at"):
        recipe.override({"phases.wrong.cache_at": "average"})
    assert not (tmp_path / "run").exists()


def test_batches_ask_the_model_through_one_hook():
    """What `Collect` needs is in `for_batches()`: any model that gives it is fed."""
    pytest.importorskip("gymnasium")
    from zoo865.agents.dqn import Acting
    from zoo865.batches.collect import Collect

    moved, valued = [], lambda observation: np.eye(2)[np.zeros(len(observation), int)]

    class Model:
        def for_batches(self):
            return Acting(0.9, lambda: valued, lambda: valued, moved.append)

    settings = Collect(environments=2, steps=64, warm_up=16, replay=500, target_every=4)
    feed = settings.open(load_data("gym:CartPole-v1"), batch_size=8, seed=0, model=Model(), steps_together=4)
    raw, (seen,) = feed.first_batch()
    assert raw["observation"].shape == seen["observation"].shape == (8, 4)
    feed.begin_epoch(0)
    assert len(list(feed.dataset)) == feed.steps == 32
    assert set(moved) == {1.0}
    # Four steps go together: before each turn but the first, of those two epochs, the target moves once.
    assert len(moved) == 8


def test_raw_examples_of_another_kind_are_refused_wherever_a_set_is_loaded(mine):
    """Floats would be cut to 0 as bytes: no training, measuring or phase begins with them."""
    source = Path(mine).read_text()
    floats = source.replace('return load_data("generated_digits", image_shape=(14, 14, 1))', FLOATS)
    assert floats != source
    Path(mine).write_text(floats)
    with pytest.raises(zoo865.ZooError, match=r"'image' of mine\.py:too_small, train, is float32, but raw"):
        load_data(f"{mine}:too_small")


USER_FILE = '''
import keras
from zoo865.batches.shuffled import Shuffled
from zoo865.recipe import Phase, Recipe, recipe
from zoo865.tasks.image_classification import ImageClassification


def build_tiny(*, image_shape, classes: int):
    return keras.Sequential([keras.Input(image_shape), keras.layers.Flatten(), keras.layers.Dense(classes)])


@recipe
def softmax_regression():
    """One dense layer."""
    return Recipe(task=ImageClassification(), data="generated_digits", batches=Shuffled(), batch_size=50,
                  model=build_tiny, phases=(Phase(epochs=2),))
'''


def test_a_users_file_works_like_ours(tmp_path, zoo):
    (tmp_path / "my.py").write_text(USER_FILE)
    for name in ("my.py:softmax_regression", "my.py"):
        recipe = zoo865.get_recipe(name)
        assert (recipe.name, recipe.summary) == ("softmax_regression", "One dense layer.")
        assert Recipe.from_json(recipe.to_json()) == recipe
    code, out, err = zoo("train", "my.py:softmax_regression", "--run-dir", "run")
    assert code == 0, err
    assert "test accuracy" in out
    assert zoo("predict", "run/export/softmax_regression/1", zoo865.__file__)[0] == 2
