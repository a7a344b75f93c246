"""Every system of the zoo: a new recipe is tested by being there.

Of systems with the same builder one goes the whole way, in its tiny form; of the others, which differ in settings, it
is tested that they are plain data, build, answer, and are ready to train. What is killed in the middle of an epoch:
tests/training/test_resume.py.
"""

import csv
import json
import re

import keras
import numpy as np
import pytest
from processes import assert_same, without_its_end
from systems import RECIPES, one_of_each_builder

import zoo865
from zoo865.data.load import load_data, spec_before_loading
from zoo865.recipe import Recipe
from zoo865.training import checkpoint
from zoo865.training.build import build_model
from zoo865.training.check import check_before
from zoo865.training.feeds import Feeds


@pytest.fixture(scope="module", params=one_of_each_builder())
def run(request, tiny_run):
    """The tiny run of one system for each builder."""
    return tiny_run(request.param)


@pytest.fixture(scope="module")
def predictor(run):
    return zoo865.Predictor(run.path)


def signatures(run):
    examples = run.data.validation.take(np.arange(5))
    return run.recipe.task.signatures(run.model, run.spec, examples)


def numbers(document) -> list[float]:
    """All numbers of a JSON document, in the order of names."""
    if isinstance(document, dict):
        document = [value for _, value in sorted(document.items())]
    if isinstance(document, list):
        return [number for part in document for number in numbers(part)]
    return [document] if isinstance(document, float) else []


@pytest.mark.fast
@pytest.mark.parametrize("name", RECIPES)
def test_recipe_is_plain_data(name):
    recipe = RECIPES[name]
    assert recipe.name == name
    assert recipe.summary
    written = json.loads(json.dumps(recipe.to_json()))
    assert Recipe.from_json(written) == recipe
    assert Recipe.from_json(json.loads(json.dumps(recipe.smallest().to_json()))) == recipe.smallest()


@pytest.mark.parametrize("name", sorted(RECIPES.keys() - one_of_each_builder()))
def test_it_builds_and_answers_with_its_own_settings(name):
    recipe = RECIPES[name]
    if keras.backend.backend() not in recipe.backends:
        pytest.skip(f"not on {keras.backend.backend()}")
    spec = spec_before_loading(recipe.data, **recipe.data_args) or load_data(recipe.data, **recipe.data_args).spec
    model = build_model(recipe, spec, trained=True)  # files of word vectors know none of a stand-in's words
    assert model.count_params() >= build_model(recipe.smallest(), spec).count_params() > 0
    blank = {key: feature.blank(2) for key, feature in spec.inputs.items()}
    signature = next(iter(recipe.task.signatures(model, spec, blank).values()))
    for found in signature.function(*signature.sample.values()).values():
        assert np.isfinite(keras.ops.convert_to_numpy(found)).all()


@pytest.mark.parametrize("name", sorted(RECIPES.keys() - one_of_each_builder()))
def test_its_tiny_form_is_ready_to_train(name):
    """Its data are there, each phase finds its layers and its feed, and the task its measures."""
    recipe = RECIPES[name].smallest()
    if keras.backend.backend() not in recipe.backends:
        pytest.skip(f"not on {keras.backend.backend()}")
    data = load_data(recipe.data, **recipe.data_args)
    model = build_model(recipe, data.spec)
    check_before(recipe, model, Feeds(recipe, data, 0, model), data, devices=1)
    measured = recipe.task.measure(model, data, "validation")
    assert recipe.task.monitor[0].removeprefix("val_") in measured


def test_run_directory(run):
    assert {p.name for p in run.path.iterdir()} == {
        *("settings.json", "history.csv", "metrics.json", "checkpoints", "figures", "report.html", "export"),
        "gradient_flow.json",
        *(["epochs"] if run.recipe.task.sample_image(run.model) is not None else []),
        *([] if run.data.environment else ["for_export.npz"]),
    }
    assert {p.name for p in (run.path / "checkpoints").glob("*.npz")} == {"last.npz", "previous.npz", "best.npz"}
    epochs = sum(phase.epochs for phase in run.recipe.phases)
    with open(run.path / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == list(range(1, epochs + 1))
    monitor, direction = run.recipe.task.monitor
    values = [float(row[monitor]) for row in rows]
    best = 1 + values.index(max(values) if direction == "max" else min(values))
    assert run.metrics["best_epoch"] == (epochs if run.recipe.keep == "last" else best)
    assert run.metrics["finished"] is True


@pytest.mark.jax
def test_training_learns(run):
    """The measure that decides is better than that of the untrained model, the one that this run began with."""
    keras.utils.set_random_seed(run.settings["seed"])
    monitor, direction = run.recipe.task.monitor
    measure = monitor.removeprefix("val_")
    untrained = run.recipe.task.measure(build_model(run.recipe, run.spec), run.data, "validation")[measure]
    trained = run.metrics["validation"][measure]
    assert trained > untrained if direction == "max" else trained < untrained


@pytest.mark.jax
def test_goes_on_from_a_checkpoint(run, tmp_path):
    """From the one before the last, bit for bit to where it had come, and to the same measures."""
    again = without_its_end(run, tmp_path / "run")
    assert (again.recipe, again.spec) == (run.recipe, run.spec)
    assert_same(zoo865.resume(again), run)


def test_report_is_self_contained(run):
    page = run.report_path.read_text()
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page)
    assert "http" not in page.split("Full recipe")[0].replace("http-equiv", "")
    pictures, charts = (list((run.path / "figures").rglob(f"*.{kind}")) for kind in ("png", "svg"))
    for figure in (run.path / "figures").iterdir():
        assert f'<section id="{figure.stem}">' in page
    assert page.count('<img src="data:image/png;base64,') == len(pictures)
    assert page.count("<svg ") == len(charts) > 0
    assert "Could not be created" not in page


def test_export_always_gives_the_same_and_compiles_with_xla(run):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(run.export_path))
    for signature_name, signature in signatures(run).items():
        if signature.not_in_onnx:
            continue  # compiling a graph that takes strings aborts the process
        function = loaded.signatures[signature_name]
        inputs = {key: tf.constant(value) for key, value in signature.sample.items()}
        plain, again = function(**inputs), function(**inputs)
        compiled = tf.function(function, jit_compile=True)(**inputs)
        for output, value in plain.items():
            np.testing.assert_array_equal(value, again[output])
            np.testing.assert_allclose(value, compiled[output], rtol=1e-5, atol=1e-4)


@pytest.mark.jax
def test_predictor_answers(run, predictor):
    """As the model does; and alike for one, for many, and for what comes one by one."""
    first, signature = next(iter(signatures(run).items()))
    assert predictor.default_signature == first
    answered = predictor.run(first, **signature.sample)
    # A class's probability is e to the sum of a sound's hundreds of logarithms, which JAX adds up in another order.
    close = 1e-3 if first == "serve" and "bits" in answered else 1e-5
    for output, value in signature.function(*signature.sample.values()).items():
        if answered[output].dtype == object:
            assert answered[output].tolist() == value.numpy().tolist()
        else:
            np.testing.assert_allclose(answered[output], keras.ops.convert_to_numpy(value), rtol=close, atol=1e-5)
    if first == "generate":  # it answers about nothing, and makes images
        np.testing.assert_allclose(predictor.generate(8), 255 * answered["image"], atol=0.51)
        with pytest.raises(zoo865.ZooError, match="makes no predictions"):
            predictor.predict(run.data.test.take(np.arange(1))["image"])
        return
    given = next(iter(signature.sample.values()))
    given = np.resize(given, (70, *given.shape[1:]))
    answers = predictor.predict(given)
    assert len(answers) == 70
    assert json.loads(json.dumps(answers)) == answers
    assert numbers(predictor.predict(given[3])) == pytest.approx(numbers(answers[3:4]), rel=1e-4, abs=1e-6)
    assert len(predictor.predict(one for one in given[:9])) == 9
    assert predictor.predict([]) == []


def test_checkpoints_hold_every_variable(run):
    arrays, facts = checkpoint.read(run.path / "checkpoints" / "last.npz")
    assert len([key for key in arrays if key.startswith("model|")]) == len(run.model.variables)
    assert any(key.startswith("optimizer|") for key in arrays)
    assert facts["epoch"] == sum(phase.epochs for phase in run.recipe.phases) - 1
