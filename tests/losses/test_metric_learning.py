"""Losses of metric learning: values and gradients of pytorch-metric-learning, kept in a file, and a NumPy reference."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from zoo865.errors import ZooError
from zoo865.losses import metric_learning
from zoo865.losses.gradients import input_gradient

pytestmark = pytest.mark.jax
PEER = json.loads((Path(__file__).with_name("pytorch_metric_learning.json")).read_text())
SETTINGS = {  # those of benchmarks/metric_learning_peer.py
    "contrastive": {"margin": 1.0},
    "batch_hard": {"margin": 0.2},
    "semi_hard": {"margin": 0.2},
    "supervised_contrastive": {"temperature": 0.1},
}
LOSSES = {**SETTINGS, "prototypical": {}}


def value_and_gradient(name, vectors, examples, **settings):
    function = getattr(metric_learning, name)
    given = ops.convert_to_tensor(vectors)
    value, gradient = input_gradient(lambda seen: function(seen, examples, **settings), given)
    return float(value), ops.convert_to_numpy(ops.cast(gradient, "float32"))


@pytest.mark.parametrize("batch", range(len(PEER["batches"])))
@pytest.mark.parametrize("name", SETTINGS)
def test_value_and_gradient_are_those_of_pytorch_metric_learning(name, batch):
    """Which normalizes before it measures: of its gradient no part lies along a vector, of ours that part is taken."""
    batch = PEER["batches"][batch]
    vectors, examples = np.array(batch["vectors"], "float32"), batch["examples_per_class"]
    value, gradient = value_and_gradient(name, vectors, examples, **SETTINGS[name])
    assert value == pytest.approx(batch["found"][name]["loss"], rel=1e-5, abs=1e-6)
    assert value > 0 or name == "batch_hard"
    across = gradient - (gradient * vectors).sum(1, keepdims=True) * vectors
    np.testing.assert_allclose(across, batch["found"][name]["gradient"], atol=2e-6)


def test_prototypes_are_means_of_the_first_examples():
    """Against NumPy, in float64: softmax over negative squared distances (Snell, Swersky, Zemel 2017, equation 2)."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(5, 6, 7)).astype("float32")
    prototypes, asked = vectors[:, :2].mean(1), vectors[:, 2:].astype("float64")
    squared = ((asked[:, :, None] - prototypes) ** 2).sum(-1) / 3.0
    likelihood = np.exp(-squared) / np.exp(-squared).sum(-1, keepdims=True)
    expected = -np.log([likelihood[label, :, label] for label in range(5)]).mean()
    found = metric_learning.prototypical(ops.convert_to_tensor(vectors.reshape(30, 7)), 6, shots=2, temperature=3.0)
    assert float(found) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("vectors", ["zeros", "identical", "of a class identical", "opposite"])
def test_value_and_gradient_are_finite(name, vectors, precision):
    one = np.eye(1, 8)
    vectors = {
        "zeros": np.zeros((12, 8)),
        "identical": np.repeat(one, 12, 0),
        "of a class identical": np.repeat(np.eye(3, 8), 4, 0),
        "opposite": np.concatenate([np.repeat(one, 6, 0), np.repeat(-one, 6, 0)]),
    }[vectors]
    value, gradient = value_and_gradient(name, keras.ops.cast(vectors, precision), 4, **LOSSES[name])
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", LOSSES)
def test_nothing_is_lost_where_classes_are_far_apart_and_much_where_they_are_mixed(name):
    apart, mixed = np.repeat(np.eye(4, 8), 4, 0), np.tile(np.eye(4, 8), (4, 1))
    of_apart, of_mixed = (
        float(getattr(metric_learning, name)(ops.cast(rows, "float32"), 4)) for rows in (apart, mixed)
    )
    least = np.log(3) if name == "supervised_contrastive" else 0  # the answer is one of three positives
    assert least <= of_apart < least + 0.01
    # Every example equals one of each other class, and none of its own: not one triplet is semi-hard.
    assert of_mixed == 0 if name == "semi_hard" else of_mixed > 0.5


@pytest.mark.parametrize(
    ("name", "examples", "settings", "said"),
    [
        ("supervised_contrastive", 2, {"temperature": 0.0}, "temperature must be above 0, not 0.0"),
        ("prototypical", 2, {"temperature": -1.0}, "temperature must be above 0, not -1.0"),
        ("prototypical", 2, {"shots": 0}, "shots must be above 0, not 0"),
        ("prototypical", 2, {"shots": 2}, "shots=2 of 2 examples of a class leave none"),
        *((name, 3, {}, "a batch of 8 is not 3 examples of each class") for name in LOSSES),
        *((name, 1, {}, "a batch with 1 of each class has no two") for name in LOSSES),
    ],
)
def test_what_would_give_nan_is_refused(name, examples, settings, said):
    with pytest.raises(ZooError, match=said):
        getattr(metric_learning, name)(ops.ones((8, 4)), examples, **settings)


def test_the_loss_of_keras_is_checked_as_it_is_made_and_by_its_labels():
    with pytest.raises(ZooError, match="unknown loss 'batchhard'; did you mean batch_hard"):
        metric_learning.MetricLearning("batchhard")
    with pytest.raises(ZooError, match=r"'task\.loss_args\.examples_per_class'; known: margin$"):
        metric_learning.MetricLearning("batch_hard", {"examples_per_class": 2})
    with pytest.raises(ZooError, match="temperature must be above 0"):
        metric_learning.MetricLearning("supervised_contrastive", {"temperature": 0})
    loss, vectors = metric_learning.MetricLearning("batch_hard"), np.ones((8, 4), "float32")
    for shape in ((8,), (3, 2)):
        with pytest.raises(ZooError, match="do not tell which of 8 rows"):
            loss(np.zeros(shape, "int64"), vectors)
    with pytest.raises(ZooError, match="a batch with 1 of each class"):
        loss(np.zeros((8, 1), "int64"), vectors)


def test_losses_combine_by_their_sum():
    """Each with the settings that it has; what none has is refused, and Keras restores it."""
    vectors = np.random.default_rng(0).normal(size=(12, 5)).astype("float32")
    vectors, labels = vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.zeros((4, 3), "int64")
    settings = {"margin": 0.4, "temperature": 0.5}
    both = metric_learning.MetricLearning("batch_hard+supervised_contrastive", settings)
    wanted = metric_learning.batch_hard(vectors, 3, margin=0.4) + metric_learning.supervised_contrastive(
        vectors, 3, temperature=0.5
    )
    assert float(both(labels, vectors)) == pytest.approx(float(wanted), rel=1e-6)
    again = metric_learning.MetricLearning.from_config(both.get_config())
    assert float(again(labels, vectors)) == float(both(labels, vectors))
    with pytest.raises(ZooError, match="unknown loss 'batchhard'"):
        metric_learning.MetricLearning("contrastive+batchhard")
    with pytest.raises(ZooError, match=r"'task\.loss_args\.shots'"):
        metric_learning.MetricLearning("batch_hard+contrastive", {"shots": 1})
