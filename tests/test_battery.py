"""Every system of the zoo, in its tiny form, through the whole way: a new recipe is tested by being there."""

import csv
import json
import re

import keras
import numpy as np
import pytest
from alone import served_alone
from killing import assert_same, kill
from systems import distinct

import zoo865
from zoo865.exporting.load_alone import misplaced_ops
from zoo865.recipe import Recipe
from zoo865.training import checkpoint
from zoo865.training.build import build_model

pytestmark = pytest.mark.parametrize("name", distinct())


def numbers(document) -> list[float]:
    """All numbers of a JSON document, in the order of names."""
    if isinstance(document, dict):
        document = [value for _, value in sorted(document.items())]
    if isinstance(document, list):
        return [number for part in document for number in numbers(part)]
    return [document] if isinstance(document, float) else []


def signatures(run):
    examples = run.data.validation.take(np.arange(5))
    return run.recipe.task.signatures(run.model, run.spec, examples)


def test_recipe_is_plain_data(name):
    recipe = zoo865.get_recipe(name)
    assert recipe.name == name
    assert recipe.summary
    written = json.loads(json.dumps(recipe.to_json()))
    assert Recipe.from_json(written) == recipe


def test_run_directory(name, tiny_run):
    run = tiny_run(name)
    assert {p.name for p in run.path.iterdir()} == {
        *("settings.json", "history.csv", "metrics.json", "checkpoints", "figures", "report.html", "export"),
        *(["epochs"] if run.recipe.task.sample_image(run.model) is not None else []),
    }
    assert {p.name for p in (run.path / "checkpoints").glob("*.npz")} == {"last.npz", "previous.npz", "best.npz"}
    epochs = sum(phase.epochs for phase in run.recipe.phases)
    with open(run.path / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == list(range(1, epochs + 1))
    monitor, direction = run.recipe.task.monitor
    values = [float(row[monitor]) for row in rows]
    assert run.metrics["best_epoch"] == 1 + values.index(max(values) if direction == "max" else min(values))
    assert run.metrics["finished"] is True


def test_reopened_run_measures_the_same(name, tiny_run):
    run = tiny_run(name)
    again = zoo865.Run(run.path)
    assert again.recipe == run.recipe
    assert again.spec == run.spec
    measured = again.recipe.task.measure(again.model, again.data, "test")
    assert measured == pytest.approx(run.metrics["test"], rel=1e-5)


def test_training_learns(name, tiny_run):
    """The measure that decides is better than that of the untrained model, the one that this run began with."""
    run = tiny_run(name)
    keras.utils.set_random_seed(run.settings["seed"])
    monitor, direction = run.recipe.task.monitor
    measure = monitor.removeprefix("val_")
    untrained = run.recipe.task.measure(build_model(run.recipe, run.spec), run.data, "validation")[measure]
    trained = run.metrics["validation"][measure]
    assert trained > untrained if direction == "max" else trained < untrained


def test_killed_and_resumed(name, tiny_run, tmp_path):
    """Bit for bit the run that was not killed."""
    run = kill(zoo865.get_recipe(name).smallest(), tmp_path / "run", epoch=1, seed=0)
    assert_same(zoo865.resume(run), tiny_run(name))


def test_report_is_self_contained(name, tiny_run):
    run = tiny_run(name)
    page = run.report_path.read_text()
    assert not re.search(r"""(src|href)=["'](?!data:)""", page)
    assert "http" not in page.split("The whole recipe")[0].replace("http-equiv", "")
    for figure in (run.path / "figures").glob("*.png"):
        assert f'id="{figure.stem}"' in page
    assert page.count("data:image/png;base64,") == len(list((run.path / "figures").glob("*.png"))) > 2


def test_export_is_loaded_by_tensorflow_alone(name, tiny_run, tmp_path):
    """A fresh process that can import neither zoo865 nor Keras gives the model's own results."""
    run = tiny_run(name)
    first = next(iter(signatures(run).values()))
    there = served_alone(run.export_path, first.sample, tmp_path)
    for output, value in first.function(*first.sample.values()).items():
        np.testing.assert_allclose(there[output], np.array(value), rtol=1e-5, atol=1e-5)


def test_export_has_no_random_numbers_and_compiles_with_xla(name, tiny_run):
    import tensorflow as tf

    run = tiny_run(name)
    loaded = tf.saved_model.load(str(run.export_path))
    for signature_name, signature in signatures(run).items():
        function = loaded.signatures[signature_name]
        assert misplaced_ops(function) == []
        inputs = {key: tf.constant(value) for key, value in signature.sample.items()}
        plain, again = function(**inputs), function(**inputs)
        compiled = tf.function(function, jit_compile=True)(**inputs)
        for output, value in plain.items():
            np.testing.assert_array_equal(value, again[output])
            np.testing.assert_allclose(value, compiled[output], rtol=1e-5, atol=1e-4)


def test_predictor_answers(name, tiny_run):
    run = tiny_run(name)
    predictor = zoo865.Predictor(run.path)
    if predictor.default_signature == "generate":  # it answers about nothing, and makes images
        noise = next(iter(signatures(run).values())).sample
        np.testing.assert_allclose(predictor.generate(8), 255 * predictor.run("generate", **noise)["image"], atol=0.51)
        with pytest.raises(zoo865.ZooError, match="answers about none"):
            predictor.predict(run.data.test.take(np.arange(1))["image"])
        return
    given = next(iter(signatures(run)[next(iter(signatures(run)))].sample.values()))
    given = np.resize(given, (70, *given.shape[1:]))
    answers = predictor.predict(given)
    assert len(answers) == 70
    assert json.loads(json.dumps(answers)) == answers
    assert numbers(predictor.predict(given[3])) == pytest.approx(numbers(answers[3:4]), rel=1e-4, abs=1e-6)
    assert len(predictor.predict(one for one in given[:9])) == 9
    assert predictor.predict([]) == []


def test_checkpoints_hold_every_variable(name, tiny_run):
    run = tiny_run(name)
    arrays, facts = checkpoint.read(run.path / "checkpoints" / "last.npz")
    assert len([key for key in arrays if key.startswith("model|")]) == len(run.model.variables)
    assert any(key.startswith("optimizer|") for key in arrays)
    assert facts["epoch"] == sum(phase.epochs for phase in run.recipe.phases) - 1
