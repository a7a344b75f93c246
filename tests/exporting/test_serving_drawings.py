"""What a served model answers to a person's drawing is what `predict` answers: the graph prepares it."""

import io
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageDraw

import zoo865
from zoo865.data import pictures


def drawings(count):
    """Digits of both inks, grey, RGB and RGBA, of any size, some of the model's own."""
    random = np.random.default_rng(34)
    for number in range(count):
        size = (28, 28) if number % 6 == 0 else tuple(random.integers(24, 200, 2))
        ground, ink = (255, 0) if number % 2 else (0, 255)
        picture = Image.new("L", size, ground)
        draw = ImageDraw.Draw(picture)
        points = [tuple(random.integers(3, np.array(size) - 3)) for _ in range(4)]
        draw.line(points, fill=ink, width=int(max(2, min(size) // 9)))
        yield picture.convert(("L", "RGB", "RGBA")[number % 3])


@pytest.fixture(scope="module")
def engines(tiny_run):
    """The predictors of a tiny digit network: TensorFlow's and ONNX Runtime's."""
    return [zoo865.Predictor(tiny_run("mnist_cnn"), engine=engine) for engine in ("tensorflow", "onnx")]


def test_the_served_graph_answers_as_predict_does(engines, tiny_run):
    """Pixels as they are to `serve`, the picture to `predict`, the picture prepared by Pillow to the Keras model."""
    run = tiny_run("mnist_cnn")
    feature, served = run.spec.image, tf.saved_model.load(str(run.export_path)).signatures["serve"]
    alike = 0
    for picture in drawings(60):
        pixels = np.asarray(picture).reshape(1, picture.height, picture.width, -1)
        by_graph = served(image=tf.constant(pixels))["probabilities"].numpy()[0]
        for engine in engines:
            np.testing.assert_allclose(engine.run("serve", image=pixels)["probabilities"][0], by_graph, atol=1e-4)
            (answer,) = engine.predict(picture)
            asked = [answer["probabilities"][name] for name in run.spec.class_names]
            np.testing.assert_allclose(asked, by_graph, atol=1e-4)
        by_pillow = pictures.as_trained(pictures.from_pil(picture, 1), feature)[0]
        logits = run.model.predict_on_batch(by_pillow[None] / np.float32(255))[0].astype("float64")
        expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        alike += bool(np.abs(expected - by_graph).max() <= 1e-4)
    assert alike >= 55  # elsewhere a pixel may differ by 1/255


def test_the_notes_say_what_the_graph_does(engines):
    (light, dark) = (
        [next(iter(drawings(1)))],
        [next(p for p in drawings(2) if p.getpixel((0, 0)) in (255, (255,) * 3))],
    )
    (said,) = (answer["notes"] for answer in engines[0].predict(light, notes=True))
    # A scribble is no digit: how far from them a tiny network finds it, hangs on how it was trained.
    assert set(said) <= {"unlike the training data"}
    (said,) = (answer["notes"] for answer in engines[0].predict(dark, notes=True))
    assert said[:2] == ["inverted: dark ink on light", "cropped and centred"]
    assert set(said[2:]) <= {"unlike the training data"}


def test_an_export_that_does_not_say_so_is_given_pictures_prepared(tiny_run, tmp_path):
    """As every export that was made before graphs prepared ink, the published ones among them."""
    import shutil

    run = tiny_run("mnist_cnn")
    copy = shutil.copytree(run.export_path, tmp_path / "old" / "1")
    details = json.loads((copy / "assets.extra" / "zoo865.json").read_text())
    assert details.pop("prepares_ink") is True
    (copy / "assets.extra" / "zoo865.json").write_text(json.dumps(details))
    old, given = zoo865.Predictor(copy), []
    old._run = lambda name, inputs: given.append(inputs["image"]) or {"probabilities": np.full((1, 10), 0.1)}
    for picture in drawings(6):
        old.predict(picture)
        (image,) = given.pop()
        assert image.shape == (28, 28, 1)
        assert pictures.ground(image) < 128


def test_bytes_and_open_files_are_asked_like_files(engines, tmp_path):
    picture = next(iter(drawings(1)))
    picture.save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    given = [tmp_path / "a.png", content, io.BytesIO(content), tf.constant(np.asarray(picture)[..., None])]
    answers = engines[0].predict(given)
    assert all(answer == answers[0] for answer in answers)
    assert len(engines[0].predict(tf.constant(np.zeros((3, 28, 28, 1), "uint8")))) == 3
    for empty in (np.zeros((0, 28, 28, 1), "uint8"), np.zeros((0, 28, 28)), np.array([]), [], tf.zeros((0, 28, 28, 1))):
        assert engines[0].predict(empty) == []
    names = np.array([tmp_path / "a.png", str(tmp_path / "a.png")], object)
    assert engines[0].predict(names) == engines[0].predict(names.astype(str)) == answers[:1] * 2
    digits = np.random.default_rng(0).integers(0, 256, (2, 28, 28)).astype("uint8")
    assert engines[0].predict(digits) == engines[0].predict(digits[..., None]) == engines[0].predict(list(digits))
    empty = engines[0].run("serve", image=np.zeros((0, 28, 28, 1), "uint8"))
    assert empty["probabilities"].shape == (0, 10)
