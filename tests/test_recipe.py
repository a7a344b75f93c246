import dataclasses
import json
import typing
from collections.abc import Sequence

import numpy as np
import pytest

import zoo865
from zoo865 import registry
from zoo865.batches.shuffled import Shuffled
from zoo865.data.features import Image
from zoo865.recipe import Optimizer, Phase, Recipe
from zoo865.tasks.image_classification import ImageClassification
from zoo865.tasks.task import Task
from zoo865.training.check import check_recipe

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


def test_many_examples_are_passed_over_fewer_times(recipe):
    bounded = recipe.override({"phases.head.max_steps": 10, "phases.all.max_steps": 100})
    for steps, epochs in ((1, (2, 3)), (9, (2, 3)), (10, (1, 3)), (34, (1, 3)), (50, (1, 2)), (1000, (1, 1))):
        assert tuple(phase.epochs for phase in bounded.within_max_steps(steps).phases) == epochs
    assert recipe.within_max_steps(1000) == recipe  # without bounds
    asked = bounded.override({"epochs": 7})  # of every phase, however many steps they are
    assert [phase.epochs for phase in asked.within_max_steps(1000).phases] == [7, 7]
    with pytest.raises(zoo865.ZooError, match="max_steps must be at least 1, not 0"):
        Phase(max_steps=0)


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
    [({1: 2}, 'task.table has the key 1, .*write "1"'), ({"a": {1}}, r"table.a is \{1\}, which")],
)
def test_what_json_has_not_is_no_setting(recipe, table, said):
    with pytest.raises(zoo865.ZooError, match=said):
        dataclasses.replace(recipe, task=Shaped(table=table))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Optimizer(learning_rate="a"), "learning_rate must be a number, not 'a'"),
        (lambda: Optimizer(rates={"head": "a"}), "rates.head must be a number, not 'a'"),
        (lambda: Optimizer(rates={"head": float("nan")}), "rates.head is nan"),
        (lambda: Optimizer(warmup=None), "warmup must be a number, not None"),
        (lambda: Optimizer(ema_momentum="0"), "ema_momentum must be a number"),
        (lambda: Phase(epochs=1.5), "epochs must be an integer, not 1.5"),
        (lambda: Phase(stop_at=float("nan")), "stop_at is nan"),
        (lambda: Phase(patience=[2]), "patience must be an integer or null"),
        (lambda: Phase(train=5), "train must be a list, each a string, or a string, not 5"),
        (lambda: Phase(train=()), "trains no layer"),
        (lambda: Phase(optimizer="adam"), "'optimizer' is a group of settings"),
    ],
)
def test_a_value_of_another_kind_is_refused_where_it_is_given(make, said):
    with pytest.raises(zoo865.ZooError, match=said):
        make()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"batch_size": "a"}, "batch_size must be an integer, not 'a'"),
        ({"steps_per_execution": None}, "steps_per_execution must be an integer"),
        ({"phases": ()}, "needs at least one phase"),
        ({"phases": [Phase(), "more"]}, "'phases' is a group of settings"),
        ({"task": ImageClassification}, r"task must be a frozen dataclass, not <class .*; task=NAME\(\)"),
        ({"batches": "Shuffled"}, "batches must be a frozen dataclass, not 'Shuffled'"),
    ],
)
def test_so_are_those_of_a_recipe(recipe, changed, said):
    with pytest.raises(zoo865.ZooError, match=said):
        dataclasses.replace(recipe, **changed)


def test_one_alone_will_do(recipe):
    assert Phase(train="dense*") == Phase(train=("dense*",))
    assert recipe.override({"phases.head.train": "dense*"}).phases[0].train == ("dense*",)
    assert dataclasses.replace(recipe, phases=Phase(epochs=2)).phases == (Phase(epochs=2),)


@dataclasses.dataclass(frozen=True)
class Wider(Side):
    more: int = 3


@registry.task
@dataclasses.dataclass(frozen=True)
class Chosen(Task):
    """Settings that are one dataclass or another."""

    either: Side | Wider = dataclasses.field(default_factory=Side)
    two: tuple[Side, Wider] = (Side(), Wider())
    base: Side = dataclasses.field(default_factory=Side)


@pytest.mark.parametrize("either", [Side((3,)), Wider((3,), 4)], ids=str)
def test_settings_of_several_kinds_come_back_as_the_one_they_were(recipe, either):
    given = dataclasses.replace(recipe, task=Chosen(either=either, two=(Side((4,)), Wider((5,), 6))))
    check_recipe(given)
    assert Recipe.from_json(given.to_json()) == given


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"task": Chosen(base=Wider())}, "cannot be restored .* unexpected keyword argument 'more'; annotate each"),
        ({"task": Shaped(free=[Side()])}, r"the task Shaped.* is restored from a run's settings as Shaped"),
        ({"model_args": {"width": 8}, "data_args": {"like": Side()}}, "cannot be restored .* not JSON serializable"),
        ({"phases": (Phase(), Phase())}, "two phases are named 'train'"),
    ],
)
def test_what_a_run_could_not_read_back_is_refused_before_training(recipe, changed, said):
    with pytest.raises(zoo865.ZooError, match=said):
        check_recipe(dataclasses.replace(recipe, **changed))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"keep": "best"}, "phase 'all' trains on the validation examples, which also choose the weights"),
        ({"phases.all.patience": 3}, "decide when it ends"),
        ({"phases.all.stop_at": 0.1}, "decide when it ends"),
        ({"phases.head.learn_validation": True}, "no earlier phase"),
        ({"phases.all.learn_validation": False, "phases.blocks.learn_validation": True}, "'blocks'.* later phases"),
    ],
)
def test_validation_examples_that_teach_choose_nothing(changed, words):
    recipe = zoo865.get_recipe("mobilenet_v2")
    check_recipe(recipe)
    check_recipe(recipe.override({"keep": "best", "phases.all.learn_validation": False}))
    with pytest.raises(zoo865.ZooError, match=words):
        check_recipe(recipe.override(changed))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("model_args.widht", 3, "did you mean width?"),
        ("phases.heda.epochs", 3, "did you mean head?"),
        ("phases.head.epoch", 3, "did you mean epochs?"),
        ("bach_size", 3, "did you mean batch_size"),
        ("batch_size", "many", "batch_size must be an integer, not 'many'"),
        ("batch_size", 1.5, "must be an integer"),
        ("batches.label", 1, "must be true or false"),
        ("phases.all.optimizer", "adam", "group of settings"),
        ("phases", 3, "group of settings"),
        ("model_args", 3, "group of settings"),
        ("batch_size.x", 3, "unknown setting"),
        ("phases.all.optimizer.name", "admaw", "did you mean adamw"),
        ("phases.all.optimizer.schedule", "cosin", "did you mean cosine"),
        ("phases.all.optimizer.warmup", 1.0, "at least 0 and below 1"),
        ("phases.all.optimizer.ema_momentum", 1.0, "at least 0 and below 1"),
        ("phases.all.optimizer.learning_rate", -1.0, "at least 0"),
        ("backends", ["jax"], "unknown setting 'backends'"),
        ("phases.all.optimizer.learning_rate", float("nan"), "learning_rate is nan, which JSON cannot represent"),
        ("phases.all.optimizer.clip_norm", "a", "must be a number or null, not 'a'"),
        ("model", "other", "unknown setting 'model'"),
    ],
)
def test_wrong_settings_are_named_with_the_way_out(recipe, path, value, said):
    with pytest.raises(zoo865.ZooError, match=said.replace("?", r"\?")):
        recipe.override({path: value})


MANY = {  # a hint -> (what fits it, as JSON holds it; what it becomes), and what does not, and why
    list[int]: ([4, 8], (4, 8), [4, "8"], "must be an integer, not '8'"),
    typing.List[int]: ([4], (4,), 4, "must be a list, each an integer, not 4"),  # noqa: UP006
    Sequence[float]: ([4, 0.5], (4.0, 0.5), "4", "must be a list, each a number, not '4'"),
    list: ([4, "a"], (4, "a"), 4, "must be a list, not 4"),
    tuple: ([4, "a"], (4, "a"), {"a": 1}, "must be a list, not"),
    tuple[int, ...]: ([], (), 4, "must be a list, each an integer, not 4"),
    tuple[int, int]: ([4, 8], (4, 8), [4], "must be a list of 2, each an integer, not"),
    tuple[tuple[int, int], ...]: ([[4, 8]], ((4, 8),), 4, "a list, each a list of 2, each an integer, not 4"),
    tuple[int | None, ...]: ([4, None], (4, None), ["a"], "must be an integer or null, not 'a'"),
    dict: ({"a": [1]}, {"a": (1,)}, 4, "group of settings"),
    dict[str, float]: ({"a": 1}, {"a": 1.0}, {"a": "b"}, "x.a must be a number, not 'b'"),
    dict[str, list[int]]: ({"a": [1]}, {"a": (1,)}, {"a": 1}, "x.a must be a list"),
    int | str: ("same", "same", 1.5, "must be an integer or a string, not 1.5"),
    float | int: (4, 4, "4", "must be a number or an integer, not '4'"),
    typing.Optional[float]: (4, 4.0, "4", "must be a number or null, not '4'"),  # noqa: UP045
    int | tuple[int, int]: ([4, 8], (4, 8), "a", "must be an integer or a list of 2, each an integer, not 'a'"),
    typing.Literal["relu", "gelu"]: ("gelu", "gelu", "glu", "must be 'relu' or 'gelu', not 'glu'"),
    typing.Literal["relu"] | None: (None, None, "glu", "must be 'relu' or null, not 'glu'"),
}


@pytest.mark.parametrize("hint", MANY, ids=str)
def test_arguments_fit_any_branch_of_ordinary_annotations(recipe, hint):
    given, kept, other, said = MANY[hint]

    def builder(*, image_shape, classes, x):
        raise NotImplementedError

    builder.__annotations__["x"] = hint
    builder.__qualname__ = "builder"
    made = dataclasses.replace(recipe, model=builder, model_args={"x": given})
    assert made.model_args == made.override({"model_args.x": given}).model_args == {"x": kept}
    assert type(made.model_args["x"]) is type(kept)
    with pytest.raises(zoo865.ZooError, match=said.replace("|", r"\|")):
        dataclasses.replace(recipe, model=builder, model_args={"x": other})


@pytest.mark.parametrize("hint", [typing.Any, object, "not in this module", "a word", np.ndarray, [1]], ids=str)
@pytest.mark.parametrize("value", [3, "a", None, (1, "a"), {"a": 1}], ids=str)
def test_hints_that_are_not_understood_take_anything(recipe, hint, value):
    def builder(*, image_shape, classes, x: hint, width: int = None):  # noqa: RUF013
        raise NotImplementedError

    builder.__qualname__ = "builder"
    made = dataclasses.replace(recipe, model=builder, model_args={"x": value, "width": None})
    assert made.model_args == {"x": value, "width": None}


@pytest.mark.parametrize(
    ("phase", "values", "direction", "said"),
    [
        (Phase(stop_at=0.9), (0.5, 0.95), "max", "val_x reached its goal of 0.9"),
        (Phase(stop_at=0.9), (0.95, 0.5), "max", ""),
        (Phase(stop_at=0.2), (0.5, 0.2), "min", "val_x reached its goal of 0.2"),
        (Phase(patience=2), (3, 1, 2, 2), "min", "val_x has not improved for 2 epochs"),
        (Phase(patience=2), (3, 2, 2), "min", ""),
        (Phase(patience=1), (3, 4, 4), "max", "val_x has not improved for 1 epochs"),
        (Phase(stop_at=4, patience=1), (3, 4, 4), "max", "val_x reached its goal of 4"),
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


@pytest.mark.agents
def test_an_environment_has_no_validation_examples_to_train_on(tmp_path):
    recipe = zoo865.get_recipe("dqn_cartpole").smallest()
    phases = (recipe.phases[0], dataclasses.replace(recipe.phases[0], name="all", learn_validation=True, stop_at=None))
    phases = (dataclasses.replace(phases[0], stop_at=None), phases[1])
    with pytest.raises(zoo865.ZooError, match=r"phase 'all' is to train on validation examples, .* environment"):
        zoo865.train(dataclasses.replace(recipe, phases=phases, keep="last"), run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()
