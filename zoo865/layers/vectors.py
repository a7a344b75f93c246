"""A table of vectors whose rows are looked up in time that does not grow with the table.

TensorFlow copies a whole variable to read it, once sparse gradients have changed it in place. Keras' Embedding reads it
before it picks rows: in every step of training it copies the table. Picked from the variable itself, rows are all that
is copied.
"""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("zoo865")
class Vectors(keras.layers.Embedding):
    """`keras.layers.Embedding`, with the same arguments, variables and results, faster to train on TensorFlow.

    Example:
        >>> table, numbers = Vectors(10, 4), np.array([[1, 2, 2]])
        >>> bool(np.array_equal(table(numbers), np.array(table.embeddings)[numbers]))
        True
    """

    def call(self, inputs):
        """(...) whole numbers -> (..., output_dim), in the layer's compute dtype."""
        if keras.backend.backend() != "tensorflow":
            return super().call(inputs)
        return tf.cast(tf.gather(self.embeddings.value, tf.cast(inputs, tf.int32)), self.compute_dtype)
