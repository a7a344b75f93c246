"""A table of vectors: Keras' Embedding to the bit, without a copy of the table in the graph."""

import keras
import numpy as np
import pytest
from keras import layers

from zoo865.layers.vectors import Vectors

pytestmark = pytest.mark.fast


@pytest.mark.jax
def test_rows_and_training_are_those_of_keras(tmp_path):
    """A number that comes several times moves its vector as often."""
    numbers, target = np.array([[1, 4, 4], [0, 4, 5]]), np.ones((2, 3, 2), "float32")
    trained = []
    for kind in (Vectors, layers.Embedding):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([kind(6, 2)])
        model.compile("sgd", "mse")
        model.fit(numbers, target, epochs=2, verbose=0)
        trained.append(model)
    ours, theirs = trained
    np.testing.assert_array_equal(ours.predict(numbers, verbose=0), theirs.predict(numbers, verbose=0))
    ours.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(again.layers[0], Vectors)
    np.testing.assert_array_equal(again.predict(numbers, verbose=0), ours.predict(numbers, verbose=0))


def test_half_precision():
    table = Vectors(6, 2, dtype="mixed_bfloat16")
    assert keras.backend.standardize_dtype(table(np.array([1, 2])).dtype) == "bfloat16"


def test_the_table_is_not_read_as_a_whole():
    """Neither where it is looked up nor for its gradient, which is sparse."""
    tf = pytest.importorskip("tensorflow")
    table = Vectors(1000, 2)
    table.build()
    kinds = []

    @tf.function
    def gradient(numbers):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(table(numbers) ** 2)
        found = tape.gradient(loss, table.trainable_variables[0].value)
        kinds.append(type(found))
        return found.values

    graph = gradient.get_concrete_function(tf.zeros(5, tf.int32)).graph
    assert kinds == [tf.IndexedSlices]
    assert 1000 not in {tensor.shape[0] for op in graph.get_operations() for tensor in op.outputs if tensor.shape.rank}
