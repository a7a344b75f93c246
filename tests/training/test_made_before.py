"""Runs that earlier versions of the zoo wrote: their recipes name modules, their specifications hold shapes alone."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import zoo865
from zoo865.data.features import Action, Image, Label, Observation
from zoo865.data.spec import Spec

RUNS = Path(__file__).parents[1] / "made_before"
DIGITS = Image((28, 28, 1), ink="light", ink_margin=4)
SPECS = {
    "mnist_cnn": Spec({"image": DIGITS}, {"label": Label(tuple("0123456789"))}),
    "vae": Spec({"image": Image((28, 28, 1), "light", 4, binary=True)}, {"label": Label(tuple("0123456789"))}),
    "dqn_cartpole": Spec({"observation": Observation((4,))}, {"action": Action(2)}),
}


@pytest.fixture
def run(request, tmp_path):
    return zoo865.Run(shutil.copytree(RUNS / request.param, tmp_path / "run"))


@pytest.mark.parametrize("run", [*SPECS], indirect=True)
def test_it_loads_and_measures_as_it_did(run):
    name = run.recipe.name
    if name == "dqn_cartpole":
        pytest.importorskip("gymnasium")
    assert "class" in run.settings["recipe"]["task"]
    assert run.recipe.to_json()["task"]["kind"] == type(run.recipe.task).__name__
    assert run.spec == SPECS[name]
    measured = run.recipe.task.measure(run.model, run.data, "test")
    then = run.metrics["test"]
    if name == "vae":  # was quality_of by who reads few of these digits, when they are black and white
        then = {measure: then[measure] for measure in measured}
        assert not {"fid", "kid", "precision", "confident_share"} & then.keys()
    assert measured == pytest.approx(then, rel=1e-4)


@pytest.mark.parametrize("run", ["mnist_cnn"], indirect=True)
def test_it_is_reported_exported_and_answers(run):
    assert "Training batch" in zoo865.report(run).read_text()
    path = zoo865.export(run)
    details = json.loads((path / "assets.extra" / "zoo865.json").read_text())
    assert details["prepares_ink"] is True
    images = run.data.test.take(np.arange(20))["image"]
    logits = run.model.predict_on_batch(images / 255.0)
    answers = zoo865.Predictor(run).predict(images)
    assert [answer["label"] for answer in answers] == [str(label) for label in logits.argmax(-1)]


@pytest.mark.parametrize("name", ["zoo865.find", "zoo865.systems"])
def test_names_that_changed_are_there_for_one_release(name):
    with pytest.warns(DeprecationWarning, match="is now zoo865"):
        old = getattr(zoo865, name.partition(".")[2])
    assert old in (zoo865.get_recipe, zoo865.list_systems)
