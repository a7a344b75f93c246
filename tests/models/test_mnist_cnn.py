"""The classifier of digits has the size that its description says."""

import pytest

from zoo865.models.mnist_cnn import build_mnist_cnn

pytestmark = pytest.mark.fast


def test_mnist_cnn_has_the_parameters_that_its_description_adds_up_to():
    width, classes, before, stem = 6, 10, 3, 5
    total = 9 * before * stem + 4 * stem
    before = stem
    for channels in (width, 2 * width, 4 * width):
        total += 9 * channels * (before + channels) + 2 * 4 * channels
        before = channels
    total += before * classes + classes
    assert build_mnist_cnn(image_shape=(20, 30, 3), classes=classes, width=width, stem=stem).count_params() == total
