"""Runs measured by their exports against the Keras models that those were made from."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import sklearn.metrics
from PIL import Image

import zoo865
from zoo865.data.spec import Arrays
from zoo865.exporting.find import details_path
from zoo865.exporting.measured import export_to_measure

COMMAND = """
import sys
for package in ("tensorflow", "keras"):
    sys.modules[package] = None  # importing it fails, as where it is not installed
from zoo865.cli.main import main
main()
"""


def without_tensorflow(*arguments):
    """A command's JSON, from a process that can import neither TensorFlow nor Keras."""
    command = [sys.executable, "-c", COMMAND, *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def draw(examples, folder):
    """Pictures of digits as people have them: of either ink, every third larger; a sub-folder a class."""
    for number, (image, label) in enumerate(zip(examples["image"], examples["label"], strict=True)):
        path = folder / str(label) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        clean = np.where(image > 60, image, 0)[..., 0]
        picture = Image.fromarray(255 - clean if number % 2 else clean)
        (picture.resize((56, 56)) if number % 3 == 0 else picture).save(path)


def test_a_folder_is_measured_without_tensorflow_as_by_the_keras_model(zoo, tiny_run, tmp_path):
    run = tiny_run("mnist_cnn")
    draw(run.data.test.take(np.arange(200)), tmp_path / "drawn")
    by_export = without_tensorflow("evaluate", run.path, "--data", tmp_path / "drawn")
    shutil.copytree(run.path, "copy", ignore=shutil.ignore_patterns("export"))
    by_model = json.loads(zoo("evaluate", "copy", "--data", "drawn", "--json")[1])
    assert (by_export["engine"], by_model["engine"]) == ("onnx", "keras")
    assert by_export["examples"] == by_model["examples"] == 200
    assert {"accuracy", "accuracy_low", "balanced_accuracy", "cross_entropy"} <= by_export["measures"].keys()
    assert by_export["measures"] == pytest.approx(by_model["measures"], abs=1e-5)
    for path, said in ((run.path, f"by onnx: run {run.path}, {run.export_path}"), ("copy", "by keras: run copy, copy")):
        code, out, err = zoo("evaluate", path, "--data", "drawn")
        assert (code, err) == (0, f"{said}\n")
        assert out.startswith("200 all examples of drawn\naccuracy ")


def test_measures_of_an_export_equal_scikit_learn_s(tiny_run):
    """More examples than are asked about at once, half of them of the other ink, as the data may hold them."""
    run = tiny_run("mnist_cnn")
    examples = run.data.train.take(np.arange(700))
    turned = np.where((np.arange(700) % 2 == 0)[:, None, None, None], examples["image"], 255 - examples["image"])
    data = dataclasses.replace(run.data, test=Arrays(image=turned, label=examples["label"]))
    measured = run.recipe.task.measure(export_to_measure(run), data, "test")
    logits = run.model.predict(examples["image"] / np.float32(255), verbose=0).astype("float64")
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    answers = probabilities.argmax(-1)
    assert measured["accuracy"] == pytest.approx(sklearn.metrics.accuracy_score(examples["label"], answers))
    balanced = sklearn.metrics.balanced_accuracy_score(examples["label"], answers)
    assert measured["balanced_accuracy"] == pytest.approx(balanced)
    assert measured["cross_entropy"] == pytest.approx(sklearn.metrics.log_loss(examples["label"], probabilities), 1e-5)


@pytest.mark.agents
def test_what_an_export_does_not_answer_is_measured_by_the_model(tiny_run):
    for name in ("vae", "dqn_cartpole"):
        assert export_to_measure(tiny_run(name)) is None


@pytest.mark.parametrize("trouble", ["unfinished", "not ended", "damaged", "prepares less", "of other data"])
def test_an_export_that_may_answer_otherwise_is_not_measured(tiny_run, tmp_path, trouble):
    """A run that was stopped may have gone on, from a copy of its export's weights to better ones."""
    run = zoo865.Run(shutil.copytree(tiny_run("mnist_cnn").path, tmp_path / "run"))
    assert export_to_measure(run).path == run.export_path
    about = json.loads(details_path(run.export_path).read_text())
    if trouble == "unfinished":
        (run.path / "metrics.json").write_text(json.dumps(run.metrics | {"finished": False}))
    elif trouble == "not ended":
        (run.path / "metrics.json").unlink()
    elif trouble == "damaged":
        os.truncate(run.export_path / "onnx" / "serve.onnx", 1000)
    elif trouble == "prepares less":
        del about["prepares_ink"]
    else:
        about["spec"]["inputs"]["image"]["ink"] = "dark"
    details_path(run.export_path).write_text(json.dumps(about))
    assert export_to_measure(run) is None


def test_one_engine_is_measured_alone_and_without_tensorflow(zoo, tiny_run):
    run = tiny_run("mnist_cnn")
    result = without_tensorflow("bench", run.path, "--engine", "onnx", "--batch", "1,5", "--seconds", "0.2")
    assert [(row["batch"], row["engine"]) for row in result["measured"]] == [(1, "onnx"), (5, "onnx")]
    assert (result["signature"], result["left_out"]) == ("serve", {})
    assert result["hardware"]["cores"] == len(os.sched_getaffinity(0))
    assert result["versions"].keys() == {"zoo865", "python", "numpy", "onnxruntime"}
    code, out, err = zoo("bench", run.path, "--engine", "tensorflow", "--batch", "2", "--seconds", "0.2", "--json")
    result = json.loads(out)
    assert (code, err, [row["engine"] for row in result["measured"]]) == (0, "", ["tensorflow"])
    assert {"tensorflow", "keras"} <= result["versions"].keys()
    code, out, err = zoo("bench", run.path, "--engine", "onx")
    assert (code, out, err) == (2, "", "error: unknown engine 'onx'; did you mean onnx?\n")


def test_a_name_s_answers_say_whose_they_are(zoo, tiny_run, tmp_path):
    """The newest run here, else the published model, or an export that stands alone."""
    Image.fromarray(np.zeros((28, 28), "uint8")).save("digit.png")
    published, made = "published mnist_cnn/3", "runs/mnist_cnn-20261129-100000"

    def said(name, *more):
        code, out, err = zoo("predict", name, "digit.png", *more)
        assert code == 0, err
        return json.loads(out)[0]["model"] if more else err

    assert said("mnist_cnn", "--json") == published
    assert said("mnist_cnn").startswith(f"by onnx: {published}, ")
    shutil.copytree(tiny_run("mnist_cnn").path, made)
    assert said("mnist_cnn", "--json") == f"run {made}"
    assert said("mnist_cnn") == f"by onnx: run {made}, {made}/export/mnist_cnn/1\n"
    assert said(f"{made}/export/mnist_cnn/1", "--json") == f"run {made}"
    shutil.copytree(f"{made}/export/mnist_cnn/1", "served/digits/7")
    assert said("served/digits/7", "--json") == "export served/digits/7"
    timed = zoo("bench", made, "--engine", "onnx", "--batch", 1, "--seconds", 0.01, "--json")[1]
    assert json.loads(timed)["model"] == f"run {made}"
