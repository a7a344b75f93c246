"""A Keras model's weights, found in a SavedModel bit for bit, and taken from it."""

import keras
import numpy as np
import pytest
from keras import layers

from zoo865.exporting.saved_model import write
from zoo865.tasks.task import Signature
from zoo865.training.saved_weights import find_weights, take_weights


def network(seed):
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(3), layers.Dense(2)])


@pytest.fixture
def saved(tmp_path):
    """A model, and the SavedModel of all of it."""
    model = network(0)
    write({"serve": Signature(lambda x: {"y": model(x)}, {"x": ((None, 4), "float32")}, {})}, tmp_path / "saved")
    return model, tmp_path / "saved"


def test_all_weights_are_found_and_taken(saved):
    """Also those that are equal: biases of zeros."""
    model, path = saved
    names, other = find_weights(model, path), network(1)
    assert len(names) == len(model.weights)
    take_weights(other, path, names)
    for ours, theirs in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_one_that_is_other_by_a_bit_is_not_found(saved):
    model, path = saved
    kernel = model.layers[2].kernel
    kernel.assign(np.nextafter(keras.ops.convert_to_numpy(kernel), np.float32(9)))
    assert find_weights(model, path) is None
