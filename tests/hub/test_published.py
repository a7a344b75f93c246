"""Every model under saved_models/ is what its card says; and publishing writes such models."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import zoo865
from zoo865.exporting.find import find_export
from zoo865.hub.publish import publish
from zoo865.inference import compiled
from zoo865.recipe import Recipe
from zoo865.runs.store import find_published
from zoo865.training.evaluate import evaluate
from zoo865.training.published import Published

ROOT = Path(__file__).parents[2]
CARDS = sorted((ROOT / "saved_models").glob("*/*/card.json"))
IDS = [f"{card.parts[-3]}-{card.parts[-2]}" for card in CARDS]


def assert_as_its_card_says(path):
    """Files with sizes and hashes, signatures, and the stored answers, by TensorFlow alone."""
    card = json.loads((path / "card.json").read_text())
    listed = {file["path"]: (file["bytes"], file["sha256"]) for file in card["files"]}
    there = {
        str(file.relative_to(path)): (file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest())
        for file in path.rglob("*")
        if file.is_file() and file.name != "card.json"
    }
    assert listed == there
    assert sum(size for size, _ in listed.values()) <= 12e6
    loaded = tf.saved_model.load(str(path))
    assert set(loaded.signatures) == {*card["signatures"], "serving_default"}
    for name, described in card["signatures"].items():
        function = loaded.signatures[name]
        specs = function.structured_input_signature[1]
        assert {key: (list(spec.shape), spec.dtype.name) for key, spec in specs.items()} == {
            key: (found["shape"], found["dtype"]) for key, found in described["inputs"].items()
        }
        with np.load(path / "assets.extra" / f"{name}.npz") as stored:
            outputs = function(**{key: tf.constant(stored[f"in/{key}"]) for key in described["inputs"]})
            assert set(outputs) == set(described["outputs"])
            for key, found in outputs.items():
                assert found.dtype.name == described["outputs"][key]["dtype"]
                assert [None, *found.shape[1:]] == described["outputs"][key]["shape"]
                assert_alike(found, stored[f"out/{key}"])


def assert_alike(found, stored):
    """Equal texts, or close numbers."""
    if stored.dtype.kind == "U":
        np.testing.assert_array_equal([[word.decode() for word in row] for row in np.asarray(found)], stored)
    else:
        np.testing.assert_allclose(found, stored, atol=1e-4)


@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_a_published_model_is_as_its_card_says(card):
    assert_as_its_card_says(card.parent)
    document = json.loads(card.read_text())
    published = Published(card.parent)
    assert (document["name"], document["version"]) == (card.parts[-3], int(card.parts[-2]))
    assert Recipe.from_json(document["recipe"]).name == document["name"]
    assert published.model.count_params() == document["parameters"]
    for text in ("summary", "protocol", "references", "differences", "limits", "licence", "compared_with"):
        assert document[text]
    for found in document["metrics"].values():
        assert found["value"] in found["values"]
        assert found["mean"] == pytest.approx(np.mean(found["values"]))
        assert len(found["values"]) == len(found["seeds"])
    assert "/" not in document["trained"]["command"].split()[0]


@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_the_weights_for_keras_are_those_that_are_served(card):
    published = Published(card.parent)
    samples = {name: feature.blank(1) for name, feature in published.spec.inputs.items()}
    signatures = published.recipe.task.signatures(published.model, published.spec, samples)
    assert set(signatures) == set(json.loads(card.read_text())["signatures"])
    for name, signature in signatures.items():
        with np.load(card.parent / "assets.extra" / f"{name}.npz") as stored:
            inputs = [stored[f"in/{key}"] for key in signature.inputs]
            # What loops takes a minute step by step.
            function = compiled(signature.function) if signature.loops else signature.function
            for key, found in function(*inputs).items():
                assert_alike(found, stored[f"out/{key}"])


@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_it_answers_a_person(card):
    """By the Predictor, whichever version of the zoo wrote it: what is stored beside it, decoded."""
    predictor = zoo865.Predictor(card.parent)
    asked = predictor.default_signature
    with np.load(card.parent / "assets.extra" / f"{asked}.npz") as stored:
        if asked == "generate":
            ((name, noise),) = ((key[3:], stored[key]) for key in stored if key.startswith("in/"))
            found = predictor.run("generate", **{name: noise})
            np.testing.assert_allclose(found["image"], stored["out/image"], atol=1e-4)
            assert predictor.generate(2).dtype == np.uint8
            return
        (given,) = (stored[key] for key in stored if key.startswith("in/"))
        outputs = {key[4:]: stored[key] for key in stored if key.startswith("out/")}
    expected = predictor.task.decode(outputs, predictor.spec)
    for answer, told in zip(predictor.predict(given), expected, strict=True):
        assert answer.keys() == told.keys()
        assert answer.get("label") == told.get("label")
        assert answer.get("action") == told.get("action")


@pytest.mark.slow
@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_the_measures_on_a_card_are_found_again(card):
    measured = evaluate(card.parent)
    for name, value in measured["card"].items():
        assert measured["measures"][name] == pytest.approx(value, abs=min(1e-4, 0.01 * abs(value))), name


@pytest.fixture(scope="module")
def store(tiny_run, tmp_path_factory):
    """A folder with saved_models/mnist_cnn/1, published from a run."""
    folder = tmp_path_factory.mktemp("store")
    publish(tiny_run("mnist_cnn"), folder / "saved_models", seconds=0.2)
    return folder


def test_a_published_run_is_as_its_card_says(store, tiny_run):
    path, run = store / "saved_models" / "mnist_cnn" / "1", tiny_run("mnist_cnn")
    assert_as_its_card_says(path)
    card = json.loads((path / "card.json").read_text())
    assert card["metrics"]["accuracy"]["value"] == run.metrics["test"]["accuracy"]
    assert card["data"]["splits"] == {"train": 1000, "validation": 200, "test": 200}
    assert "LeCun" in card["references"]
    assert "Limits" not in card["limits"]
    assert card["differences"].startswith("1. ")
    assert card["limits"]


def test_a_name_answers_from_what_is_published(store, zoo, tiny_run, monkeypatch):
    """Where no run is; and a path whose last part is such a name answers nothing."""
    monkeypatch.chdir(store)
    run = tiny_run("mnist_cnn")
    code, out, err = zoo("evaluate", "mnist_cnn", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["measures"] == pytest.approx(run.metrics["test"], abs=1e-5)
    assert found["card"] == run.metrics["test"]
    image = run.data.test.take([5])["image"][0]
    theirs, ours = (zoo865.Predictor(source).predict(image)[0] for source in ("mnist_cnn", run))
    assert theirs["probabilities"] == pytest.approx(ours["probabilities"], abs=1e-6)
    code, out, _ = zoo("info", "mnist_cnn", "--json")
    assert json.loads(out)["published"]["path"] == "saved_models/mnist_cnn/1"
    for command in (["evaluate", "nowhere/mnist_cnn"], ["predict", "nowhere/mnist_cnn", "x.png"]):
        code, _, err = zoo(*command)
        assert (code, err.count("\n")) == (2, 1)
        assert "nowhere/mnist_cnn" in err


@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_the_name_that_is_printed_can_be_typed(card, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = Published(card.parent).origin.removeprefix("published ")
    assert find_export(name) == find_published(name) == card.parent
    assert Published.find(name).origin == f"published {name}"
    for other in (f"{name}0", f"elsewhere/{name}", f"{name}/{name}", name.replace("/", "/v")):
        assert find_published(other) is None


@pytest.mark.parametrize("file", ["model.weights.h5", "variables/variables.data-00000-of-00001", "fingerprint.pb"])
def test_a_file_that_is_another_than_the_card_says_is_not_used(store, tmp_path, file):
    path = tmp_path / "1"
    shutil.copytree(store / "saved_models" / "mnist_cnn" / "1", path)
    content = bytearray((path / file).read_bytes())
    content[len(content) // 2] ^= 1
    (path / file).write_bytes(content)
    with pytest.raises(zoo865.ZooError, match="does not match its card"):
        zoo865.Predictor(path)
    with pytest.raises(zoo865.ZooError, match="does not match its card"):
        evaluate(path)
    (path / file).unlink()
    with pytest.raises(zoo865.ZooError, match="is missing"):
        Published(path).check()


def test_a_published_model_is_published_once_more(store, tmp_path):
    """Its weights and measures, exported as it is done now; not where the measures are not found again."""
    first = store / "saved_models" / "mnist_cnn" / "1"
    path = publish(first, tmp_path / "again", version=2, seconds=0.2)
    assert_as_its_card_says(path)
    old, new = (json.loads((folder / "card.json").read_text()) for folder in (first, path))
    assert (new["version"], new["weights_of"], new["metrics"]) == (2, "version 1", old["metrics"])
    for mine, theirs in zip(Published(path).model.weights, Published(first).model.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    wrong = shutil.copytree(first, tmp_path / "wrong" / "1")
    old["metrics"]["accuracy"]["value"] += 0.01
    (wrong / "card.json").write_text(json.dumps(old))
    with pytest.raises(zoo865.ZooError, match=r"measures accuracy .*, but its card says"):
        publish(wrong, tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_versions(store, tiny_run):
    run = tiny_run("mnist_cnn")
    with pytest.raises(zoo865.ZooError, match="the next free version is 2"):
        publish(run, store / "saved_models", version=1)
    path = publish(run, store / "saved_models", seconds=0.2)
    assert path.name == "2"
    assert Published.find(path).card["version"] == 2
    assert [zoo865.Predictor(path.with_name(version), engine="onnx").path.name for version in ("1", "2")] == ["1", "2"]
    with pytest.raises(zoo865.ZooError, match=r"2 already exists.*another path"):
        zoo865.export(path)
    shutil.rmtree(path)


def test_training_starts_from_what_is_published(store, tmp_path):
    published = Published(store / "saved_models" / "mnist_cnn" / "1")
    still = {"epochs": 1, "phases.train.optimizer.learning_rate": 0.0, "phases.train.optimizer.weight_decay": 0.0}
    recipe = zoo865.get_recipe("mnist_cnn").smallest().override(still)
    run = zoo865.train(recipe, seed=3, run_dir=tmp_path / "run", init_from=str(published.path))
    assert run.settings["init_from"]["weights_taken"] == len(published.model.weights)
    for mine, theirs in zip(run.model.trainable_variables, published.model.trainable_variables, strict=True):
        np.testing.assert_array_equal(mine.value, theirs.value)


def test_other_data_than_it_was_trained_on_are_not_its_own(store, tmp_path):
    """Cut anew, some of its training examples would be among those it is tested on."""
    path = tmp_path / "1"
    shutil.copytree(store / "saved_models" / "mnist_cnn" / "1", path)
    card = json.loads((path / "card.json").read_text())
    card["data"]["sha256"]["test"] = "0" * 64
    (path / "card.json").write_text(json.dumps(card))
    with pytest.raises(zoo865.ZooError, match=r"test examples of generated_digits differ from"):
        evaluate(path)


def test_a_folder_of_the_same_name_hides_nothing(store, tmp_path, monkeypatch):
    shutil.copytree(store / "saved_models", tmp_path / "saved_models")
    (tmp_path / "mnist_cnn").mkdir()
    monkeypatch.chdir(tmp_path)
    assert zoo865.Predictor("mnist_cnn").path == Path("saved_models/mnist_cnn/1")


def test_of_several_seeds_the_first_is_published(tmp_path, tiny_run):
    """Never the best: that would be a choice by the test examples."""
    run = tiny_run("mnist_cnn")
    for seed in (5, 6):
        shutil.copytree(run.path, tmp_path / "seeds" / f"seed-{seed}")
    accuracy = run.metrics["test"]["accuracy"]
    settings = json.loads((run.path / "settings.json").read_text())
    metrics = json.loads((run.path / "metrics.json").read_text())
    for seed, value in ((5, accuracy), (6, accuracy + 0.2)):
        folder = tmp_path / "seeds" / f"seed-{seed}"
        (folder / "settings.json").write_text(json.dumps({**settings, "seed": seed}))
        (folder / "metrics.json").write_text(json.dumps({**metrics, "test": {"accuracy": value}}))
    (tmp_path / "seeds" / "summary.json").write_text("{}")
    card = Published(publish(tmp_path / "seeds", tmp_path / "store", seconds=0.2)).card
    assert card["metrics"] == {
        "accuracy": {
            "value": accuracy,
            "mean": pytest.approx(accuracy + 0.1),
            "spread": pytest.approx(0.2 / np.sqrt(2)),
            "values": [accuracy, accuracy + 0.2],
            "seeds": [5, 6],
        }
    }
    (folder / "metrics.json").write_text(json.dumps({**metrics, "finished": False, "stopped": "time is up"}))
    with pytest.raises(zoo865.ZooError, match=r"seed-6 stopped early.*--resume"):
        publish(tmp_path / "seeds", tmp_path / "store")


def test_a_run_that_stopped_early_is_not_published(tmp_path, tiny_run):
    shutil.copytree(tiny_run("mnist_cnn").path, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    (tmp_path / "run" / "metrics.json").write_text(json.dumps({**metrics, "finished": False, "stopped": "time is up"}))
    with pytest.raises(zoo865.ZooError, match="--resume"):
        publish(tmp_path / "run", tmp_path / "store")
    assert not (tmp_path / "store").exists()
