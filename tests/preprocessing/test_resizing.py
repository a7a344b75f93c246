"""Resizing, against TensorFlow and Pillow."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image as Picture
from PIL import ImageOps

from zoo865.data import pictures
from zoo865.preprocessing.images import resize_antialiased

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("size", [(28, 28), (40, 31), (100, 64), (17, 90)])
def test_resizing_equals_tensorflows_antialiased(size):
    image = np.random.default_rng(0).integers(0, 256, (2, *size, 3)).astype("uint8")
    expected = tf.image.resize(image, (28, 28), antialias=True).numpy()
    np.testing.assert_allclose(resize_antialiased(image, (28, 28)), expected, atol=0.05)
    pillow = Picture.fromarray(image[0]).resize((28, 28), Picture.Resampling.BILINEAR)
    np.testing.assert_allclose(resize_antialiased(image, (28, 28))[0], np.asarray(pillow), atol=1.01)


@pytest.mark.parametrize("size", [(40, 31), (100, 64), (17, 90), (56, 84)])
@pytest.mark.parametrize("wanted", [(28, 28), (32, 20)])
def test_cropping_keeps_proportions_as_pillows_fit_does(size, wanted):
    image = np.random.default_rng(0).integers(0, 256, (2, *size, 3)).astype("uint8")
    pillow = ImageOps.fit(Picture.fromarray(image[0]), wanted[::-1], Picture.Resampling.BILINEAR)
    np.testing.assert_allclose(resize_antialiased(image, wanted, crop=True)[0], np.asarray(pillow), atol=1.01)
    np.testing.assert_array_equal(pictures.resize(image[0], wanted, crop=True), np.asarray(pillow))
