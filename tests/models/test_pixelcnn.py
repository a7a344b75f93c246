"""PixelCNN: no pixel sees itself or a later one, all probabilities sum to one, and drawing is drawing from them."""

import itertools

import keras
import numpy as np
import pytest
import scipy.stats
from keras import ops

from zoo865.models.pixelcnn import build_pixelcnn

pytestmark = pytest.mark.fast


def made(shape, **sizes):
    """A small network with weights that were drawn at random, so that everything matters."""
    small = {"width": 8, "narrow": 6, "blocks": 2, "rows": 2, "columns": 2, "memory": 8}
    model, random = build_pixelcnn(image_shape=shape, **{**small, **sizes}), np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(random.normal(size=variable.shape))
    return model


def test_a_pixel_sees_all_before_it_and_nothing_else():
    """By the derivative of every output with respect to every pixel, exactly."""
    import tensorflow as tf

    model = made((5, 6, 1), rows=4, columns=3)
    image = tf.constant(np.random.default_rng(1).random((1, 5, 6, 1)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(image)
        logits = tf.reshape(model.logits(image), (30,))
    seen = tf.reshape(tape.jacobian(logits, image), (30, 30)).numpy() != 0
    np.testing.assert_array_equal(seen, np.tri(30, k=-1, dtype=bool))


@pytest.mark.parametrize("shape", [(3, 3, 1), (2, 5, 1)])
def test_the_probabilities_of_all_images_sum_to_one(shape):
    images = np.array(list(itertools.product([0, 1], repeat=int(np.prod(shape)))), "float32").reshape(-1, *shape)
    nats = ops.convert_to_numpy(made(shape)(images)["nats"]).astype("float64")
    assert np.exp(-nats).sum() == pytest.approx(1, abs=1e-5)
    assert nats.std() > 1  # and they are not all alike


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-4), ("mixed_bfloat16", 0.1)])
def test_drawing_pixel_by_pixel_has_the_logits_of_the_whole_network(precision, tolerance):
    keras.config.set_dtype_policy(precision)
    try:
        draws(tolerance)
    finally:
        keras.config.set_dtype_policy("float32")


def draws(tolerance):
    model, random = made((7, 6, 1), blocks=3), np.random.default_rng(2)
    for variable in model.trainable_variables:
        variable.assign(variable / 3)  # so that logits are of the size that they are after training
    noise = random.random((16, 7, 6, 1)).astype("float32")
    image = random.integers(0, 2, noise.shape).astype("float32")
    known = np.zeros_like(noise)
    known[:, :4] = 1
    drawn, logits = map(ops.convert_to_numpy, model.complete(noise, image, known))
    whole = ops.convert_to_numpy(model.logits(drawn))
    np.testing.assert_allclose(logits, whole, rtol=tolerance, atol=tolerance * np.abs(whole).max())
    np.testing.assert_array_equal(drawn[:, :4], image[:, :4])
    clear = np.abs(noise - 1 / (1 + np.exp(-whole))) > tolerance
    np.testing.assert_array_equal((noise < 1 / (1 + np.exp(-whole)))[:, 4:][clear[:, 4:]], drawn[:, 4:][clear[:, 4:]])


def test_images_are_drawn_as_often_as_they_are_likely():
    model = made((2, 2, 1))
    images = np.array(list(itertools.product([0, 1], repeat=4)), "float32").reshape(-1, 2, 2, 1)
    chances = np.exp(-ops.convert_to_numpy(model(images)["nats"]).astype("float64"))
    noise = np.random.default_rng(3).random((20_000, 2, 2, 1)).astype("float32")
    drawn = ops.convert_to_numpy(model.generate(noise)).reshape(-1, 4) @ [8, 4, 2, 1]
    counts, wanted = np.bincount(drawn.astype(int), minlength=16), 20_000 * chances / chances.sum()
    often = wanted > 5
    counts, wanted = ([*part[often], part[~often].sum()] for part in (counts, wanted))
    assert scipy.stats.chisquare(counts, wanted).pvalue > 0.001


def test_pixels_have_one_channel():
    with pytest.raises(ValueError, match="black or white"):
        build_pixelcnn(image_shape=(4, 4, 3))


def test_dropout_is_training_s_alone():
    model, image = made((5, 6, 1), dropout=0.5), np.ones((2, 5, 6, 1), "float32")
    seen = [ops.convert_to_numpy(model(image, training=training)["nats"]) for training in (True, True, False, False)]
    assert (seen[0] != seen[1]).all()
    np.testing.assert_array_equal(seen[2], seen[3])
