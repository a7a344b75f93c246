"""The mean of a distribution over evenly spaced numbers."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("zoo865")
class Expectation(keras.layers.Layer):
    """Logits over numbers from `lowest` to `highest` -> their mean: (..., atoms) -> (...).

    Args:
        lowest, highest: the first and the last number; the others lie evenly between.

    Example:
        >>> float(Expectation(0.0, 10.0)(np.zeros(11)))  # all alike
        5.0
    """

    def __init__(self, lowest: float, highest: float, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.lowest, self.highest = lowest, highest

    def call(self, logits):
        """The mean."""
        numbers = ops.linspace(self.lowest, self.highest, logits.shape[-1], dtype=self.compute_dtype)
        return ops.sum(ops.softmax(logits) * numbers, -1)

    def compute_output_shape(self, shape):
        """Without the last axis."""
        return shape[:-1]

    def get_config(self):
        """The numbers' bounds."""
        return {**super().get_config(), "lowest": self.lowest, "highest": self.highest}
