"""A loop whose steps hand something on, against NumPy's running sums and a loop of Python."""

import keras
import numpy as np
import pytest

from zoo865.layers.scan import scan

NUMBERS = np.random.default_rng(0).random((5, 3)).astype("float32")


@pytest.mark.jax
def test_running_sums():
    total, sums = scan(lambda total, x: (total + x, total + x), keras.ops.zeros(3), NUMBERS, like=keras.ops.zeros(3))
    np.testing.assert_allclose(total, NUMBERS.sum(0), rtol=1e-6)
    np.testing.assert_allclose(sums, NUMBERS.cumsum(0), rtol=1e-6)


@pytest.mark.jax
def test_nests_whose_steps_give_other_shapes_than_they_hand_on():
    """A queue of two is handed on, its sum and the number's square come out; loops nest."""

    def outer(queue, given):
        row, factor = given
        inner = scan(lambda last, x: (x, x - last), row[0] * 0.0, row, like=row[0])
        queue = keras.ops.concatenate([queue[1:], row[:1]])
        return queue, {"sum": keras.ops.sum(queue), "steps": inner[1] * factor}

    factors = np.arange(5, dtype="float32")
    like = {"sum": keras.ops.zeros(()), "steps": keras.ops.zeros(3)}
    queue, found = scan(outer, keras.ops.zeros(2), (NUMBERS, factors), like)
    np.testing.assert_allclose(queue, NUMBERS[-2:, 0])
    first = np.concatenate([[0.0], NUMBERS[:, 0]])
    np.testing.assert_allclose(found["sum"], first[1:] + first[:-1], rtol=1e-6)
    steps = np.diff(NUMBERS, axis=1, prepend=0) * factors[:, None]
    np.testing.assert_allclose(found["steps"], steps, rtol=1e-5, atol=1e-6)
