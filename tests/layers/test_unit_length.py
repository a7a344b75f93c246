"""Unit length, with a finite gradient where Keras' own layer has none."""

import numpy as np
import pytest
from keras import ops

from zoo865.layers.unit_length import UnitLength
from zoo865.losses.gradients import input_gradient

pytestmark = pytest.mark.jax


def test_vectors_keep_their_direction():
    vectors = np.random.default_rng(0).normal(size=(5, 7)).astype("float32") * np.array([[1e-4], [1], [2], [50], [1e4]])
    np.testing.assert_allclose(
        UnitLength()(vectors), vectors / np.linalg.norm(vectors, axis=1, keepdims=True), rtol=1e-5
    )


def test_zeros_stay_zeros_and_slopes_are_finite():
    given = ops.convert_to_tensor(np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 4.0]], "float32"))
    value, gradient = input_gradient(lambda seen: ops.sum(UnitLength()(seen)), given)
    assert float(value) == pytest.approx(1.4)
    gradient = ops.convert_to_numpy(gradient)
    assert np.isfinite(gradient).all()
    # d(x / |x|): what lies along the vector is taken out, the rest divided by its length.
    along = np.array([0.6, 0.0, 0.8])
    np.testing.assert_allclose(gradient[1], (np.ones(3) - 1.4 * along) / 5, atol=1e-6)
