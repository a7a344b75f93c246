import dataclasses
import json

import numpy as np
import pytest

import zoo865
from zoo865 import registry
from zoo865.batches.shuffled import Shuffled
from zoo865.data.features import Image
from zoo865.recipe import Optimizer, Phase, Recipe
from zoo865.tasks.image_classification import ImageClassification
from zoo865.tasks.task import Task

pytestmark = pytest.mark.fast


def builder(*, image_shape, classes, width=8):
    raise NotImplementedError


@pytest.fixture
def recipe():
    return Recipe(
        task=ImageClassification(),
        data="mnist",
        batches=Shuffled(),
        batch_size=32,
        model=builder,
        model_args={"width": 8},
        phases=(Phase("head", 2, train=("head*",)), Phase("all", 3, Optimizer("sgd", 0.1, clip_norm=1.0))),
        name="example",
    )


def test_override_reaches_every_setting_and_leaves_the_original(recipe):
    changed = recipe.override(
        {
            "model_args.width": 16,
            "phases.all.optimizer.learning_rate": 1,
            "phases.head.train": ["*"],
            "task.label_smoothing": 0.1,
            "batches.augment": "digits",
            "data_args.image_shape": [8, 8, 1],
            "data": "fashion_mnist",
        }
    )
    assert changed.model_args == {"width": 16}
    assert changed.phases[1].optimizer == Optimizer("sgd", 1.0, clip_norm=1.0)
    assert changed.phases[0].train == ("*",)
    assert (changed.task.label_smoothing, changed.batches.augment) == (0.1, "digits")
    assert changed.data_args == {"image_shape": (8, 8, 1)}
    assert recipe.model_args == {"width": 8}


def test_epochs_stands_for_every_phase(recipe):
    assert [phase.epochs for phase in recipe.override({"epochs": 7}).phases] == [7, 7]


def test_json_both_ways(recipe):
    assert Recipe.from_json(recipe.to_json()) == recipe


@dataclasses.dataclass(frozen=True)
class Side:
    sizes: tuple[int, ...] = (1, 2)


@registry.task
@dataclasses.dataclass(frozen=True)
class Shaped(Task):
    """Settings of every form."""

    sizes: tuple[int, ...] = (8, 16)
    pairs: tuple[tuple[int, int], ...] = ()
    free: list = dataclasses.field(default_factory=list)
    table: dict = dataclasses.field(default_factory=dict)
    side: Side = dataclasses.field(default_factory=Side)
    sides: tuple[Side, ...] = ()
    other: Side | None = None
    share: float = 0.5


@pytest.mark.parametrize(
    "changed",
    [
        {"sizes": (8, 16)},
        {"sizes": [8, 16]},
        {"sizes": np.array([8, 16])},
        {"pairs": [[1, 2], (3, 4)]},
        {"free": [1, [2, "three", None]]},
        {"table": {"a": (1, 2), "b": {"c": [np.int64(3)]}}},
        {"side": Side([3])},
        {"sides": [Side(), Side((3,))]},
        {"other": Side(())},
        {"share": np.float32(0.25)},
    ],
    ids=str,
)
def test_settings_of_every_form_come_back_from_json(recipe, changed):
    task = Shaped(**changed)
    given = dataclasses.replace(recipe, task=task, phases=[Phase(train=["head*"], optimizer=Optimizer(rates={"a": 2}))])
    again = Recipe.from_json(json.loads(json.dumps(given.to_json())))
    assert again == given
    assert type(again.task.side) is Side
    assert again.override({"task.side.sizes": [9]}).task.side == Side((9,))
    ((name, value),) = changed.items()
    assert getattr(task, name) is value  # what was given is left as it is


def test_numpy_s_numbers_are_settings_like_any(recipe):
    shape = np.array([8, 8, 1])
    given = dataclasses.replace(recipe, model_args={"width": np.int64(3)}, data_args={"image_shape": shape})
    assert given.model_args == {"width": 3}
    assert given.data_args == {"image_shape": (8, 8, 1)}
    assert Recipe.from_json(given.to_json()) == given
    assert Image(shape).to_json()["shape"] == [8, 8, 1]


@pytest.mark.parametrize(
    ("table", "said"),
    [({1: 2}, 'task.table has the name 1, .*write "1"'), ({"a": {1}}, r"table.a is \{1\}, which")],
)
def test_what_json_has_not_is_no_setting(recipe, table, said):
    with pytest.raises(zoo865.ZooError, match=said):
        dataclasses.replace(recipe, task=Shaped(table=table))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("model_args.widht", 3, "did you mean width?"),
        ("phases.heda.epochs", 3, "did you mean head?"),
        ("phases.head.epoch", 3, "did you mean epochs?"),
        ("bach_size", 3, "did you mean batch_size"),
        ("batch_size", "many", "batch_size must be a whole number, not 'many'"),
        ("batch_size", 1.5, "must be a whole number"),
        ("batches.label", 1, "must be true or false"),
        ("phases.all.optimizer", "adam", "group of settings"),
        ("phases", 3, "group of settings"),
        ("model_args", 3, "group of settings"),
        ("batch_size.x", 3, "unknown setting"),
        ("phases.all.optimizer.name", "admaw", "did you mean adamw"),
        ("phases.all.optimizer.schedule", "cosin", "did you mean cosine"),
        ("phases.all.optimizer.warmup", 1.0, "from 0 to below 1"),
        ("phases.all.optimizer.ema_momentum", 1.0, "from 0 to below 1"),
        ("phases.all.optimizer.learning_rate", -1.0, "at least 0"),
        ("backends", ["jax"], "unknown setting 'backends'"),
        ("phases.all.optimizer.learning_rate", float("nan"), "at least 0"),
        ("model", "other", "unknown setting 'model'"),
    ],
)
def test_wrong_settings_are_named_with_the_way_out(recipe, path, value, said):
    with pytest.raises(zoo865.ZooError, match=said.replace("?", r"\?")):
        recipe.override({path: value})


@pytest.mark.parametrize(
    ("phase", "values", "direction", "said"),
    [
        (Phase(stop_at=0.9), (0.5, 0.95), "max", "val_x reached its goal, 0.9"),
        (Phase(stop_at=0.9), (0.95, 0.5), "max", ""),
        (Phase(stop_at=0.2), (0.5, 0.2), "min", "val_x reached its goal, 0.2"),
        (Phase(patience=2), (3, 1, 2, 2), "min", "val_x has got no better for 2 epochs"),
        (Phase(patience=2), (3, 2, 2), "min", ""),
        (Phase(patience=1), (3, 4, 4), "max", "val_x has got no better for 1 epochs"),
        (Phase(stop_at=4, patience=1), (3, 4, 4), "max", "val_x reached its goal, 4"),
        (Phase(), (3, 4, 4), "max", ""),
        (Phase(stop_at=0.0, patience=1), (), "max", ""),
    ],
)
def test_why_a_phase_is_over_is_told_truly(phase, values, direction, said):
    rows = [{"phase": "another", "val_x": 9.0}, *({"phase": "train", "val_x": value} for value in values)]
    assert phase.why_over(rows, "val_x", direction) == said


def test_recipes_are_frozen(recipe):
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.batch_size = 1


def test_a_recipe_says_where_it_runs(zoo, tmp_path):
    (tmp_path / "mine.py").write_text(
        "import dataclasses\nfrom zoo865.recipe import recipe\nfrom zoo865.models.mnist_cnn import mnist_cnn\n\n"
        "@recipe\ndef only_jax():\n    return dataclasses.replace(mnist_cnn().smallest(), backends=('no_such',))\n"
    )
    code, _, err = zoo("train", "mine.py")
    assert (code, err.count("\n")) == (2, 1)
    assert "does not run on the" in err
    assert "KERAS_BACKEND=no_such" in err
    assert not (tmp_path / "runs").exists()
