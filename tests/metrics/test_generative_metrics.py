"""Distances between real and made images, against SciPy and loops; judges, and who judges what."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import scipy.linalg
import scipy.spatial.distance

import zoo865
from zoo865.data.features import Image
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.metrics import reference_classifier as judges
from zoo865.metrics.generative import frechet_distance, kernel_distance, nearest, precision_and_recall
from zoo865.metrics.reference_classifier import Pixels, ReferenceClassifier, reference_of
from zoo865.tasks.quality import KNOWS, KNOWS_UNLABELLED, protocol, quality_of, trusted_reference
from zoo865.tasks.sampling import sample_like

pytestmark = pytest.mark.fast

RANDOM = np.random.default_rng(0)
REAL = (RANDOM.normal(size=(300, 7)) @ RANDOM.normal(size=(7, 7))).astype("float32")
MADE = (RANDOM.normal(size=(200, 7)) @ RANDOM.normal(size=(7, 7)) + 0.3).astype("float32")


def test_frechet_distance_equals_scipy():
    of_real, of_made = np.cov(REAL.T.astype("float64")), np.cov(MADE.T.astype("float64"))
    apart = np.square(REAL.mean(0, dtype="float64") - MADE.mean(0, dtype="float64")).sum()
    expected = apart + np.trace(of_real + of_made - 2 * scipy.linalg.sqrtm(of_real @ of_made).real)
    assert frechet_distance(REAL, MADE) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(REAL, REAL) == pytest.approx(0, abs=1e-6)
    # Where a feature never changes, the covariance has no inverse.
    flat = np.hstack([REAL, np.zeros((300, 1))])
    assert frechet_distance(flat, flat + 1) == pytest.approx(8, abs=1e-6)


def test_kernel_distance_equals_a_loop_and_is_zero_on_the_average_for_the_same_distribution(monkeypatch):
    monkeypatch.setattr("zoo865.metrics.generative.AT_ONCE", 7)  # so that a matrix comes in parts
    x, y = REAL[:40].astype("float64"), MADE[:30].astype("float64")
    kernel = lambda a, b: (a @ b / 7 + 1) ** 3  # noqa: E731
    inside = [np.mean([kernel(a, b) for i, a in enumerate(z) for j, b in enumerate(z) if i != j]) for z in (x, y)]
    expected = sum(inside) - 2 * np.mean([kernel(a, b) for a in x for b in y])
    assert kernel_distance(x, y) == pytest.approx(expected, rel=1e-9)
    same = np.random.default_rng(1).normal(size=(200, 2, 50, 3))
    found = np.array([kernel_distance(a, b) for a, b in same])
    assert abs(found.mean()) < 4 * found.std() / np.sqrt(200)


def test_precision_and_recall_equal_scipy(monkeypatch):
    monkeypatch.setattr("zoo865.metrics.generative.AT_ONCE", 64)
    between = scipy.spatial.distance.cdist(MADE, REAL)
    reach_of_real = np.sort(scipy.spatial.distance.cdist(REAL, REAL), 1)[:, 3]
    reach_of_made = np.sort(scipy.spatial.distance.cdist(MADE, MADE), 1)[:, 3]
    precision, recall = precision_and_recall(REAL, MADE)
    assert precision == (between <= reach_of_real).any(1).mean()
    assert recall == (reach_of_made >= between.T).any(1).mean()
    assert 0 < precision < 1
    # A made set that shows one of two kinds has all precision and half the recall.
    two = np.concatenate([RANDOM.normal(size=(200, 2)), RANDOM.normal(size=(200, 2)) + 100])
    precision, recall = precision_and_recall(two, RANDOM.normal(size=(200, 2)))
    assert precision > 0.9
    assert 0.4 < recall <= 0.5


def test_nearest_equals_scipy():
    places, apart = nearest(MADE, REAL)
    between = scipy.spatial.distance.cdist(MADE, REAL)
    np.testing.assert_array_equal(places, between.argmin(1))
    np.testing.assert_allclose(apart, between.min(1), rtol=1e-2)


def data_of(name, shape):
    split = Arrays(image=np.zeros((2, *shape), "uint8"))
    return Data(name, Spec({"image": Image(shape)}), split, split, split)


def test_who_judges():
    assert reference_of(data_of("mnist", (28, 28, 1))).name == "mnist_cnn/1"
    assert reference_of(data_of("mnist", (28, 28, 3))).name == "pixels"
    assert reference_of(data_of("photos", (28, 28, 1))).name == "pixels"


class Drawer:
    """Draws noise, whatever it is asked."""

    noise_input = ("uniform_noise", (28, 28, 1))
    generate = staticmethod(lambda noise: noise)


TOLD = {
    "fid",
    "fid_floor",
    "kid",
    "precision",
    "recall",
    "confident_share",
    "confident_share_real",
    "min_class_share",
    "max_class_share",
}


def as_mnist(data):
    return dataclasses.replace(data, name="mnist")


def test_a_judge_that_does_not_know_the_real_images_tells_nothing_of_new_ones():
    """It is measured on real ones: by their labels where they have some, else by how sure it is."""
    digits = as_mnist(zoo865.load_data("generated_digits"))
    judge, why = trusted_reference(digits)
    assert (judge.name, why) == ("mnist_cnn/1", "")
    told = quality_of(Drawer, digits, "test")
    assert told.keys() == TOLD | {"pixel_diversity", "samples"}
    assert told["precision"] < 0.1  # who knows digits does not take noise for some
    assert told["fid"] > 50 * told["fid_floor"]
    seen = judge.look(digits.validation.take(np.arange(len(digits.validation)))["image"]).probabilities
    labels = digits.validation.take(np.arange(len(digits.validation)))["label"]
    assert (seen.argmax(1) == labels).mean() > KNOWS

    random, count = np.random.default_rng(0), len(digits.test)
    images = random.integers(0, 256, (count, 28, 28, 1)).astype("uint8")
    noise = Arrays(image=images, label=random.integers(0, 10, count))
    shuffled = Arrays(**{**digits.validation.arrays, "label": random.permutation(labels)})
    unlabelled = dataclasses.replace(digits.spec, targets={})
    right = (seen.argmax(1) == shuffled.labels).mean()
    cases = [
        (dataclasses.replace(digits, validation=shuffled), f"mnist_cnn/1 recognizes {right:.1%} of real"),
        (dataclasses.replace(digits, train=noise, validation=noise, test=noise), "mnist_cnn/1 recognizes"),
        (dataclasses.replace(digits, spec=unlabelled, validation=noise), "is confident on 0.0% of real"),
        (as_mnist(zoo865.load_data("generated_digits", binarize=True)), "mnist_cnn/1 recognizes"),
        (dataclasses.replace(digits, name="photos"), "no classifier of the zoo was trained on such images"),
    ]
    for data, said in cases:
        judge, why = trusted_reference(data)
        assert judge.name == "pixels"
        assert said in why
        assert said in protocol(data)
        assert quality_of(Drawer, data, "test").keys() == {"pixel_diversity", "samples"}
        assert quality_of(Drawer, data, "validation").keys() == {"fid", "pixel_diversity"}  # which chooses the epoch
    sure = dataclasses.replace(digits, spec=unlabelled)
    share = (seen.max(1) > 0.9).mean()
    assert (trusted_reference(sure)[1] == "") == (share >= KNOWS_UNLABELLED)


def test_a_judge_that_is_missing_is_asked_for_and_no_other_stands_in(tmp_path, monkeypatch):
    monkeypatch.setattr("zoo865.runs.store.STORES", (tmp_path,))
    judges._classifier.cache_clear()
    recipe = zoo865.get_recipe("dcgan_mnist").smallest()
    with pytest.raises(zoo865.ZooError, match="mnist_cnn/1, which judges new images, is missing"):
        zoo865.train(recipe, run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_larochelle_s_digits_are_judged_as_digits(tmp_path):
    for split in ("train", "valid", "test"):
        (tmp_path / f"binarized_mnist_{split}.amat").write_text("0 1 " * 392 + "\n")
    assert reference_of(zoo865.load_data(str(tmp_path))).name == "mnist_cnn/1"


def test_where_pixels_are_black_or_white_those_of_new_images_are_too():
    """Else a judge tells grey from black and white, however good the probabilities are."""
    data = zoo865.load_data("generated_digits", binarize=True)

    class Grey:
        noise_input = ("uniform_noise", (28, 28, 1))
        generate = staticmethod(lambda noise: 0.25 + 0 * noise)

    made = sample_like(data, Grey, np.zeros((200, 28, 28, 1), "float32"))
    assert set(np.unique(made)) == {0, 255}
    assert made.mean() / 255 == pytest.approx(64 / 255, abs=0.01)
    np.testing.assert_array_equal(made, sample_like(data, Grey, np.zeros((200, 28, 28, 1), "float32")))


@pytest.mark.parametrize(("name", "split"), [("mnist_cnn", "generated_digits")])
def test_a_judge_sees_what_the_published_model_sees(name, split):
    data = zoo865.load_data(split)
    images = data.test.take(np.arange(50))["image"]
    seen, predictor = reference_of(data).look(images), zoo865.Predictor(judges.find_published(name))
    answers = predictor.run("serve", image=images)["probabilities"]
    np.testing.assert_allclose(seen.probabilities, answers, atol=1e-5)
    # The last layer reads the features: it makes the probabilities of them.
    kernel, bias = zoo865.training.published.Published.find(name).model.layers[-1].get_weights()
    logits = seen.features @ kernel + bias
    odds = np.exp(logits - logits.max(1, keepdims=True))
    np.testing.assert_allclose(odds / odds.sum(1, keepdims=True), answers, atol=1e-4)


def test_another_model_under_a_judge_s_name_is_no_judge(tmp_path, monkeypatch):
    copy = tmp_path / "saved_models" / "mnist_cnn" / "1"
    shutil.copytree(judges.find_published("mnist_cnn", 1), copy)
    monkeypatch.chdir(tmp_path)
    ReferenceClassifier(*judges.MNIST)
    with pytest.raises(zoo865.ZooError, match="other weights than the reference classifier"):
        ReferenceClassifier(*judges.MNIST[:2], "0" * 64)
    card = json.loads((copy / "card.json").read_text())
    (copy / "saved_model.pb").write_bytes(b"x")
    with pytest.raises(zoo865.ZooError, match="does not match its card"):
        ReferenceClassifier(*judges.MNIST)
    assert card["files"]


def test_pixels_are_averages_of_an_image_s_parts():
    images = RANDOM.integers(0, 256, (3, 32, 16, 3)).astype("uint8")
    expected = images.reshape(3, 8, 4, 8, 2, 3).mean((2, 4)).reshape(3, -1) / 255
    np.testing.assert_allclose(Pixels().look(images).features, expected, rtol=1e-5)
    assert Pixels().look(images[:, :5, :30]).features.shape == (3, 8 * 8 * 3)
