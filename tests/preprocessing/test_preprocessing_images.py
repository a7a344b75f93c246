"""`prepare_images` against NumPy and Pillow, and in everything that runs it: TensorFlow, tf.data, XLA, ONNX Runtime."""

import functools
import types

import numpy as np
import PIL
import pytest
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from zoo865.data import pictures
from zoo865.preprocessing.images import prepare_images, resize_antialiased

pytestmark = pytest.mark.fast

DIGITS = {"shape": (28, 28, 1), "ink": "light", "ink_margin": 4}
KINDS = {
    "digits": DIGITS,
    "colour": {"shape": (32, 32, 3), "ink": "light", "ink_margin": 2},
    "dark": {"shape": (28, 28, 1), "ink": "dark", "ink_margin": 4},
    "resized": {"shape": (28, 28, 1), "ink": "light"},
    "oblong": {"shape": (20, 33, 3), "ink": "dark", "ink_margin": 0},
    "photos": {"shape": (20, 33, 3), "crop": True},
}
ROUNDED = 1 / 255 + 1e-6


def strokes(random, width, height):
    """Light strokes, ellipses and letters on black, thick and thin."""
    image = Image.new("L", (width, height))
    draw, size = ImageDraw.Draw(image), min(width, height)
    for kind in random.integers(0, 4, random.integers(1, 4)):
        (left, right), (top, bottom) = np.sort(random.uniform(0.03, 0.97, (2, 2)), axis=1) * [[width], [height]]
        thick = max(1, int(size * random.choice([0.004, 0.02, 0.06, 0.12])))
        if kind == 0:
            points = random.uniform(0.03, 0.97, (4, 2)) * (width, height)
            draw.line([tuple(point) for point in points], fill=255, width=thick, joint="curve")
        elif kind == 1:
            draw.ellipse((left, top, right, bottom), outline=255, width=thick)
        elif kind == 2:
            letter = random.choice(list("2RS7gk&1|"))
            draw.text((left / 2, top / 2), letter, fill=255, font_size=max(8, int(size * random.uniform(0.3, 0.8))))
        else:
            draw.arc((left, top, right, bottom), *random.uniform(0, 360, 2), fill=255, width=thick)
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 2))) if random.integers(2) else image


def drawing(index):
    """What a person might hand in: any size and mode, ink of either kind, greyish grounds, noise, or nothing at all."""
    random = np.random.default_rng(index)
    width, height = (28, 28) if index % 10 == 0 else map(int, np.geomspace(20, 400, 200)[random.integers(0, 200, 2)])
    ground, ink = random.integers(0, 60), random.integers(120, 256)
    mask = np.asarray(strokes(random, width, height), "float32")[..., None] / 255 * (index % 25 != 24)
    pixels = ground + (ink - ground) * mask + random.normal(0, random.choice([0, 1, 4]), mask.shape)
    pixels = 255 - pixels if random.integers(2) else pixels
    mode = ("L", "RGB", "RGBA", "LA")[index % 4]
    if mode.startswith("RGB"):
        pixels = pixels + random.uniform(-15, 15, 3)
    if mode.endswith("A"):
        fade = random.choice([0, 40]) * np.linspace(0, 1, width)[None, :, None]
        pixels = np.concatenate([pixels, 255 - fade + np.zeros((height, 1, 1))], axis=2)
    return Image.fromarray(np.uint8(np.clip(np.round(pixels), 0, 255)).squeeze())


def batch_of(image):
    """A PIL image as (1, height, width, channels)."""
    return np.asarray(image).reshape(1, image.height, image.width, -1)


def by_pictures(image, shape, ink="", ink_margin=None, crop=False):
    """What NumPy and Pillow make of it, in [0, 1]."""
    feature = types.SimpleNamespace(shape=shape, ink=ink, ink_margin=ink_margin, crop=crop)
    return pictures.as_trained(pictures.from_pil(image, shape[2]), feature)[0] / 255


@functools.cache
def graph(kind, channels, **options):
    """`prepare_images` traced once, for every size."""
    spec = tf.TensorSpec((None, None, None, channels), tf.uint8, name="image")
    function = functools.partial(prepare_images, **KINDS[kind], **options)
    return tf.function(function, input_signature=[spec], autograph=False)


def some_batch(shape):
    """uint8 drawings (batch, height, width, channels), every second one inverted."""
    count, height, width, channels = shape
    random = np.random.default_rng(0)
    images = np.zeros(shape, "uint8")
    for index in range(count):
        images[index] = np.asarray(strokes(random, width, height))[..., None] // 2 + 40
        images[index] = 255 - images[index] if index % 2 else images[index]
    images[..., -1] = images[..., -1] if channels % 2 else 255 - images[..., -1] // 4
    return images


# From version 13 Pillow resizes some images downwards first, which rounds otherwise, and ties fall otherwise.
@pytest.mark.skipif(int(PIL.__version__.split(".")[0]) < 13, reason="it is Pillow 13 that is reproduced")
@pytest.mark.parametrize(("kind", "count"), [("digits", 500), ("colour", 60), ("dark", 60), ("oblong", 60)])
def test_framing_equals_numpy_and_pillow(kind, count):
    others = {}
    for index in range(count):
        image = drawing(index)
        found = graph(kind, None)(batch_of(image))[0]
        difference = np.abs(found - by_pictures(image, **KINDS[kind])).max()
        if difference > 1e-6:
            others[index] = image.mode, image.size, difference * 255
    assert not others


@pytest.mark.parametrize("options", [{"ink": "light"}, {"ink": "dark"}, {}, {"crop": True}])
def test_resizing_equals_pillow_to_its_rounding(options):
    for index in range(20 if options else 60):
        image = drawing(index)
        shape = ((28, 28, 1), (32, 20, 3))[index % 2]
        found = prepare_images(batch_of(image), shape=shape, **options)[0]
        np.testing.assert_allclose(found, by_pictures(image, shape, **options), atol=ROUNDED)


@pytest.mark.parametrize("size", [(100, 64), (17, 90), (28, 40)])
def test_resize_antialiased_equals_pillow(size):
    image = np.random.default_rng(0).integers(0, 256, (1, *size, 3)).astype("uint8")
    pillow = Image.fromarray(image[0])
    whole = pillow.resize((33, 20), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resize_antialiased(image, (20, 33))[0], np.asarray(whole), atol=1.001)
    centre = ImageOps.fit(pillow, (33, 20), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resize_antialiased(image, (20, 33), crop=True)[0], np.asarray(centre), atol=1.001)


@pytest.mark.parametrize("channels", [2, 4, None])
def test_transparency_is_laid_on_white_as_pillow_does(channels):
    colour, alpha = np.meshgrid(np.arange(256, dtype="uint8"), np.arange(256, dtype="uint8"))
    image = Image.fromarray(np.dstack([colour, *[colour.T, 255 - colour][: 2 * (channels == 4)], alpha]))
    function = tf.function(functools.partial(prepare_images, shape=(256, 256, 3)), autograph=False)
    traced = function.get_concrete_function(tf.TensorSpec((None, 256, 256, channels), tf.uint8))
    white = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB")
    np.testing.assert_array_equal(np.round(traced(tf.constant(batch_of(image)))[0] * 255), np.asarray(white))


@pytest.mark.parametrize("channels", [3, None])
def test_colours_become_grey_as_pillow_does(channels):
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 300, 3)).astype("uint8"))
    function = tf.function(functools.partial(prepare_images, shape=(300, 300, 1)), autograph=False)
    traced = function.get_concrete_function(tf.TensorSpec((None, 300, 300, channels), tf.uint8))
    found = traced(tf.constant(batch_of(image)))[0, ..., 0]
    np.testing.assert_array_equal(np.round(found * 255), np.asarray(image.convert("L")))


def test_a_framed_drawing_fills_the_frame_around_its_mass():
    for index in range(40):
        image = strokes(np.random.default_rng(index), 150 + index, 190 - index)
        image = image.point(lambda value: 20 + value // 2)
        (found,) = graph("digits", 1)(batch_of(image)).numpy()[..., 0]
        rows, columns = (np.flatnonzero(found.any(axis)) for axis in (1, 0))
        spans = [places[-1] - places[0] + 1 for places in (rows, columns)]
        assert max(spans) in (20, 21)
        for places, axis in ((rows, 1), (columns, 0)):
            centre = found.sum(axis) @ (np.arange(28) + 0.5) / found.sum()
            assert abs(centre - 14) < 0.6 or places[0] == 0 or places[-1] == 27  # what is central must not cut it


@pytest.mark.parametrize("kind", ["digits", "colour", "dark", "resized"])
def test_an_inverted_picture_gives_the_same(kind):
    for index in range(0, 24, 4):
        images = batch_of(drawing(index))
        np.testing.assert_array_equal(graph(kind, None)(images), graph(kind, None)(255 - images))


@pytest.mark.parametrize("size", [(28, 28), (40, 28)])
@pytest.mark.parametrize(("upper", "dark"), [(155, True), (156, False)])
def test_the_ground_is_the_median_where_half_the_border_is_dark(size, upper, dark):
    images = np.full((1, *size, 1), 100, "uint8")
    images[:, size[0] // 2 :] = upper
    assert (pictures.ground(images[0]) < 128) == dark
    expected = prepare_images(images if dark else 255 - images, shape=(28, 28, 1))
    for function in (graph("resized", 1), functools.partial(prepare_images, **KINDS["resized"])):
        np.testing.assert_allclose(function(images), expected, atol=1e-6)


@pytest.mark.parametrize("ground", [250, 170, 128, 127, 110, 90])
@pytest.mark.parametrize("kind", ["digits", "dark"])
def test_dark_ink_on_paper_in_dim_light_is_seen_as_ink(kind, ground):
    """Lit from the middle too, which is lighter than the border then."""
    draws = Image.new("L", (120, 150))
    ImageDraw.Draw(draws).text((35, 20), "7", fill=255, font_size=110)
    stroke = np.asarray(draws) / 255
    light = 5 * np.exp(-(np.linspace(-2, 2, 150)[:, None] ** 2) - np.linspace(-2, 2, 120) ** 2)
    (wanted,) = graph(kind, 1)(batch_of(draws))
    for sign in (1, -1):  # and its negative
        paper = np.clip(ground + light + (20 - ground) * stroke, 0, 255)
        image = Image.fromarray(np.uint8(np.round(paper if sign == 1 else 255 - paper)))
        (found,) = graph(kind, 1)(batch_of(image))
        np.testing.assert_allclose(found, by_pictures(image, **KINDS[kind]), atol=1e-6)
        assert np.abs(found - wanted).mean() < 0.05


def test_each_image_of_a_batch_is_framed_alone():
    images = some_batch((6, 90, 61, 1))
    images[4] = 77  # an empty sheet
    together = graph("digits", 1)(images)
    for index in range(6):
        np.testing.assert_array_equal(together[index], graph("digits", 1)(images[index : index + 1])[0])


def test_ink_that_vanishes_leaves_an_empty_frame():
    images = np.zeros((1, 1000, 1000, 1), "uint8")
    images[:, (10, 990), (10, 990)] = 255  # two dots: nothing is left of them at a fiftieth of the size
    np.testing.assert_array_equal(graph("digits", 1)(images), np.zeros((1, 28, 28, 1)))


def test_binary_images():
    images = batch_of(drawing(1))
    expected = graph("digits", None)(images) >= 0.5
    np.testing.assert_array_equal(graph("digits", None, binary=True)(images), np.float32(expected))


@pytest.mark.parametrize("kind", ["digits", "colour", "resized"])
@pytest.mark.parametrize("size", [(28, 28), (32, 32), (50, 40)])
def test_no_images_give_none(kind, size):
    images = np.zeros((0, *size, 1), "uint8")
    for function in (graph(kind, None), functools.partial(prepare_images, **KINDS[kind])):
        assert function(images).shape == (0, *KINDS[kind]["shape"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_graph_holds(kind):
    """Nothing random, no state, no loop; and the shape is known although the sizes are not."""
    traced = graph(kind, None).get_concrete_function()
    assert traced.output_shapes.as_list() == [None, *KINDS[kind]["shape"]]
    definition = traced.graph.as_graph_def()
    nodes = [*definition.node, *(node for function in definition.library.function for node in function.node_def)]
    assert not [node.op for node in nodes if any(word in node.op for word in ("Random", "Assign", "While", "Var"))]


def test_a_picture_that_fits_costs_a_cast_and_a_division():
    spec = tf.TensorSpec((None, 28, 28, 1), tf.uint8)
    traced = tf.function(functools.partial(prepare_images, shape=(28, 28, 1))).get_concrete_function(spec)
    assert {"Placeholder", "Cast", "Const", "RealDiv", "Identity"} == {
        operation.type for operation in traced.graph.get_operations()
    }


def test_tf_data_knows_the_shape():
    data = tf.data.Dataset.from_tensor_slices(some_batch((6, 40, 30, 3))).batch(3, drop_remainder=True)
    data = data.map(functools.partial(prepare_images, **DIGITS))
    assert data.element_spec.shape == (3, 28, 28, 1)
    np.testing.assert_allclose(next(iter(data)), graph("digits", None)(some_batch((6, 40, 30, 3))[:3]), atol=1e-6)


def test_xla_compiles_it():
    images = some_batch((3, 60, 41, 4))
    compiled = tf.function(functools.partial(prepare_images, **DIGITS), jit_compile=True)
    np.testing.assert_allclose(compiled(images), graph("digits", None)(images), atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 28, 28, 1), (2, 60, 28, 1)])
def test_xla_compiles_a_graph_of_open_sizes(shape):
    """For images of at least the model's size: it compiles both branches, and they must agree in shape."""
    images, function = some_batch(shape), graph("digits", 1)
    np.testing.assert_allclose(tf.function(function, jit_compile=True)(images), function(images), atol=1e-6)


@pytest.mark.parametrize(("kind", "channels"), [("digits", 1), ("digits", None), ("photos", 4)])
def test_onnx_runtime_gives_the_same(kind, channels, tmp_path):
    tf2onnx, onnxruntime = pytest.importorskip("tf2onnx"), pytest.importorskip("onnxruntime")
    function = graph(kind, channels)
    tf2onnx.convert.from_function(function, function.input_signature, output_path=tmp_path / "images.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "images.onnx")
    sizes = [(28, 28), (90, 61), (31, 200), (28, 40), (9, 50), (1, 1), KINDS[kind]["shape"][:2]]
    for index, (height, width) in enumerate(sizes):
        for count in (index % 4 + 1, 0):
            images = some_batch((count, height, width, channels or index % 4 + 1))
            expected, (found,) = function(images), session.run(None, {"image": images})
            assert found.shape == expected.shape == (count, *KINDS[kind]["shape"])
            np.testing.assert_allclose(found, expected, atol=1e-5)
