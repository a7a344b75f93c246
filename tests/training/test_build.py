"""Schedules by their formulas, optimizers against Keras' own, and which layers a phase trains."""

import dataclasses

import keras
import numpy as np
import pytest

import zoo865
from zoo865.models.mnist_cnn import build_mnist_cnn
from zoo865.recipe import Optimizer, Phase
from zoo865.training.build import WarmupAndDecay, build_optimizer, choose_trainable

pytestmark = pytest.mark.fast


def test_schedules():
    steps, warmup = 200, 0.25
    for step in (0, 10, 49, 50, 120, 199):
        done = max(0.0, (step - 50) / 150)
        risen = min(1.0, (step + 1) / 50)
        for shape, falls in (("constant", 1.0), ("linear", 1 - done), ("cosine", (1 + np.cos(np.pi * done)) / 2)):
            found = float(WarmupAndDecay(0.4, steps, shape, warmup)(step))
            assert found == pytest.approx(0.4 * risen * falls, abs=1e-6)
    peer = keras.optimizers.schedules.CosineDecay(0.4, steps)
    assert float(WarmupAndDecay(0.4, steps)(77)) == pytest.approx(float(peer(77)), rel=0.02)


@pytest.mark.parametrize("name", ["adagrad", "adam", "adamw", "rmsprop", "sgd"])
def test_optimizers_are_keras_own_with_decay_on_kernels_alone(name):
    built = build_optimizer(Optimizer(name, 0.1, weight_decay=0.5, clip_norm=2.0), steps=10, model=None)
    assert type(built).__name__.lower() == name
    assert built.global_clipnorm == 2.0
    kernel, bias = (keras.Variable(np.ones(shape, "float32"), name=n) for n, shape in (("kernel", (2, 2)), ("bias", 2)))
    built.build([kernel, bias])
    built.apply([np.zeros((2, 2), "float32"), np.zeros(2, "float32")])
    np.testing.assert_allclose(kernel, np.full((2, 2), 1 - 0.1 * 0.5), rtol=1e-6)
    np.testing.assert_array_equal(bias, np.ones(2))


def test_phases_choose_what_learns():
    model = build_mnist_cnn(image_shape=(28, 28, 1), classes=3, width=4)
    choose_trainable(model, Phase(train=("logits", "stage3*")))
    trained = {variable.path.split("/")[0] for variable in model.trainable_variables}
    assert trained == {"logits", "stage3_down", "stage3_down_norm", "stage3_conv", "stage3_conv_norm"}
    choose_trainable(model, Phase())
    assert len(model.trainable_variables) == 7 + 14 + 2


def test_what_a_phase_freezes_stays_frozen_inside_of_what_it_trains():
    """lstm_language_model's vectors stand in its reader, and are a layer of their own."""
    recipe = zoo865.get_recipe("lstm_language_model")
    model = recipe.model(vocabulary=("a", "film"), dimensions=4, weights=None, noise=5)
    choose_trainable(model, recipe.phases[0])
    trained = {variable.path.split("/")[0] for variable in model.trainable_variables}
    assert trained == {"predicted", "phrases", "onward", "back", "next_word", "previous_word"}


def frozen(*, image_shape, classes):
    model = build_mnist_cnn(image_shape=image_shape, classes=classes, width=4)
    model.get_layer("stem").trainable = False
    return model


def test_what_its_builder_froze_no_phase_trains_without_a_word(tmp_path):
    """Keras' own `fit` would leave it; here phases decide, so one that names it is refused before anything runs."""
    recipe = dataclasses.replace(zoo865.get_recipe("mnist_cnn").smallest(), model=frozen, model_args={})
    with pytest.raises(zoo865.ZooError, match="built with 'stem' frozen, but phase 'train' trains it"):
        zoo865.train(recipe, run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()
