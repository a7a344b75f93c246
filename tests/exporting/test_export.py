import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf

import zoo865
from zoo865.data.features import Image, Label
from zoo865.data.spec import Spec
from zoo865.exporting import check_subprocess
from zoo865.metrics.feature_distance import FeatureDistance
from zoo865.tasks.image_classification import ImageClassification
from zoo865.training.carried import FILE, carried

SPEC = Spec({"image": Image((12, 12, 1))}, {"label": Label(("no", "yes"))})


def model_with(*layers):
    return keras.Sequential([keras.Input((12, 12, 1)), *layers, keras.layers.Flatten(), keras.layers.Dense(2)])


def test_a_bare_model_with_dropout_and_batch_norm(tmp_path):
    """What it serves is the model at inference; class names stand beside as an asset."""
    model = model_with(keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5))
    path = zoo865.export(model, tmp_path / "served" / "1", task=ImageClassification(), spec=SPEC)
    assert (path / "assets" / "class_names.txt").read_text() == "no\nyes\n"
    loaded = tf.saved_model.load(str(path))
    image = np.random.default_rng(0).integers(0, 256, (3, 12, 12, 1)).astype("uint8")
    served = loaded.signatures["serve"](image=tf.constant(image))["probabilities"]
    np.testing.assert_allclose(served, keras.ops.softmax(model(image / 255.0, training=False)), atol=1e-6)
    any_size = tf.constant(np.zeros((2, 50, 31, 1), "uint8"))
    assert loaded.signatures["serve"](image=any_size)["probabilities"].shape == (2, 2)
    float_image = tf.constant(np.float32(image / 255))
    np.testing.assert_allclose(loaded.signatures["serve_float"](image=float_image)["probabilities"], served, atol=1e-5)


class Serving(ImageClassification):
    """Serves any function under the name "serve"."""

    served = None

    def signatures(self, model, spec, examples):
        return {"serve": dataclasses.replace(super().signatures(model, spec, examples)["serve"], function=self.served)}


def test_it_is_checked_where_there_is_neither_zoo865_nor_keras(tiny_run, tmp_path):
    """The process that `export` starts, looked at from within: what it answers is what the model gives."""
    run = tiny_run("mnist_cnn")
    [(name, signature)] = list(run.recipe.task.signatures(run.model, run.spec, run.data.test.take([3, 5])).items())[:1]
    np.savez(tmp_path / f"{name}.in.npz", **signature.sample)
    script = Path(check_subprocess.__file__)
    code = f"import runpy, sys; sys.argv[0] = {str(script)!r}; runpy.run_path({str(script)!r}, run_name='__main__')\n"
    code += "for package in ('zoo865', 'keras'):\n    assert sys.modules[package] is None"
    done = subprocess.run([sys.executable, "-c", code, run.export_path, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / f"{name}.out.npz") as found:
        for output, value in signature.function(*signature.sample.values()).items():
            np.testing.assert_allclose(found[output], value, rtol=1e-5, atol=1e-5)


class Noisy(Serving):
    def served(self, image):
        return {"x": keras.random.uniform((2,)) + 0 * keras.ops.mean(keras.ops.cast(image, "float32"))}


def test_a_graph_with_random_numbers_is_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(zoo865.ZooError, match="Random"):
        zoo865.export(model_with(), tmp_path / "x", task=Noisy(), spec=SPEC)
    assert os.listdir(tmp_path) == []


class Wrong(Serving):
    """Serves another function than it is checked against."""

    def served(self, image):
        return {"x": keras.ops.ones((2,)) * (1.0 if tf.executing_eagerly() else 2.0)}


def test_batch_normalisation_is_folded_in_both_forms(tiny_run):
    path = tiny_run("mnist_cnn").export_path
    served = tf.saved_model.load(str(path)).signatures["serve"].graph.as_graph_def()
    nodes = [*served.node, *(node for function in served.library.function for node in function.node_def)]
    assert any(node.op == "Conv2D" for node in nodes)
    assert not [node.op for node in nodes if "BatchNorm" in node.op or node.op == "Rsqrt"]
    graph = onnx.load(path / "onnx" / "serve.onnx", load_external_data=False).graph
    assert "Conv" in {node.op_type for node in graph.node}
    assert "BatchNormalization" not in {node.op_type for node in graph.node}


def test_an_answer_tells_how_far_its_example_lies_from_the_training_data(tiny_run):
    """By the features that it gives itself; noise is noted, digits are not."""
    run = tiny_run("mnist_cnn")
    predictor = zoo865.Predictor(run)
    told = predictor.details["feature_distance"]
    assert (told["training_examples"], told["validation_examples"]) == (len(run.data.train), len(run.data.validation))
    training, validation, asked = (
        predictor.run("features", image=split.take(np.arange(len(split)))["image"])["features"]
        for split in (run.data.train, run.data.validation, run.data.test)
    )
    expected = FeatureDistance.from_features(training, validation)
    found = predictor.run("serve", image=run.data.test.take(np.arange(len(asked)))["image"])["distance"]
    np.testing.assert_allclose(found, expected(asked), rtol=1e-2)
    assert expected.threshold == pytest.approx(told["threshold"], rel=1e-2)
    assert np.mean(found > 1) < 0.05
    noise = np.random.default_rng(0).integers(0, 256, (30, 28, 28, 1)).astype("uint8")
    noted = [answer["notes"] for answer in predictor.predict(noise, notes=True)]
    assert np.mean(["unlike the training data" in notes for notes in noted]) > 0.9
    nearest = int(np.argmin(found))
    answer = predictor.predict(run.data.test.take([nearest])["image"][0], notes=True)[0]
    assert answer["distance"] == pytest.approx(found[nearest], rel=1e-4)
    assert answer["notes"] == []


def test_a_run_carries_what_its_export_needs_of_the_data(tiny_run):
    run = tiny_run("mnist_cnn")
    assert (run.path / FILE).is_file()
    examples, distance = carried(run)
    np.testing.assert_array_equal(examples["image"], run.data.validation.take(np.arange(8))["image"])
    assert distance.about() == zoo865.Predictor(run).details["feature_distance"]


def test_an_export_that_differs_is_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(zoo865.ZooError, match="differs by 1"):
        zoo865.export(model_with(), tmp_path / "x", task=Wrong(), spec=SPEC)
    assert os.listdir(tmp_path) == []


def test_a_model_of_no_numbers_is_refused(tmp_path):
    model = model_with()
    model.set_weights([np.full(weight.shape, np.nan) for weight in model.get_weights()])
    with pytest.raises(zoo865.ZooError, match="NaN"):
        zoo865.export(model, tmp_path / "x", task=ImageClassification(), spec=SPEC)
    assert os.listdir(tmp_path) == []


def test_a_bare_model_needs_its_task(tmp_path):
    with pytest.raises(zoo865.ZooError, match="task="):
        zoo865.export(model_with(), tmp_path / "x")


def test_predictor_reads_people_s_pictures(tmp_path, tiny_run):
    """A file dark on light and one light on dark get the same answer, and it is said which was turned."""
    from PIL import Image

    run = tiny_run("mnist_cnn")
    predictor = zoo865.Predictor(run.export_path)
    images = run.data.test.take(np.arange(20))["image"]
    image = images[predictor.run("serve", image=images)["distance"].argmin()]
    for name, picture in (("light", image), ("dark", 255 - image)):
        Image.fromarray(picture[..., 0]).save(tmp_path / f"{name}.png")
    light, dark = predictor.predict([tmp_path / "light.png", tmp_path / "dark.png"], notes=True)
    assert light["probabilities"] == dark["probabilities"]
    assert (light["notes"], dark["notes"]) == ([], ["inverted: dark ink on light"])
    assert predictor.predict(str(tmp_path / "light.png"))[0]["label"] == light["label"]
    assert predictor.predict(Image.fromarray(image[..., 0]))[0]["label"] == light["label"]


def test_predictor_traces_few_shapes(tiny_run):
    predictor = zoo865.Predictor(tiny_run("mnist_cnn").path, engine="tensorflow")
    engine = predictor._loaded["tensorflow"]
    shapes, run = set(), engine.functions["serve"]
    engine.functions["serve"] = lambda image: shapes.add(image.shape[0]) or run(image=image)
    images = np.zeros((150, 28, 28, 1), "uint8")
    for count in (1, 2, 5, 8, 9, 63, 64, 65, 150):
        assert len(predictor.predict(images[:count])) == count
    assert shapes <= {1, 8, 64}


def test_predictor_runs_other_signatures_and_names_those_there_are(tiny_run):
    predictor = zoo865.Predictor(tiny_run("vae").path)
    noise = np.random.default_rng(0).standard_normal((5, 2)).astype("float32")
    images = predictor.run("generate", normal_noise=noise)["image"]
    assert images.shape == (5, 28, 28, 1)
    assert 0 <= images.min() <= images.max() <= 1
    np.testing.assert_array_equal(predictor.run("decode", latent=noise)["image"], images)
    with pytest.raises(zoo865.ZooError, match="encode, generate, decode"):
        predictor.run("classify", image=noise)


def test_an_array_of_the_model_s_shape_is_asked_as_it_is(tiny_run):
    """Floats in [0, 1], images without a channel axis and grey ones in three channels mean the same."""
    predictor = zoo865.Predictor(tiny_run("mnist_cnn").path)
    image = np.random.default_rng(0).integers(0, 256, (28, 28, 1)).astype("uint8")
    [answer] = predictor.predict(image)
    served = predictor.run("serve", image=image[None])["probabilities"][0]
    assert [answer["probabilities"][str(label)] for label in range(10)] == served.tolist()
    for same in (image[..., 0], image / 255, np.repeat(image, 3, axis=-1)):
        assert predictor.predict([same]) == [answer]


def test_unknown_engines_are_named(tmp_path):
    with pytest.raises(zoo865.ZooError, match="'tensorflwo'; did you mean tensorflow"):
        zoo865.Predictor(tmp_path, engine="tensorflwo")


def test_what_is_no_export_is_said_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    with pytest.raises(zoo865.ZooError, match="photos is neither an export nor a run"):
        zoo865.Predictor("photos")


ASKS_A_THOUSAND_TIMES = """
import os, sys
import numpy as np
import zoo865

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

predictor = zoo865.Predictor(sys.argv[1], engine=sys.argv[2])
image = np.random.default_rng(0).integers(0, 256, (28, 28, 1)).astype("uint8")
for _ in range(100):
    predictor.predict(image)
before = resident()
for _ in range(1000):
    predictor.predict(image)
print((resident() - before) / 1e6)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="resident memory is read as Linux tells it")
@pytest.mark.parametrize("engine", ["tensorflow", "onnx"])
def test_a_thousand_predictions_keep_memory(tiny_run, engine):
    """In a fresh process, where no memory that others have freed hides what these keep."""
    path = tiny_run("mnist_cnn").export_path
    done = subprocess.run(
        [sys.executable, "-c", ASKS_A_THOUSAND_TIMES, str(path), engine], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 10
