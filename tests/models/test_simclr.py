"""SimCLR: the paper's loss; no label in training; features that a probe reads and a classifier begins with."""

import dataclasses

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import zoo865
from zoo865.data.spec import Arrays, Spec
from zoo865.data.statistics import labels_of
from zoo865.errors import ZooError
from zoo865.losses.metric_learning import MetricLearning
from zoo865.models.mnist_cnn import build_mnist_cnn
from zoo865.models.simclr import build_simclr
from zoo865.tasks.contrastive_learning import ContrastiveLearning
from zoo865.training import checkpoint

SHUFFLED = '''
import dataclasses

import numpy as np

from zoo865.data.load import load_data
from zoo865.data.spec import Arrays
from zoo865.registry import dataset


@dataset
def wrong_labels():
    """Digits with labels that are drawn at random, in every split."""
    data, random = load_data("generated_digits"), np.random.default_rng(0)
    parts = {name: data.split(name).arrays for name in ("train", "validation", "test")}
    parts = {name: Arrays(**{**one, "label": random.permutation(one["label"])}) for name, one in parts.items()}
    return dataclasses.replace(data, **parts)
'''


def nt_xent(vectors, temperature):
    """Equation 1 and algorithm 1 of Chen et al. 2020, in float64: views 2k and 2k + 1 are of one picture."""
    vectors = vectors.astype("float64")
    lengths = np.linalg.norm(vectors, axis=1)
    similar = np.exp(vectors @ vectors.T / np.outer(lengths, lengths) / temperature)

    def loss(i, j):
        return -np.log(similar[i, j] / sum(similar[i, k] for k in range(len(vectors)) if k != i))

    pairs = range(0, len(vectors), 2)
    return sum(loss(k, k + 1) + loss(k + 1, k) for k in pairs) / len(vectors)


@pytest.mark.fast
@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_the_loss_is_the_paper_s(temperature):
    vectors = np.random.default_rng(0).normal(size=(14, 6)).astype("float32")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    loss = MetricLearning("supervised_contrastive", {"temperature": temperature})
    layout = np.repeat(np.arange(7), 2).reshape(7, 2)
    assert float(loss(layout, vectors)) == pytest.approx(nt_xent(vectors, temperature), rel=1e-5)


@pytest.mark.fast
@pytest.mark.parametrize("stem", [0, 4])
def test_a_classifier_begins_with_all_but_the_head(stem):
    """What it then sees in images is what was learned."""
    shape = {"image_shape": (28, 28, 1), "width": 4, "stem": stem}
    learned, classifier = build_simclr(**shape), build_mnist_cnn(**shape, classes=10)
    weights = {weight.path: keras.ops.convert_to_numpy(weight.value) for weight in learned.weights}
    count = len(classifier.weights)
    assert checkpoint.take_weights(classifier, weights, "here") == (count - 2, count)
    images = np.random.default_rng(0).random((5, 28, 28, 1)).astype("float32")
    seen = [keras.Model(model.input, model.get_layer("average").output)(images) for model in (learned, classifier)]
    np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, seen))


@pytest.mark.jax
def test_labels_have_no_influence(tiny_run, tmp_path):
    """With labels that are wrong the weights are the same, bit for bit, and so is what decides."""
    (tmp_path / "mine.py").write_text(SHUFFLED)
    run, recipe = tiny_run("simclr"), zoo865.get_recipe("simclr").smallest()
    wrong = zoo865.train(recipe.override({"data": f"{tmp_path}/mine.py:wrong_labels"}), run_dir=tmp_path / "run")
    mine, theirs = (checkpoint.read(one.path / "checkpoints" / "last.npz")[0] for one in (run, wrong))
    assert any(name.startswith("model|") for name in mine)
    for name, array in mine.items():
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)
    monitor = "val_instance_accuracy"
    assert [row[monitor] for row in run.history] == [row[monitor] for row in wrong.history]
    measured = [one.metrics["test"]["linear_probe_accuracy"] for one in (run, wrong)]
    assert measured[0] > measured[1] + 0.2, "the labels were wrong indeed"


def test_the_probe_is_scikit_learn_s_on_features_of_the_export(tiny_run):
    run = tiny_run("simclr")
    predictor, parts = zoo865.Predictor(run.path), []
    for split in (run.data.train, run.data.test):
        examples = split.take(np.arange(len(split)))
        parts.append((predictor.run("features", image=examples["image"])["features"], examples["label"]))
    (learned, labels), (asked, truth) = parts
    mean, spread = learned.mean(0), np.maximum(learned.std(0), 1e-9)
    probe = LogisticRegression(C=0.1, max_iter=1000).fit((learned - mean) / spread, labels)
    right = (probe.predict((asked - mean) / spread) == truth).mean()
    assert run.metrics["test"]["linear_probe_accuracy"] == pytest.approx(right, abs=1.5 / len(truth))
    unit = asked / np.linalg.norm(asked, axis=1, keepdims=True)
    np.testing.assert_allclose(predictor.embed(run.data.test.take(range(9))["image"]), unit[:9], atol=1e-5)


def test_pictures_without_labels_are_enough(tiny_run):
    """What needs labels is left out of measures, references and report."""
    run = tiny_run("simclr")
    bare = {name: Arrays(image=run.data.split(name).arrays["image"]) for name in ("train", "validation", "test")}
    data = dataclasses.replace(run.data, spec=Spec(run.data.spec.inputs), **bare)
    task = run.recipe.task
    measured = task.measure(run.model, data, "test")
    assert measured == pytest.approx({"instance_accuracy": run.metrics["test"]["instance_accuracy"]})
    unlabelled = zoo865.Run(run.path)
    unlabelled.data, unlabelled.spec = data, data.spec
    (chance,) = task.references(unlabelled)
    assert chance.values == {"instance_accuracy": 1 / 399}
    sections = [section for part in task.report_sections(unlabelled) for section in part.make()]
    assert [section.name for section in sections] == ["views", "nearest", "map"]


def test_one_picture_of_each_class_is_enough(tiny_run):
    """As a small folder validates: what asks for another of its class is left out, and no number is missing."""
    run = tiny_run("simclr")
    single = run.data.validation.take(np.unique(labels_of(run.data.validation), return_index=True)[1])
    measured = run.recipe.task.measure(
        run.model, dataclasses.replace(run.data, validation=Arrays(**single)), "validation"
    )
    assert set(measured) == {"instance_accuracy", "linear_probe_accuracy"}
    assert np.isfinite([*measured.values()]).all()


def test_what_cannot_be_learned_from_is_said(tiny_run):
    run = tiny_run("simclr")
    with pytest.raises(ZooError, match=r"task\.features: no layer 'avrage'.*average"):
        ContrastiveLearning(features="avrage").protocol(run.model, run.data)
    with pytest.raises(ZooError, match="unknown loss 'tripplet'"):
        ContrastiveLearning(loss="tripplet").compile_args(run.spec)
