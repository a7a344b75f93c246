"""ONNX files against the Keras model they were made from, and against the SavedModel."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest
from systems import one_of_each_builder

import zoo865
from zoo865.data.features import Image, Label
from zoo865.data.spec import Spec
from zoo865.tasks.image_classification import ImageClassification

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")

NAMES = one_of_each_builder()


def onnx_of(run):
    return run.export_path.with_name("onnx-1")


@pytest.mark.parametrize("name", NAMES)
def test_every_signature_gives_what_the_model_gives(name, tiny_onnx_run):
    """By ONNX Runtime alone, at several batches, on other images than those the export was checked with."""
    run = tiny_onnx_run(name)
    signatures = run.recipe.task.signatures(run.model, run.spec, run.data.test.take(np.arange(13)))
    signatures = {key: signature for key, signature in signatures.items() if signature.in_onnx}
    files = {f"{signature}.onnx" for signature in signatures}
    assert set(os.listdir(onnx_of(run))) == {*files, "zoo865.json", *["class_names.txt"][: len(run.spec.class_names)]}
    for signature_name, signature in signatures.items():
        session = onnxruntime.InferenceSession(onnx_of(run) / f"{signature_name}.onnx")
        assert [given.name for given in session.get_inputs()] == list(signature.inputs)
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
def test_images_of_any_size(name, tiny_onnx_run):
    predictors = [zoo865.Predictor(tiny_onnx_run(name).path, engine=engine) for engine in ("tensorflow", "onnx")]
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
def test_the_folder_can_be_copied_alone(name, tiny_onnx_run, tmp_path):
    """Details and class names go with it; both engines answer alike, for any number of examples."""
    run = tiny_onnx_run(name)
    copy = shutil.copytree(onnx_of(run), tmp_path / "copy")
    details = json.loads((copy / "zoo865.json").read_text())
    saved = json.loads((run.export_path / "assets.extra" / "zoo865.json").read_text())
    assert 0 <= details.pop("largest_difference") < 1e-4
    loops = saved["signatures"].keys() - details["signatures"].keys()
    assert loops <= {"generate"}
    saved["signatures"] = {key: value for key, value in saved["signatures"].items() if key not in loops}
    assert details == {key: value for key, value in saved.items() if key != "largest_difference"}
    if run.spec.class_names:
        assert (copy / "class_names.txt").read_text().split() == list(run.spec.class_names)
    engines = zoo865.Predictor(run.path), zoo865.Predictor(copy, engine="onnx")
    first, signature = next(
        iter(run.recipe.task.signatures(run.model, run.spec, run.data.test.take([0, 1, 2])).items())
    )
    for count in (1, 5, 70):
        given = {key: np.resize(array, (count, *array.shape[1:])) for key, array in signature.sample.items()}
        saved, onnx = (engine.run(first, **given) for engine in engines)
        assert saved.keys() == onnx.keys()
        for output, value in saved.items():
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
    path = zoo865.export(model, tmp_path / "colour", format="onnx", task=ImageClassification(), spec=spec)
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


def test_what_onnx_has_not_is_refused_and_nothing_is_left(tmp_path, capfd):
    """tf2onnx ends well there, and leaves a file that does not load."""
    spec = Spec({"image": Image((12, 12, 1))}, {"label": Label(("no", "yes"))})
    model = keras.Sequential([keras.Input((12, 12, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    capfd.readouterr()
    with pytest.raises(zoo865.ZooError, match="BitwiseXor"):
        zoo865.export(model, tmp_path / "x", format="onnx", task=Unsupported(), spec=spec)
    assert os.listdir(tmp_path) == []
    assert capfd.readouterr() == ("", "")


def test_an_export_that_differs_is_refused_and_nothing_is_left(tiny_onnx_run, tmp_path, monkeypatch):
    from zoo865.exporting.onnx_engine import OnnxEngine

    run = OnnxEngine.run
    monkeypatch.setattr(
        OnnxEngine,
        "run",
        lambda self, name, inputs: {k: v + v.dtype.type(0.25) for k, v in run(self, name, inputs).items()},
    )
    with pytest.raises(zoo865.ZooError, match=r"differs by 0\.25"):
        zoo865.export(tiny_onnx_run("vae"), tmp_path / "x", format="onnx")
    assert os.listdir(tmp_path) == []


def test_command_prints_the_difference_and_nothing_of_tf2onnx(zoo, tiny_run):
    code, out, err = zoo("export", tiny_run("vae").path, "one", "--format", "onnx", "--json")
    document = json.loads(out)
    assert (code, err, document["export"]) == (0, "", "one")
    assert list(document["signatures"]) == ["encode", "generate", "decode"]
    assert 0 <= document["largest_difference"] < 1e-4


def test_a_missing_onnx_export_says_how_to_write_it(tiny_run):
    path = tiny_run("mnist_cnn").path
    with pytest.raises(zoo865.ZooError, match=f"zoo865 export {path} --format onnx"):
        zoo865.Predictor(path, engine="onnx")


def test_a_damaged_file_is_named(tiny_onnx_run, tmp_path):
    copy = shutil.copytree(onnx_of(tiny_onnx_run("mnist_cnn")), tmp_path / "copy")
    os.truncate(copy / "serve.onnx", 1000)
    with pytest.raises(zoo865.ZooError, match=r"cannot load .*serve\.onnx"):
        zoo865.Predictor(copy, engine="onnx")
    (copy / "serve.onnx").unlink()
    with pytest.raises(zoo865.ZooError, match=r"cannot load .*serve\.onnx"):
        zoo865.Predictor(copy, engine="onnx")


def test_without_the_extra_the_command_to_install_it_is_said(tiny_onnx_run, tmp_path):
    """In a fresh process that can import first one, then the other no more; asking needs ONNX Runtime alone."""
    script = """
import sys
import zoo865
for package in ("tf2onnx", "onnxruntime"):
    sys.modules[package] = None  # importing it fails from here on
    for ask in (lambda: zoo865.export(sys.argv[1], sys.argv[2], format="onnx"),
                lambda: zoo865.Predictor(sys.argv[1], engine="onnx")):
        try:
            ask()
            print("done")
        except zoo865.ZooError as error:
            print(error)
    del sys.modules[package]
"""
    arguments = [str(tiny_onnx_run("mnist_cnn").path), str(tmp_path / "x")]
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True)
    without = {name: f"{name} is not installed; pip install 'zoo865[onnx]'" for name in ("tf2onnx", "onnxruntime")}
    said = [without["tf2onnx"], "done", without["onnxruntime"], without["onnxruntime"]]
    assert done.stdout.splitlines() == said, done.stderr
    assert os.listdir(tmp_path) == []
