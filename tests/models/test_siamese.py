"""The Siamese network: vectors of unit length, one network for both twins, distances that tell new classes apart."""

import dataclasses

import keras
import numpy as np
import pytest

import zoo865
from zoo865.data.spec import Arrays
from zoo865.errors import ZooError
from zoo865.metrics.intervals import interval
from zoo865.models.siamese import build_siamese
from zoo865.tasks.embedding import Embedding

pytestmark = pytest.mark.jax


def test_vectors_have_unit_length_and_do_not_depend_on_the_batch():
    keras.utils.set_random_seed(0)
    network = build_siamese(image_shape=(28, 28, 1), width=8, dimensions=16)
    images = np.random.default_rng(0).random((9, 28, 28, 1)).astype("float32")
    vectors = network.predict(images, verbose=0)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(network.predict(images[3:4], verbose=0), vectors[3:4], atol=1e-5)


@pytest.mark.parametrize("loss", ["batch_hard", "prototypical"])
def test_it_learns_by_other_losses_too(loss, tmp_path):
    """Of test digits it then knows more than an untrained network."""
    recipe = zoo865.get_recipe("siamese").smallest().override({"task.loss": loss})
    run = zoo865.train(recipe, run_dir=tmp_path / "run")
    fresh = build_siamese(image_shape=(28, 28, 1), **recipe.model_args)
    measured = Embedding().measure(fresh, run.data, "test")
    assert run.metrics["test"]["equal_error_rate"] < measured["equal_error_rate"] - 0.01


def test_a_split_that_brings_its_queries_is_asked_those(tiny_run):
    """Which of ten is nearest, by NumPy; recall among all would mix runs in which the same characters stand."""
    run, random = tiny_run("siamese"), np.random.default_rng(0)
    labels = run.data.test.labels
    shown, asked = np.transpose([random.permutation(np.flatnonzero(labels == digit))[:2] for digit in range(10)])
    arrays = run.data.test.take(np.concatenate([shown, asked]))
    given = dataclasses.replace(run.data, test=Arrays(**arrays, query=np.repeat([False, True], 10)))
    measured = Embedding().measure(run.model, given, "test")
    vectors = run.model.predict(arrays["image"] / np.float32(255), verbose=0)
    right = np.linalg.norm(vectors[10:, None] - vectors[:10], axis=-1).argmin(1) == np.arange(10)
    assert measured["one_shot_accuracy"] == pytest.approx(right.mean())
    assert "recall_at_1" not in measured
    assert "recall_at_1" in run.metrics["test"]


def test_an_interval_counts_each_example_once(tiny_run):
    """However many episodes ask about it: 40 answers about 4 pictures are no more certain than 4."""
    run = tiny_run("siamese")
    labels = run.data.test.labels
    few = np.concatenate([np.flatnonzero(labels == digit)[:2] for digit in (0, 1)])
    four = dataclasses.replace(run.data, test=Arrays(**run.data.test.take(few)))
    measured = Embedding().measure(run.model, four, "test")
    assert "five_way_accuracy" not in measured, "of two classes"
    assert "five_way_accuracy" in run.metrics["test"]
    share = measured["one_shot_accuracy"]
    ends = measured["one_shot_accuracy_low"], measured["one_shot_accuracy_high"]
    assert ends == pytest.approx(interval(share, 4))
    if 0.25 <= share <= 0.75:
        assert ends[1] - ends[0] > 0.4


def test_what_cannot_be_measured_is_said(tiny_run):
    run = tiny_run("siamese")
    single = Arrays(**run.data.test.take(np.unique(run.data.test.labels, return_index=True)[1]))
    data = zoo865.load_data("generated_digits")
    object.__setattr__(data, "test", single)
    with pytest.raises(ZooError, match="the test split of generated_digits has no two classes with two examples"):
        Embedding().measure(run.model, data, "test")
    with pytest.raises(ZooError, match="unknown loss 'tripplet'"):
        Embedding(loss="tripplet").compile_args(run.spec)
    with pytest.raises(ZooError, match=r"unknown setting 'task\.loss_args\.margins'"):
        Embedding(loss="batch_hard", loss_args={"margins": 0.3}).compile_args(run.spec)
