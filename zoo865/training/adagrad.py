"""AdaGrad that computes no more of a table of vectors than a batch has looked up."""

import keras
import tensorflow as tf
from keras import ops

from zoo865.private_keras import adagrad_accumulator


@keras.saving.register_keras_serializable("zoo865")
class Adagrad(keras.optimizers.Adagrad):
    """Keras' AdaGrad (Duchi, Hazan, Singer 2011), to the same numbers.

    Of a table with sparse gradients (`tf.IndexedSlices`) it computes the rows that these name; Keras' own takes roots
    of the whole accumulator in every step. A row that is named several times adds the square of each of its gradients,
    not of their sum: as if they had come one after another.
    """

    def update_step(self, gradient, variable, learning_rate):
        """One step of one variable."""
        if not isinstance(gradient, tf.IndexedSlices):
            super().update_step(gradient, variable, learning_rate)
            return
        accumulator = adagrad_accumulator(self, variable)
        self.assign_add(accumulator, ops.square(gradient))
        of_rows = tf.gather(accumulator.value, gradient.indices)
        steps = gradient.values * ops.rsqrt(of_rows + self.epsilon) * learning_rate
        self.assign_sub(variable, tf.IndexedSlices(steps, gradient.indices, gradient.dense_shape))
