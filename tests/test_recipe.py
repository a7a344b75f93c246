import dataclasses

import pytest

import zoo865
from zoo865.batches.shuffled import Shuffled
from zoo865.recipe import Optimizer, Phase, Recipe
from zoo865.tasks.image_classification import ImageClassification

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
        ("phases.all.optimizer.average", 1.0, "from 0 to below 1"),
        ("phases.all.optimizer.learning_rate", -1.0, "at least 0"),
        ("backends", ["jax"], "unknown setting 'backends'"),
        ("phases.all.optimizer.learning_rate", float("nan"), "at least 0"),
        ("model", "other", "unknown setting 'model'"),
    ],
)
def test_wrong_settings_are_named_with_the_way_out(recipe, path, value, said):
    with pytest.raises(zoo865.ZooError, match=said.replace("?", r"\?")):
        recipe.override({path: value})


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
