"""AdaGrad against Keras' own, and that it leaves alone what has no gradient."""

import keras
import numpy as np
import pytest

from zoo865.training.adagrad import Adagrad

pytestmark = pytest.mark.fast


def stepped(kind, gradients):
    """The table, and the optimizer's variables, after these steps."""
    table = keras.Variable(np.random.default_rng(0).normal(size=(7, 3)).astype("float32"))
    optimizer = kind(0.3)
    optimizer.build([table])
    for gradient in gradients:
        optimizer.apply([gradient], [table])
    return [keras.ops.convert_to_numpy(variable) for variable in (table, *optimizer.variables)]


def dense(numbers, values):
    gradient = np.zeros((7, 3), "float32")
    np.add.at(gradient, numbers, values)
    return gradient


@pytest.mark.jax
def test_dense_steps_are_keras_own():
    gradients = [dense([0, 2, 2], np.full((3, 3), step, "float32")) for step in (1, 2, 3)]
    for found, expected in zip(
        *(stepped(kind, gradients) for kind in (Adagrad, keras.optimizers.Adagrad)), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("numbers", [[0, 2, 6], [2, 2, 5]])
def test_sparse_steps_are_keras_own(numbers):
    """Where a row is named twice, too."""
    tf = pytest.importorskip("tensorflow")
    random = np.random.default_rng(1)
    gradients = [
        tf.IndexedSlices(tf.constant(random.normal(size=(3, 3)), tf.float32), numbers, tf.constant([7, 3]))
        for _ in range(4)
    ]
    ours, keras_own = (stepped(kind, gradients) for kind in (Adagrad, keras.optimizers.Adagrad))
    for found, expected in zip(ours, keras_own, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    start = stepped(Adagrad, [])[0]
    assert (ours[0] == start).all(1).tolist() == [row not in numbers for row in range(7)]


def test_a_sparse_step_computes_the_rows_alone():
    """No operation of its graph gives anything of the table's size."""
    tf = pytest.importorskip("tensorflow")
    table = keras.Variable(np.zeros((1000, 3), "float32"))
    optimizer = Adagrad(0.3)
    optimizer.build([table])

    @tf.function
    def step(values, numbers):
        optimizer.apply([tf.IndexedSlices(values, numbers, tf.constant([1000, 3]))], [table])

    graph = step.get_concrete_function(tf.zeros((5, 3)), tf.zeros(5, tf.int32)).graph
    sizes = {tensor.shape[0] for op in graph.get_operations() for tensor in op.outputs if tensor.shape.rank}
    assert 5 in sizes
    assert 1000 not in sizes
