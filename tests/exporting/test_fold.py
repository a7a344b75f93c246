"""Batch normalisation folded into the layers before it, against the model that has it."""

import keras
import numpy as np
import pytest
from keras import layers

from zoo865.exporting.fold import folded
from zoo865.layers.batch_normalization import BatchNormalization
from zoo865.tasks.classification import with_features

IMAGES = np.random.default_rng(1).normal(size=(4, 12, 12, 3)).astype("float32")


def shaken(model):
    """With numbers of every size in place of the ones and zeros of a fresh normalisation."""
    random = np.random.default_rng(0)
    drawn = [random.normal(size=weight.shape) * 0.3 for weight in model.weights]
    pairs = zip(model.weights, drawn, strict=True)
    model.set_weights([np.abs(one) + 0.1 if "variance" in weight.path else one for weight, one in pairs])
    return model


def normalisations(model) -> int:
    return sum(isinstance(layer, layers.BatchNormalization) for layer in model._flatten_layers())


def graph(*steps):
    image = x = keras.Input(IMAGES.shape[1:])
    for step in steps:
        x = step(x)
    return shaken(keras.Model(image, x))


def assert_gives_the_same(model, left: int, inputs=IMAGES):
    before = [np.array(weight) for weight in model.get_weights()]
    found = folded(model)
    assert normalisations(found) == left
    for ours, theirs in zip(keras.tree.flatten(found(inputs)), keras.tree.flatten(model(inputs)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    return found


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(8, 3, use_bias=False),
        layers.Conv2D(8, 3, strides=2, padding="same"),
        layers.Conv2D(6, 3, groups=3),
        layers.DepthwiseConv2D(3, depth_multiplier=2),
        layers.Dense(5),
    ],
    ids=["convolution", "with_bias", "groups", "depthwise", "dense"],
)
@pytest.mark.parametrize("kind", [layers.BatchNormalization, BatchNormalization])
def test_kernels(layer, kind):
    layer = type(layer).from_config(layer.get_config())
    assert_gives_the_same(graph(layer, kind(), layers.ReLU()), left=0)


def test_without_scale_or_centre():
    assert_gives_the_same(graph(layers.Conv2D(4, 3), layers.BatchNormalization(scale=False)), left=0)
    assert_gives_the_same(graph(layers.Conv2D(4, 3), layers.BatchNormalization(center=False)), left=0)


def test_what_cannot_be_folded_stays():
    normalise = layers.BatchNormalization
    assert_gives_the_same(graph(layers.Conv2D(4, 3, activation="relu"), normalise()), left=1)
    assert_gives_the_same(graph(layers.Conv2D(4, 3), normalise(axis=1)), left=1)
    assert_gives_the_same(graph(layers.MaxPooling2D(), normalise()), left=1)
    read_twice = graph(layers.Conv2D(4, 3), lambda x: layers.Add()([normalise()(x), x]))
    assert folded(read_twice) is read_twice
    shared = layers.Conv2D(3, 1)
    assert_gives_the_same(graph(shared, normalise(), shared, normalise()), left=2)


def test_an_output_that_is_also_normalised_stays():
    image = keras.Input(IMAGES.shape[1:])
    maps = layers.Conv2D(4, 3)(image)
    assert_gives_the_same(shaken(keras.Model(image, [maps, layers.BatchNormalization()(maps)])), left=1)


def test_chains_within_graphs_and_inputs_by_name():
    first, second = keras.Input((12, 3), name="z"), keras.Input((12, 3), name="a")
    look = keras.Sequential([layers.Dense(5, use_bias=False), layers.BatchNormalization(), layers.ReLU()])
    one, other = look(first), layers.BatchNormalization()(layers.Conv1D(5, 3)(second))
    model = shaken(keras.Model({"z": first, "a": second}, {"one": one, "other": other}))
    found = assert_gives_the_same(model, left=0, inputs={"z": IMAGES[:, 0], "a": IMAGES[:, 1]})
    assert set(found({"z": IMAGES[:, 0], "a": IMAGES[:, 1]})) == {"one", "other"}


def test_a_chain_that_was_never_called():
    chain = keras.Sequential([keras.Input((12, 12, 3)), layers.Conv2D(4, 3), layers.BatchNormalization()])
    chain.compile("adam", lambda truth, guess: guess, run_eagerly=True)
    assert_gives_the_same(shaken(chain), left=0)


def test_mobilenet():
    model = shaken(keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None))
    found = folded(model)
    assert (normalisations(model), normalisations(found)) == (52, 0)
    images = np.random.default_rng(0).random((2, 32, 32, 3)).astype("float32")
    np.testing.assert_allclose(found(images), model(images), rtol=1e-4, atol=1e-5)


def test_half_precision_and_a_model_with_its_own_call_stay_as_they_are():
    half = graph(layers.Conv2D(4, 3, dtype="mixed_bfloat16"), layers.BatchNormalization(dtype="mixed_bfloat16"))
    assert folded(half) is half

    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    own = Own()
    own(IMAGES)
    assert folded(own) is own


def test_what_the_last_layer_reads_of_inputs_without_names():
    """A model is called as it was built: with a dict, here of inputs that Keras named."""
    first, second = keras.Input((3,)), keras.Input((3,))
    logits = layers.Dense(2)(layers.Concatenate()([first, second]))
    model = keras.Model({"one": first, "other": second}, logits)
    given = {"one": IMAGES[:, 0, 0], "other": IMAGES[:, 0, 1]}
    features, found = with_features(model)(given)
    np.testing.assert_allclose(features, np.concatenate(list(given.values()), -1))
    np.testing.assert_allclose(found, model(given), rtol=1e-6)
    chain = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(2)])
    features, found = with_features(chain)(given["one"])
    np.testing.assert_allclose(features, chain.layers[0](given["one"]), rtol=1e-6)
    assert with_features(keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 3)])) is None
