"""Fine-tuning: what is frozen stays as it was, what is cached is what would be computed, trouble is told."""

import dataclasses
import shutil
import subprocess
import sys
from collections import Counter

import keras
import numpy as np
import pytest
from photos import folder_of
from processes import assert_same, kill

import zoo865
from zoo865.batches.cached import CachedFeatures, FeatureCache, rest_of
from zoo865.batches.shuffled import Shuffled
from zoo865.data.features import Image, Label
from zoo865.data.spec import Arrays, Spec
from zoo865.data.statistics import Joined
from zoo865.errors import ZooError
from zoo865.losses.classification import STRENGTH, LogitAdjusted, SmoothedCrossentropy
from zoo865.metrics.intervals import interval
from zoo865.models.mobilenet_v2 import build_mobilenet_v2
from zoo865.workflow import make_folds

SMALL = {"image_shape": (48, 48, 3), "classes": 2, "alpha": 0.35}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of weights as Keras writes it, of a narrow network that knows nothing."""
    path = tmp_path_factory.mktemp("weights") / "narrow.weights.h5"
    keras.utils.set_random_seed(7)
    network = build_mobilenet_v2(**SMALL, weights=None)
    whole = keras.applications.MobileNetV2(alpha=0.35, include_top=False, weights=None, input_shape=(224, 224, 3))
    whole.set_weights(network.get_weights()[: len(whole.weights)])
    whole.save_weights(path)
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("data") / "photos", {"cat": 16, "dog": 30})


@pytest.fixture(scope="module")
def recipe(photos, weights):
    settings = {"data": str(photos), "data_args.image_shape": [48, 48, 3], "model_args.alpha": 0.35}
    settings |= {"model_args.weights": str(weights), "epochs": 3, "batch_size": 8, "phases.head.augmented_copies": 2}
    settings |= {"steps_per_execution": 2}
    settings |= {"phases.blocks.augmented_copies": 2, "phases.all.augmented_copies": 2}
    return zoo865.get_recipe("mobilenet_v2").override(settings)


@pytest.fixture(scope="module")
def run(recipe, tmp_path_factory):
    return zoo865.train(recipe, run_dir=tmp_path_factory.mktemp("run"))


def last_weights(run):
    """name -> array at the end of the last epoch, which need not be the best."""
    return {
        name.split("|")[2]: a for name, a in np.load(run.path / "checkpoints" / "last.npz").items() if "model|" in name
    }


def test_what_is_frozen_and_every_moving_statistic_are_bit_identical(run, weights):
    before = {weight.path: np.array(weight) for weight in build_mobilenet_v2(**SMALL, weights=str(weights)).weights}
    after = last_weights(run)
    learned = ("expand/kernel", "depthwise/kernel", "project/kernel")
    moved = {path for path in before if not np.array_equal(before[path], after[path])}
    blocks = [f"block_{number}_{layer}" for number in (13, 14, 15, 16) for layer in learned]
    assert moved == {*blocks, "Conv_1/kernel", "head/kernel", "head/bias"}


def test_what_is_remembered_is_what_the_network_gives(run):
    images = run.data.train.take(np.arange(9))["image"].astype("float32") / 255
    for layer in ("block_12_add", "features"):
        given = keras.Model(run.model.inputs, run.model.get_layer(layer).output)(images)
        np.testing.assert_allclose(rest_of(run.model, layer)(given), run.model(images), atol=1e-5)
    assert not (run.path / "cached_features").exists()


def test_a_learning_rate_of_zero_keeps_what_the_head_has_learned(recipe, tmp_path):
    settings = {"phases.blocks.optimizer.learning_rate": 0, "phases.blocks.epochs": 1, "phases.all.epochs": 1}
    *_, learned, kept, _ = zoo865.train(recipe.override(settings), run_dir=tmp_path / "run").history
    assert (learned["phase"], kept["phase"]) == ("head", "blocks")
    assert kept["val_cross_entropy"] == pytest.approx(learned["val_cross_entropy"], rel=2e-3)


def test_every_epoch_shows_every_example_that_its_version_has_once(recipe, run, tmp_path):
    """Told by images whose brightness names them, and a layer that gives what it is given."""
    feed = recipe.batches.__class__(label=True).open(run.data, batch_size=8, seed=0)
    image = keras.Input((48, 48, 3))
    look = keras.Model(image, [keras.layers.GlobalAveragePooling2D()(image)])
    cache = FeatureCache(look, ["mean"], feed, copies=3, begin=5, over=6, directory=tmp_path)
    cached = CachedFeatures([cache], "mean", seed=1)
    known = {}
    for version in range(3):
        feed.begin_epoch(version)
        known[version] = np.concatenate([np.mean(x, (1, 2)) for x, _ in feed.dataset.as_numpy_iterator()])
    for epoch, versions in ((5, 1), (6, 1), (7, 2), (9, 3), (30, 3)):
        cached.begin_epoch(epoch)
        assert cached.copies == cache.known == versions or epoch == 30
        seen = np.concatenate([x for x, _ in cached.dataset.as_numpy_iterator()])
        order = lambda rows: rows[np.lexsort(rows.T)]  # noqa: E731
        assert any(np.allclose(order(seen), order(known[v]), atol=2e-3) for v in range(versions)), epoch


def test_validation_photos_teach_in_the_last_phase_and_measure_nothing_there(run):
    *_, before, first, _, last = run.history
    assert [row["phase"] for row in (before, first, last)] == ["blocks", "all", "all"]
    measures = [name for name in before if name.startswith("val_")]
    assert measures
    assert all(row[name] == before[name] for row in (first, last) for name in measures)
    assert run.metrics["validation"] == pytest.approx({name[4:]: before[name] for name in measures})
    assert first["loss"] != before["loss"]


def test_examples_of_both_parts_are_shown_once(recipe, run, tmp_path):
    image = keras.Input((48, 48, 3))
    look, shown = keras.Model(image, [keras.layers.GlobalAveragePooling2D()(image)]), []
    caches = []
    for part in ("train", "validation"):
        feed = recipe.batches.__class__().open(
            dataclasses.replace(run.data, train=run.data.split(part)), batch_size=4, seed=0
        )
        caches.append(FeatureCache(look, ["mean"], feed, copies=1, begin=0, over=1, directory=tmp_path / part))
    cached = CachedFeatures(caches, "mean", seed=1)
    cached.begin_epoch(0)
    for batch, labels in cached.dataset.as_numpy_iterator():
        shown += [(tuple(np.round(row, 3)), label) for row, label in zip(batch.tolist(), labels.tolist(), strict=True)]
    known = [
        (tuple(np.round(row, 3)), label)
        for cache in caches
        for row, label in zip(cache.given("mean")[0].astype("float32").tolist(), cache.rest[0][0].tolist(), strict=True)
    ]
    assert len(shown) == len(known) // 4 * 4
    assert not Counter(shown) - Counter(known)


def test_two_splits_one_after_the_other():
    first, second = Arrays(x=np.arange(3), label=np.zeros(3, int)), Arrays(x=np.arange(10, 15), label=np.ones(5, int))
    both = Joined(first, second)
    assert len(both) == 8
    assert both.labels.tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    chosen = both.take([7, 0, 3, 2, 3])
    assert chosen["x"].tolist() == [14, 0, 10, 2, 10]
    assert chosen["label"].tolist() == [1, 0, 1, 0, 1]

    class WithoutLabelsAtHand:  # as a user's own split may be
        take = second.take

        def __len__(self):
            return len(second)

    assert Joined(first, WithoutLabelsAtHand()).labels.tolist() == both.labels.tolist()


def test_killed_in_the_first_phase_and_resumed(recipe, run, tmp_path):
    """The battery goes on in the second."""
    killed = kill(recipe, tmp_path / "run", epoch=2, seed=0)
    assert_same(zoo865.resume(killed), run)


def test_a_trained_model_needs_the_file_it_began_with_no_more(run, weights, tmp_path):
    again = zoo865.Run(shutil.copytree(run.path, tmp_path / "run"))
    settings = (again.path / "settings.json").read_text()
    assert str(weights) in settings
    (again.path / "settings.json").write_text(settings.replace(str(weights), str(tmp_path / "gone.weights.h5")))
    assert again.recipe.task.measure(again.model, again.data, "test") == run.metrics["test"]


def test_all_classes_count_alike():
    labels = np.repeat([0, 1, 2], [30, 6, 60])
    data = Arrays(image=np.zeros((96, 4, 4, 1), "uint8"), label=labels)

    class Folder:
        train = data
        spec = Spec({"image": Image((4, 4, 1))}, {"label": Label(tuple("abc"))})

    feed = Shuffled(balance=True).open(Folder, batch_size=96, seed=0)
    assert feed.class_shares == pytest.approx(np.array([30, 6, 60]) / 96)
    loss = LogitAdjusted(SmoothedCrossentropy(), feed.class_shares)
    answers = np.random.default_rng(0).normal(size=(96, 3)).astype("float32")
    by_hand = np.exp(answers) * np.array([30, 6, 60]) ** STRENGTH  # as frequent as in training, and more so
    by_hand = -np.log(by_hand[np.arange(96), labels] / by_hand.sum(1))
    assert float(loss(labels, answers)) == pytest.approx(by_hand.mean(), rel=1e-5)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert float(again(labels, answers)) == pytest.approx(by_hand.mean(), rel=1e-5)


def test_some_images_stay_as_they_are():
    class Folder:
        train = Arrays(image=np.random.default_rng(0).integers(0, 255, (119, 32, 32, 3), "uint8"))
        spec = Spec({"image": Image((32, 32, 3))})

    how = Shuffled(augment="photos", label=False, unchanged=0.5)
    feed = how.open(Folder, batch_size=17, seed=0)
    own = {image.tobytes() for image in Folder.train.take(np.arange(119))["image"].astype("float32") / 255}
    feed.begin_epoch(3)
    stay = [image.tobytes() in own for (batch,) in feed.dataset.as_numpy_iterator() for image in batch]
    assert 0.3 < np.mean(stay) < 0.7


def test_the_last_epoch_is_kept(recipe, tmp_path):
    """With a learning rate that ruins what was learned it is not the best."""
    ruin = {"keep": "last", "phases.blocks.optimizer.learning_rate": 1.0, "phases.blocks.epochs": 1}
    run = zoo865.train(recipe.override(ruin), run_dir=tmp_path / "run")
    values = [row["val_cross_entropy"] for row in run.history]
    assert values[-1] > min(values)
    assert run.metrics["best_epoch"] == len(values)
    assert run.metrics["validation"]["cross_entropy"] == values[-1]


def test_a_phase_that_remembers_refuses_to_train_what_lies_below(recipe, tmp_path):
    for settings, word in (
        ({"phases.blocks.train": ["block_12_project", "head"]}, "block_12_project"),
        ({"phases.blocks.cache_at": "block_17_add"}, "did you mean block_"),
        ({"phases.blocks.cache_at": "block_14_expand_relu"}, "need more"),
    ):
        with pytest.raises(ZooError, match=word):
            zoo865.train(recipe.override(settings), run_dir=tmp_path / "run")


def test_patience_ends_a_phase(recipe, tmp_path):
    """With a learning rate of zero no epoch is better than the first."""
    patient = {"epochs": 9, "phases.head.patience": 2, "phases.head.optimizer.learning_rate": 0}
    patient |= {"phases.blocks.patience": None, "phases.blocks.epochs": 1, "phases.all.epochs": 1}
    run = zoo865.train(recipe.override(patient), run_dir=tmp_path / "run")
    assert [row["phase"] for row in run.history] == ["head"] * 3 + ["blocks", "all"]
    said = "phase head ended after 3 of 9 epochs: val_cross_entropy has not improved for 2 epochs"
    assert run.metrics["early_ends"] == [said]
    page = zoo865.report(run).read_text()
    assert said in page
    assert "The last epoch was kept; validation was measured before training on its examples; test was" in page


def damaged(path, tmp_path):
    (tmp_path / "cut.weights.h5").write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return tmp_path / "cut.weights.h5", 0.35, "cannot take weights from .*cut.*whole"


def no_file(path, tmp_path):
    return tmp_path / "none.weights.h5", 0.35, "no weights .*none"


def text(path, tmp_path):
    (tmp_path / "text.weights.h5").write_text("words")
    return tmp_path / "text.weights.h5", 0.35, "cannot take weights from .*text"


def wider(path, tmp_path):
    return path, 1.0, "alpha=1: .*model_args.alpha"


@pytest.mark.parametrize("wrong", [damaged, no_file, text, wider])
def test_wrong_weights(weights, tmp_path, wrong):
    file, alpha, words = wrong(weights, tmp_path)
    with pytest.raises(ZooError, match=words):
        build_mobilenet_v2(**{**SMALL, "alpha": alpha}, weights=str(file))


def test_weights_with_imagenets_classifier_are_taken_too(tmp_path):
    whole = keras.applications.MobileNetV2(alpha=0.35, weights=None)
    whole.save_weights(tmp_path / "whole.weights.h5")
    taken = build_mobilenet_v2(**SMALL, weights=str(tmp_path / "whole.weights.h5"))
    np.testing.assert_array_equal(taken.get_layer("Conv_1").kernel, whole.get_layer("Conv_1").kernel)


def test_imagenet_is_downloaded_whole_or_not_at_all(monkeypatch, tmp_path):
    """Without a network one line says what to do; another file than Keras' is refused."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(ZooError, match="--weights FILE"):
        build_mobilenet_v2(**{**SMALL, "alpha": 1.0})
    with pytest.raises(ZooError, match=r"alpha=0.35.*--weights FILE"):
        build_mobilenet_v2(**SMALL)


def test_right_on_all_of_a_few_is_not_certain():
    """The exact interval where a bootstrap has nothing to draw from; else what resampling gives."""
    assert interval(1.0, 4) == pytest.approx((0.3976, 1), abs=1e-3)  # Clopper and Pearson's
    assert interval(0.0, 4) == pytest.approx((0, 0.6024), abs=1e-3)
    drawn = (np.random.default_rng(0).random((20_000, 60)) < 0.9).mean(1)
    assert interval(0.9, 60) == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.01)


def test_each_photo_is_tested_in_one_fold(recipe, photos, tmp_path, only_training):
    args = {**recipe.data_args, "image_shape": (48, 48, 3)}
    tested, names = [], {str(path) for path in photos.rglob("*.jpg")}
    for number in (1, 2, 3):
        data = zoo865.load_data(str(photos), **args, fold=(number, 3))
        parts = {
            name: set(data.split(name).take(np.arange(len(data.split(name))))["path"])
            for name in ("train", "validation", "test")
        }
        assert set.union(*parts.values()) == names
        assert sum(map(len, parts.values())) == len(names)
        tested += sorted(parts["test"])
    assert sorted(tested) == sorted(names)
    small = {"data": str(photos), "data_args.image_shape": [16, 16, 3], "model_args.width": 4, "epochs": 1}
    small |= {"batches.augment": "none", "batch_size": 8}
    summary = make_folds(zoo865.get_recipe("mnist_cnn").override(small), 3, run_dir=tmp_path / "folds")
    found = summary["test"]["accuracy"]
    right = np.random.default_rng(0).random((4000, 46)) < found["mean"]
    low, high = np.percentile(right.mean(1), [2.5, 97.5])
    assert summary["test"]["accuracy_low"]["mean"] == pytest.approx(low, abs=0.025)
    assert summary["test"]["accuracy_high"]["mean"] == pytest.approx(high, abs=0.025)
    runs = [zoo865.Run(tmp_path / "folds" / name) for name in summary["runs"]]
    counts = [run.metrics["test"]["accuracy"] * len(run.data.test) for run in runs]
    assert found["mean"] == pytest.approx(sum(counts) / 46)
    page = (tmp_path / "folds" / "report.html").read_text()
    assert "3 folds" in page
    assert 'href="fold-3/report.html"' in page


def test_ten_photos_a_class_are_enough_to_train(recipe, tmp_path):
    folder = folder_of(tmp_path / "few", {"a": 10, "b": 10})
    run = zoo865.train(recipe.override({"data": str(folder), "epochs": 1, "batch_size": 32}), run_dir=tmp_path / "run")
    assert 0 <= run.metrics["test"]["accuracy_low"] <= run.metrics["test"]["accuracy"]


MEMORY = """
import resource, sys, zoo865
recipe = zoo865.get_recipe("mobilenet_v2").override(
    {"data": sys.argv[1], "model_args.alpha": 0.35, "model_args.weights": None, "epochs": 1}
)
zoo865.make(recipe.override({f"phases.{phase.name}.augmented_copies": 1 for phase in recipe.phases}), run_dir="run")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_thousands_of_photos_stream(tmp_path):
    """5,000 of them, as large as the network takes them, in less than 3 GB, report and export with them."""
    folder = folder_of(tmp_path / "many", {"a": 2500, "b": 2500})
    command = [sys.executable, "-c", MEMORY, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert int(done.stdout.split()[-1]) < 3000


def test_photos_that_are_too_small(recipe, tmp_path):
    folder = folder_of(tmp_path / "photos", {"cat": 5, "dog": 5})
    from PIL import Image

    Image.new("RGB", (200, 31)).save(folder / "dog" / "thin.png")
    with pytest.raises(ZooError, match=r"thin.png has 31 x 200 pixels.* at least 32"):
        zoo865.train(recipe.override({"data": str(folder)}), run_dir=tmp_path / "run")


def test_twins_and_unreadable_pictures_are_told_and_reported(tmp_path, capsys):
    folder = folder_of(tmp_path / "photos" / "train", {"cat": 20, "dog": 20}).parent
    folder_of(folder / "test", {"cat": 4, "dog": 4}, start=100)
    (folder / "test" / "dog" / "0.jpg").write_bytes((folder / "train" / "cat" / "3.jpg").read_bytes())
    (folder / "train" / "dog" / "5.jpg").write_text("no picture")
    (folder / "train" / "dog" / "6.jpg").write_bytes((folder / "train" / "dog" / "7.jpg").read_bytes()[:900])
    data = zoo865.load_data(str(folder))
    assert [path for path, _ in data.left_out] == ["train/dog/5.jpg", "train/dog/6.jpg"]
    assert data.near_duplicates == (("train/cat/3.jpg", "test/dog/0.jpg"),)
    assert len(data.train) + len(data.validation) == 38
    recipe = zoo865.get_recipe("mnist_cnn").smallest().override({"data": str(folder), "epochs": 1})
    run = zoo865.train(recipe, run_dir=tmp_path / "run")
    said = capsys.readouterr().err
    assert "train/dog/5.jpg: it is a text file" in said
    assert "train/dog/6.jpg: " in said
    assert "1 validation or test pictures" in said
    page = zoo865.report(run).read_text()
    for name in ("train/dog/5.jpg", "train/dog/6.jpg", "train/cat/3.jpg", "test/dog/0.jpg"):
        assert name in page
