"""Batch normalisation, against Keras' own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo865.layers.batch_normalization import BatchNormalization

pytestmark = pytest.mark.fast


def maps(shape=(6, 5, 4, 3)):
    return (np.random.default_rng(0).normal(2, 3, shape) * np.arange(1, shape[-1] + 1)).astype("float32")


def both_normalisations(channels=3, **arguments):
    """Ours and Keras', with equal weights that are not those they begin with."""
    layers = BatchNormalization(**arguments), keras.layers.BatchNormalization(**arguments)
    random = np.random.default_rng(1)
    for layer in layers:
        layer.build((None, 5, 4, channels))
    values = [random.uniform(0.5, 2, variable.shape) for variable in layers[0].variables]
    for layer in layers:
        layer.set_weights(values)
    return layers


@pytest.mark.parametrize("arguments", [{}, {"scale": False}, {"center": False}, {"momentum": 0.5, "epsilon": 0.1}])
@pytest.mark.parametrize("frozen", [False, True])
def test_batch_normalisation_equals_keras_own(arguments, frozen):
    layers = both_normalisations(**arguments)
    found = []
    for layer in layers:
        layer.trainable = not frozen
        x = tf.constant(maps())
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(y * maps()[::-1])
        gradients = tape.gradient(loss, [x, *(variable.value for variable in layer.trainable_variables)])
        found.append([y, *gradients, *layer.variables, layer(x, training=False)])
    assert len(found[0]) == len(found[1])
    for ours, peers in zip(*found, strict=True):
        np.testing.assert_allclose(ours, peers, rtol=1e-4, atol=1e-3)


def operations(layer, shape):
    """Names of what a layer does to maps in training, gradients included."""

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return tape.gradient(y, x)

    return {node.type for node in step.get_concrete_function(tf.TensorSpec(shape)).graph.get_operations()}


@pytest.mark.parametrize(
    ("precision", "channels", "one"), [("float32", 3, True), ("mixed_bfloat16", 16, True), ("mixed_bfloat16", 3, False)]
)
def test_batch_normalisation_is_one_operation_where_that_is_faster(precision, channels, one):
    layer, peer = both_normalisations(channels, dtype=precision)
    assert ("FusedBatchNormV3" in operations(layer, (8, 5, 4, channels))) == one
    assert "FusedBatchNormV3" not in operations(peer, (8, 5, 4, channels))


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("channels", [3, 16])
def test_batch_normalisation_keeps_half_precision_maps_and_float32_moments(precision, channels):
    layer, peer = both_normalisations(channels, dtype=precision)
    given = maps(shape=(6, 5, 4, channels))
    found, expected = layer(given, training=True), peer(given, training=True)
    assert found.dtype == expected.dtype == precision.removeprefix("mixed_")
    np.testing.assert_allclose(tf.cast(found, "float32"), tf.cast(expected, "float32"), atol=0.05)
    for ours, peers in zip(layer.variables, peer.variables, strict=True):
        assert ours.dtype == "float32"
        np.testing.assert_allclose(ours, peers, rtol=0.01)


def test_batch_normalisation_of_features_is_keras_own_and_saves():
    layer = BatchNormalization(momentum=0.5)
    layer(maps(shape=(64, 3)), training=True)
    np.testing.assert_allclose(layer.moving_mean, maps(shape=(64, 3)).mean(0) / 2, rtol=1e-5)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert type(again) is BatchNormalization
    assert again.momentum == 0.5
