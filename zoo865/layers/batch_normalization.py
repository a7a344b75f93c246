"""Batch normalisation as one operation.

Keras 3 composes it on TensorFlow of means, squares and products, each a pass over the whole map, in float32 whatever
the precision. TensorFlow has an operation for all of it, which keeps bfloat16 maps in bfloat16 and sums in float32. How
much faster a network trains with it: benchmarks/training_speed.py.
"""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("zoo865")
class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, with the same arguments, variables and results, faster on TensorFlow.

    It is one operation for maps (batch, height, width, channels) that are normalised over all but the channels; in half
    precision only where 16 divides their number, since elsewhere the operation is slow on a CPU. Everything else, and
    every other backend, goes Keras' own way. Paper: Ioffe and Szegedy 2015.

    Example:
        >>> maps = np.random.default_rng(0).normal(3, 2, (4, 8, 8, 16)).astype("float32")
        >>> ours, theirs = BatchNormalization(), keras.layers.BatchNormalization()
        >>> bool(np.allclose(ours(maps, training=True), theirs(maps, training=True), atol=1e-4))
        True
    """

    def call(self, inputs, training=None, mask=None):
        """(batch, height, width, channels) floats -> the same shape, in the layer's compute dtype."""
        if mask is not None or not self._is_one_operation(inputs):
            return super().call(inputs, training=training, mask=mask)
        learns = bool(training and self.trainable)
        channels = inputs.shape[-1]
        moving = (self.moving_mean, self.moving_variance)
        normalised = tf.raw_ops.FusedBatchNormV3(
            x=tf.cast(inputs, self.compute_dtype),
            scale=tf.convert_to_tensor(self.gamma) if self.scale else tf.ones(channels),
            offset=tf.convert_to_tensor(self.beta) if self.center else tf.zeros(channels),
            # In training the operation takes the batch's own moments and wants these empty.
            mean=[] if learns else tf.convert_to_tensor(moving[0]),
            variance=[] if learns else tf.convert_to_tensor(moving[1]),
            epsilon=self.epsilon,
            is_training=learns,
        )
        if learns:
            # The operation divides by one value fewer than there are, Keras by their number.
            values = tf.cast(tf.size(inputs) // channels, "float32")
            of_the_batch = (normalised.batch_mean, normalised.batch_variance * (values - 1.0) / values)
            for variable, value in zip(moving, of_the_batch, strict=True):
                variable.assign(variable * self.momentum + value * (1.0 - self.momentum))
        return normalised.y

    def _is_one_operation(self, inputs) -> bool:
        of_maps = len(inputs.shape) == 4 and self.axis in (-1, 3) and not (self.renorm or self.synchronized)
        fast = inputs.shape[-1] % 16 == 0 if "16" in self.compute_dtype else self.compute_dtype == "float32"
        return keras.backend.backend() == "tensorflow" and of_maps and fast
