"""Optimizers: paths are those of Keras' own by hand, what their parts do is what formulas have it, races are fair."""

import json

import keras
import numpy as np
import pytest
from by_hand import walk_by_hand

from zoo865.explain import optimizers as page
from zoo865.explain import races
from zoo865.explain.minibatch import batches, data_of_digits, digits
from zoo865.explain.optimizers import (
    MOMENTUM_RATE,
    RACERS,
    RATES,
    START,
    STEPS,
    bias_correction,
    racers,
    side_by_side,
    step_lengths,
    with_momentum,
)
from zoo865.explain.paths import optimizers
from zoo865.explain.races import BATCH, race
from zoo865.registry import get_recipe
from zoo865.training.build import build_model

SLOPES = np.array([1, 10], "float32")  # of the bowl (x^2 + 10 y^2) / 2, at (1, 1)


@pytest.fixture
def short(monkeypatch):
    """Two optimizers side by side, and races of few steps."""
    some = {name: optimizers()[name] for name in ("Adam", "LossScaleOptimizer", "SGD")}
    monkeypatch.setattr(page, "optimizers", lambda: some)
    monkeypatch.setattr(races, "RATES", (0.01, 0.1))
    monkeypatch.setattr(races, "SEEDS", 2)
    monkeypatch.setattr(races, "STEPS", 3)


@pytest.mark.jax
def test_paths_are_those_of_every_optimizer_by_hand():
    """Bit for bit, at the rate 0.1; those that cannot run are told."""
    found = side_by_side()
    assert {*found.names, *found.left_out} == {*optimizers()}
    assert {*found.left_out} == {"LossScaleOptimizer", "MultiOptimizer"}
    for name, paths in zip(found.names, found.paths, strict=True):
        by_hand = walk_by_hand(optimizers()[name](0.1), np.array(START, "float32"), lambda at: SLOPES * at, STEPS)
        np.testing.assert_array_equal(paths[RATES.index(0.1)], by_hand, err_msg=name)
    np.testing.assert_allclose(found.heights[:, 4], (found.paths[:, 4] ** 2 @ SLOPES) / 2, rtol=1e-5)


@pytest.mark.jax
def test_momentum_carries_on_as_polyak_has_it():
    found = with_momentum()
    for name, share in (("no momentum", 0.0), ("momentum 0.9", 0.9)):
        place, speed, heights = np.array(START), 0.0, []
        for _ in found[name]:
            heights.append(place**2 @ SLOPES / 2)
            speed = share * speed - MOMENTUM_RATE * SLOPES * place
            place = place + speed
        np.testing.assert_allclose(found[name], heights, rtol=1e-3, atol=1e-5)


@pytest.mark.jax
def test_bias_correction_divides_by_what_is_missing():
    """On an even slope of 1 Adam's means are 1 - 0.9^t and 1 - 0.999^t: divided by that, every step is a rate long."""
    found, t = bias_correction(), np.arange(1, STEPS + 1)
    np.testing.assert_allclose(found["with bias correction"], 1, rtol=1e-3)
    np.testing.assert_allclose(found["without"], (1 - 0.9**t) / np.sqrt(1 - 0.999**t), rtol=1e-3)


@pytest.mark.jax
def test_first_steps_of_adaptive_rates_are_equally_long():
    """SGD's are as long as the slope; RMSprop's mean of squares begins with a tenth of the first."""
    first = {name: lengths[0] for name, lengths in step_lengths().items()}
    np.testing.assert_allclose(first["SGD"], 0.05 * np.abs(SLOPES * START), rtol=1e-5)
    np.testing.assert_allclose(first["RMSprop"], 0.05 / np.sqrt(0.1), rtol=1e-4)
    np.testing.assert_allclose(first["Adam"], 0.05, rtol=1e-4)


@pytest.mark.jax
def test_a_race_is_that_of_keras_on_its_own(short):
    """The same weights and batches for all; SGD's losses are those of a network that is trained afresh."""
    found = race({name: RACERS[name] for name in ("SGD", "Adam")})
    assert found.losses.shape == (2, 2, 2, 3)
    np.testing.assert_array_equal(found.losses[:, :, :, 0], found.losses[:1, :1, :, 0].repeat(2, 0).repeat(2, 1))
    assert len(np.unique(found.losses[:, :, :, 1:])) == 2 * 2 * 2 * 2
    images, labels, name = digits()
    assert found.data == name
    keras.utils.set_random_seed(1)
    network = build_model(get_recipe("mnist_cnn"), data_of_digits().spec)
    network.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    cut = batches(len(images) // BATCH * BATCH, BATCH, 1)
    for step in range(3):
        chosen = next(cut)
        network.reset_metrics()
        loss = network.train_on_batch(images[chosen].reshape(-1, 28, 28, 1), labels[chosen])
        assert found.losses[0, 1, 1, step] == pytest.approx(float(loss), rel=1e-3)


@pytest.mark.fast
def test_optimizers_are_found_by_keras_names():
    assert racers() == RACERS
    assert racers(["adam", "SGD"]) == {"Adam": keras.optimizers.Adam, "SGD": keras.optimizers.SGD}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--optimizer", "adm"], "has no optimizer 'adm'; did you mean adam"),
        (["--optimizer", "MultiOptimizer"], "MultiOptimizer cannot train by itself"),
        (["--start", "1,1"], "omit --start"),
        (["mnist_cnn"], "optimizers takes no NAME"),
        (["--out", "page.txt"], "page.txt is not an HTML page"),
    ],
)
def test_bad_input_is_said(arguments, said, zoo):
    code, _, err = zoo("explain", "optimizers", *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


def test_the_page_holds_its_paths(short, zoo, tmp_path):
    code, out, _ = zoo("explain", "optimizers", "--optimizer", "sgd", "--json")
    assert code == 0
    page = (tmp_path / json.loads(out)["page"]).read_text()
    assert len(page) < 3e6
    assert "LossScaleOptimizer is left out" in page
    document = json.loads(page.split("const data = ")[1].split(", byId = ")[0])
    assert (document["names"], document["racers"]) == (["Adam", "SGD"], ["SGD"])
    x, y = np.array(START)
    np.testing.assert_allclose(
        document["paths"][1][4][1], [0.9 * x, 0 * y], atol=1e-3
    )  # a step of 0.1 across ends at 0
    assert np.shape(document["losses"]) == (1, 2, 2, 3)
    assert "explain optimizers --optimizer sgd" in page
