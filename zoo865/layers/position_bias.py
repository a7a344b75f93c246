"""A bias that knows where in a map it is added."""

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo865")
class PositionBias(layers.Layer):
    """Adds what a position is: a few numbers of its own, mixed into the channels.

    Few, since every parameter is something that images which are binarised once can be learned by heart with.

    Args:
        numbers: of each position.

    Example:
        >>> bias = PositionBias(numbers=2)
        >>> bias(np.zeros((1, 4, 4, 3))).shape, bias.count_params()  # 4 x 4 x 2 and 2 x 3
        (TensorShape([1, 4, 4, 3]), 38)
    """

    def __init__(self, numbers: int = 8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.numbers = numbers

    def build(self, input_shape):
        """Makes the numbers, (height, breadth, numbers), and the mixture, (numbers, channels)."""
        self.map = self.add_weight(shape=(*input_shape[1:-1], self.numbers), initializer="random_normal", name="map")
        self.mixture = self.add_weight(shape=(self.numbers, input_shape[-1]), name="mixture")

    def call(self, x):
        """(batch, height, breadth, channels) -> the same."""
        return x + ops.cast(self.bias(), x.dtype)

    def bias(self):
        """(height, breadth, channels)."""
        return ops.matmul(self.map, self.mixture)
