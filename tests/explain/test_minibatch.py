"""Mini-batches: walks are those of the formula, gradients scatter as sampling theory has it."""

import json

import keras
import numpy as np
import pytest

from zoo865.explain.minibatch import (
    BEGIN,
    DRAWS,
    HIDDEN,
    POINTS,
    STEPS,
    batches,
    landscape,
    learning,
    points,
    scatter,
    walk,
)


@pytest.mark.fast
def test_an_epoch_shows_every_example_once_in_an_order_of_its_own():
    cut = batches(12, 3)
    first, second = (np.concatenate([next(cut) for _ in range(4)]) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(12))
    assert list(first) != list(second)


@pytest.mark.jax
def test_all_points_at_once_go_straight_down_the_bowl():
    best, bowl = landscape()
    x, y = points()
    np.testing.assert_allclose(best, np.polyfit(x, y, 1), rtol=1e-5)
    places = [np.array(BEGIN)]
    for _ in range(STEPS):
        places.append(places[-1] - 0.1 * 2 * bowl @ (places[-1] - best))
    np.testing.assert_allclose(walk(POINTS, 0.1), places, atol=1e-4)


@pytest.mark.jax
def test_a_step_follows_the_gradient_of_its_own_batch():
    (x, y), cut = points(), batches(POINTS, 2)
    places = [np.array(BEGIN)]
    for chosen in (next(cut) for _ in range(STEPS)):
        wrong = places[-1][0] * x[chosen] + places[-1][1] - y[chosen]
        places.append(places[-1] - 0.02 * 2 * np.array([np.mean(wrong * x[chosen]), np.mean(wrong)]))
    np.testing.assert_allclose(walk(2, 0.02), places, atol=1e-4)


def gradients_by_numpy(images, labels) -> np.ndarray:
    """(examples, weights) of each example alone, by the formula of a network with one hidden layer."""
    random, wide = np.random.default_rng(865), images.shape[1]
    first = random.normal(0, np.sqrt(2 / wide), wide * HIDDEN).reshape(wide, HIDDEN)
    last = random.normal(0, np.sqrt(1 / HIDDEN), HIDDEN * 10).reshape(HIDDEN, 10)
    hidden = np.maximum(images @ first, 0)
    exponents = np.exp(hidden @ last)
    wrong = exponents / exponents.sum(1, keepdims=True) - np.eye(10)[labels]
    back = (wrong @ last.T) * (hidden > 0)
    to_first, to_last = images[:, :, None] * back[:, None], hidden[:, :, None] * wrong[:, None]
    return np.concatenate([part.reshape(len(images), -1) for part in (to_first, to_last)], axis=1)


@pytest.mark.jax
def test_gradients_scatter_as_a_sample_without_replacement_does():
    random = np.random.default_rng(0)
    images, labels = random.normal(size=(256, 6)).astype("float32"), random.integers(0, 10, 256)
    each = gradients_by_numpy(images, labels)
    one = np.mean(np.sum((each - each.mean(0)) ** 2, axis=1))
    found = scatter(images, labels)
    assert list(found) == [1, 4, 16, 64, 256]
    for size, square in found.items():
        expected = one / size * (256 - size) / 255
        assert square == pytest.approx(expected, rel=4 / np.sqrt(DRAWS), abs=1e-12)


def test_more_steps_learn_more_in_as_many_epochs():
    data = np.random.default_rng(1)
    labels = data.integers(0, 10, 512)
    images = (np.eye(10)[labels] @ data.normal(size=(10, 20)) + 0.3 * data.normal(size=(512, 20))).astype("float32")
    found = learning(images, labels)
    assert [run["steps"][-1] for run in found.values()] == [8 * 64, 8 * 16, 8 * 2, 8]
    assert len({round(run["loss"][0], 5) for run in found.values()}) == 1  # all begin with the same weights
    ends = [run["loss"][-1] for run in found.values()]
    assert ends == sorted(ends)
    assert all(np.all(np.diff(run["seconds"]) > 0) for run in found.values())


def test_the_page_holds_its_walks(zoo, tmp_path):
    code, out, _ = zoo("explain", "minibatch", "--json")
    assert code == 0
    page = (tmp_path / json.loads(out)["page"]).read_text()
    assert len(page) < 3e6
    document = json.loads(page.split("const data = ")[1].split(", byId = ")[0])
    np.testing.assert_allclose(document["walks"][1][0], walk(2, 0.02), atol=6e-5)
    assert keras.__version__ in page
