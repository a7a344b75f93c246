"""ONNX files against the Keras model they were made from, and against the SavedModel."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys

import keras
import numpy as np
import onnxruntime
import pytest
from systems import one_of_each_builder

import zoo865
from zoo865.data.features import Image, Label
from zoo865.data.spec import Spec
from zoo865.exporting.export import signatures_of
from zoo865.exporting.find import read_details
from zoo865.tasks.image_classification import ImageClassification
from zoo865.tasks.word_vectors import WordVectors

# Systems of texts alone have no ONNX file: it has no operators that split them into words.
NAMES = [name for name in one_of_each_builder() if not isinstance(zoo865.get_recipe(name).task, WordVectors)]


@pytest.mark.parametrize("name", NAMES)
def test_every_signature_gives_what_the_model_gives(name, tiny_run):
    """By ONNX Runtime alone, at several batches, on other images than those the export was checked with."""
    run = tiny_run(name)
    task, model = run.recipe.task, run.model
    distance = task.calibrate(model, run.data)
    signatures = signatures_of(task, model, run.spec, run.data.test.take(np.arange(13)), distance)
    signatures = {key: signature for key, signature in signatures.items() if not signature.not_in_onnx}
    assert {*os.listdir(run.export_path / "onnx")} == {
        *(f"{signature}.onnx" for signature in signatures),
        "weights.bin",
    }
    for signature_name, signature in signatures.items():
        session = onnxruntime.InferenceSession(run.export_path / "onnx" / f"{signature_name}.onnx")
        assert [given.name for given in session.get_inputs()] == sorted(signature.inputs)
        for given in (*session.get_inputs(), *session.get_outputs()):
            assert given.shape[0] == "batch"
        if signature_name == "serve" and isinstance(run.recipe.task, ImageClassification):
            assert session.get_inputs()[0].shape[1:3] == ["height", "width"]
        outputs = [output.name for output in session.get_outputs()]
        for count in (1, 3, None):
            inputs = {key: value[:count] for key, value in signature.sample.items()}
            expected = signature.function(*(keras.ops.convert_to_tensor(array) for array in inputs.values()))
            found = dict(zip(outputs, session.run(None, inputs), strict=True))
            assert found.keys() == expected.keys()
            for output, value in expected.items():
                value = keras.ops.convert_to_numpy(value)
                # Sums of large numbers err by the size of those, however small what is left of them.
                np.testing.assert_allclose(found[output], value, rtol=1e-5, atol=1e-5 * max(1, np.abs(value).max()))


@pytest.mark.parametrize(
    "name", [name for name in NAMES if isinstance(zoo865.get_recipe(name).task, ImageClassification)]
)
def test_images_of_any_size(name, tiny_run):
    predictors = [zoo865.Predictor(tiny_run(name).path, engine=engine) for engine in ("tensorflow", "onnx")]
    asks = predictors[0].default_signature
    for shape in ((1, 9, 50), (8, 100, 31)):
        shape = *shape, predictors[0].spec.image.shape[2]
        image = np.random.default_rng(0).integers(0, 256, shape).astype("uint8")
        saved, onnx = (predictor.run(asks, image=image) for predictor in predictors)
        assert saved.keys() == onnx.keys()
        for output, value in saved.items():
            np.testing.assert_allclose(onnx[output], value, atol=1e-4)
            assert onnx[output].dtype == value.dtype


@pytest.mark.parametrize("name", NAMES)
def test_both_engines_answer_alike_for_any_number_of_examples(name, tiny_run):
    run = tiny_run(name)
    details = read_details(run.export_path)
    assert 0 <= details["largest_difference"] < 1e-4
    assert details["onnx"].keys() ^ details["not_in_onnx"].keys() == details["signatures"].keys()
    signatures = run.recipe.task.signatures(run.model, run.spec, run.data.test.take([0, 1, 2]))
    texts = {key for key, one in signatures.items() if any(kind == "string" for _, kind in one.inputs.values())}
    assert details["not_in_onnx"].keys() <= {"generate", *texts}
    first, signature = next(iter(signatures.items()))
    engines = [zoo865.Predictor(run.path, engine=engine) for engine in (None, "tensorflow")]
    assert [engine.engine for engine in engines] == [
        "tensorflow" if first in details["not_in_onnx"] else "onnx",
        "tensorflow",
    ]
    for count in (1, 5, 70):
        given = {key: np.resize(array, (count, *array.shape[1:])) for key, array in signature.sample.items()}
        onnx, saved = (engine.run(first, **given) for engine in engines)
        assert saved.keys() == onnx.keys()
        for output, value in saved.items():
            if value.dtype == object:  # words
                np.testing.assert_array_equal(onnx[output], value)
            else:
                np.testing.assert_allclose(onnx[output], value, rtol=1e-4, atol=1e-4 * (value.dtype.kind == "f"))


def test_another_image_size_and_a_model_with_batch_norm(tmp_path):
    """A bare model: colour, 12 by 20, dropout and batch normalisation as at inference."""
    spec = Spec({"image": Image((12, 20, 3))}, {"label": Label(("no", "yes"))})
    model = keras.Sequential(
        [
            keras.Input((12, 20, 3)),
            keras.layers.Conv2D(4, 3),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    path = zoo865.export(model, tmp_path / "colour", task=ImageClassification(), spec=spec)
    predictor = zoo865.Predictor(path, engine="onnx")
    image = np.random.default_rng(0).integers(0, 256, (5, 12, 20, 3)).astype("uint8")
    expected = keras.ops.softmax(model(image / 255.0, training=False))
    np.testing.assert_allclose(predictor.run("serve", image=image)["probabilities"], expected, atol=1e-6)


@dataclasses.dataclass(frozen=True)
class Unsupported(ImageClassification):
    """Serves an operation that ONNX has not."""

    def signatures(self, model, spec, examples):
        def served(image):
            return {"x": keras.ops.cast(keras.ops.bitwise_xor(image, 255), "float32")}

        return {"serve": dataclasses.replace(super().signatures(model, spec, examples)["serve"], function=served)}


def test_what_onnx_has_not_stands_in_the_savedmodel_alone(tmp_path, capfd):
    """tf2onnx ends well there, and gives a file that does not load."""
    spec = Spec({"image": Image((12, 12, 1))}, {"label": Label(("no", "yes"))})
    model = keras.Sequential([keras.Input((12, 12, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    capfd.readouterr()
    path = zoo865.export(model, tmp_path / "x", task=Unsupported(), spec=spec)
    assert capfd.readouterr() == ("", "")
    details = read_details(path)
    assert details["onnx"] == {}
    assert "BitwiseXor" in details["not_in_onnx"]["serve"]
    assert not (path / "onnx").exists()
    assert zoo865.Predictor(path, task=Unsupported()).engine == "tensorflow"


def test_a_file_whose_numbers_differ_is_not_left(tiny_run, tmp_path, monkeypatch):
    from zoo865.exporting.onnx_engine import OnnxEngine

    run = OnnxEngine.run
    monkeypatch.setattr(
        OnnxEngine,
        "run",
        lambda self, name, inputs: {
            key: value + np.float32(0.25 * (name == "decode")) for key, value in run(self, name, inputs).items()
        },
    )
    path = zoo865.export(tiny_run("vae"), tmp_path / "x")
    details = read_details(path)
    assert sorted(os.listdir(path / "onnx")) == ["encode.onnx", "generate.onnx", "weights.bin"]
    assert sorted(details["onnx"]) == ["encode", "generate"]
    assert "differs by 0.25" in details["not_in_onnx"]["decode"]


def test_the_command_says_what_is_in_onnx(zoo, tiny_run):
    code, out, err = zoo("export", tiny_run("vae").path, "one", "--json")
    document = json.loads(out)
    assert (code, err, document["export"]) == (0, "", "one")
    assert list(document["signatures"]) == list(document["onnx"]) == ["encode", "generate", "decode"]
    assert 0 <= document["largest_difference"] < 1e-4
    code, out, err = zoo("export", tiny_run("vae").path, "two", "--no-onnx")
    assert (code, err) == (0, "")
    assert "in ONNX: none" in out
    with pytest.raises(zoo865.ZooError, match=r"two has no encode\.onnx"):
        zoo865.Predictor("two", engine="onnx")
    assert zoo865.Predictor("two").engine == "tensorflow"


@pytest.mark.parametrize("damage", ["cut", "of another model", "gone"])
def test_a_file_that_is_another_is_named(tiny_run, tmp_path, damage):
    copy = shutil.copytree(tiny_run("mnist_cnn").export_path, tmp_path / "copy")
    file = copy / "onnx" / "serve.onnx"
    if damage == "cut":
        os.truncate(file, 1000)
    elif damage == "gone":
        file.unlink()
    else:
        shutil.copy(tiny_run("dqn_cartpole").export_path / "onnx" / "serve.onnx", file)
    said = "has no serve.onnx" if damage == "gone" else r"serve\.onnx or its weights\.bin does not match the export"
    with pytest.raises(zoo865.ZooError, match=said):
        zoo865.Predictor(copy, engine="onnx")


def test_files_of_earlier_versions_are_asked(tiny_run, tmp_path):
    """They stood alone, with what they are beside them; damage is found by ONNX Runtime."""
    run = tiny_run("mnist_cnn")
    old = shutil.copytree(run.export_path / "onnx", tmp_path / "onnx-1")
    details = read_details(run.export_path)
    del details["onnx"], details["not_in_onnx"]
    (old / "zoo865.json").write_text(json.dumps(details))
    image = run.data.test.take([0])["image"][0]
    assert zoo865.Predictor(old).predict(image) == zoo865.Predictor(run).predict(image)
    os.truncate(old / "serve.onnx", 1000)
    with pytest.raises(zoo865.ZooError, match=r"cannot load .*serve\.onnx"):
        zoo865.Predictor(old)


ASKED = """
import sys
for package in ("tensorflow", "keras"):
    sys.modules[package] = None  # importing it fails, as where it is not installed
import zoo865
predictor = zoo865.Predictor(sys.argv[1])
print(predictor.engine, len(predictor.{what}))
try:
    zoo865.Predictor(sys.argv[1], engine="tensorflow")
except zoo865.ZooError as error:
    print(error)
heavy = ("scipy", "matplotlib", "pandas", "jax", "gymnasium", "tf2onnx", "onnx")
print([name for name in heavy if name in sys.modules])
"""


@pytest.mark.agents
def test_an_agent_plays_without_tensorflow_as_its_keras_model_does(tiny_run, tmp_path):
    from zoo865.exporting.play import play

    run = tiny_run("dqn_cartpole")
    code = "import sys\nsys.modules['tensorflow'] = sys.modules['keras'] = None\n"
    code += "from zoo865.exporting.play import play\nprint(play(sys.argv[1], episodes=3)['returns'])"
    done = subprocess.run([sys.executable, "-c", code, run.path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    copy = shutil.copytree(run.path, tmp_path / "run", ignore=shutil.ignore_patterns("export"))
    assert json.loads(done.stdout) == play(copy, episodes=3)["returns"]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("mnist_cnn", "predict(__import__('numpy').zeros((28, 28, 1), 'uint8'))"),
        ("dqn_cartpole", "predict([0.0, 0.1, 0.2, 0.3])"),
        ("dcgan", "generate(1)"),
    ],
)
def test_asking_imports_neither_tensorflow_nor_keras(name, what, tiny_run):
    command = [sys.executable, "-c", ASKED.replace("{what}", what), tiny_run(name).path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answered, without, heavy = done.stdout.splitlines()
    assert (answered, heavy) == ("onnx 1", "[]")
    assert "needs TensorFlow, which is not installed" in without


def test_more_than_go_through_a_network_together_are_answered_alike(tiny_run):
    """Whatever the batch, memory stays bounded: 64 at a time."""
    run = tiny_run("mnist_cnn")
    images = run.data.test.take(np.arange(130))["image"]
    predictor = zoo865.Predictor(run, engine="onnx")
    whole = predictor.run("serve", image=images)
    assert [len(array) for array in whole.values()] == [130] * len(whole)
    for start in (0, 64, 129):
        one = predictor.run("serve", image=images[start : start + 1])
        np.testing.assert_allclose(whole["probabilities"][start], one["probabilities"][0], atol=1e-5)
    with pytest.raises(zoo865.ZooError, match=r"shape \(1, 32, 32, 1\)"):
        predictor.run("serve_float", image=np.zeros((1, 32, 32, 1), "float32"))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or os.cpu_count() < 2, reason="needs cores to be kept to")
def test_it_keeps_to_the_cores_that_it_was_given(tiny_run):
    """ONNX Runtime 1.32 counts the machine's cores, and binds its threads to them whatever the process may use."""
    code = """if True:
        import os, sys
        one = {min(os.sched_getaffinity(0))}
        os.sched_setaffinity(0, one)
        import numpy as np, zoo865
        predictor = zoo865.Predictor(sys.argv[1], engine="onnx")
        for _ in range(30):
            predictor.run("serve", image=np.zeros((64, 28, 28, 1), "uint8"))
        assert all(os.sched_getaffinity(int(thread)) == one for thread in os.listdir("/proc/self/task"))
    """
    done = subprocess.run([sys.executable, "-c", code, tiny_run("mnist_cnn").path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
