"""Vectors of unit length, whose gradient is finite for zeros, too."""

from typing import Any

import keras
from keras import ops

SHORTEST = 1e-6  # of a vector that is scaled to unit length; shorter ones are divided by it


@keras.saving.register_keras_serializable("zoo865")
class UnitLength(keras.layers.Layer):
    """(..., numbers) -> the same direction at length 1, float32; zeros stay zeros.

    At zeros the slope of Keras' own `UnitNormalization` (3.15.1) is 1e12 on TensorFlow and NaN on JAX: one empty
    picture in a batch spoils every weight (findings/keras_unit_normalization_slope_at_zero_by_backend.sh).

    Example:
        >>> np.round(np.array(UnitLength()(np.array([[3.0, 4.0], [0.0, 0.0]])), "float64"), 3).tolist()
        [[0.6, 0.8], [0.0, 0.0]]
    """

    def call(self, inputs: Any) -> Any:
        """Of the squared length no less than SHORTEST squared goes into the root."""
        vectors = ops.cast(inputs, "float32")
        squared = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
        return vectors * ops.rsqrt(ops.maximum(squared, SHORTEST**2))

    def compute_output_spec(self, inputs):
        """As the inputs, float32."""
        return keras.KerasTensor(inputs.shape, "float32")
