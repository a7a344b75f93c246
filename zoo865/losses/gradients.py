"""Where gradients go, on every backend: through a layer but not into it; from a function to its input."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops


def split_call(layer: keras.Layer, x: Any, **kwargs: Any) -> tuple[Any, Any]:
    """Calls a layer or model so that its weights can learn from one loss, and what made its input from another.

    The call leaves no trace: states that it would change, as batch normalisation's averages, stay as they are.

    Args:
        layer: which is called.
        x: its input, a tensor.
        kwargs: of the call.

    Returns:
        The layer's values twice: gradients of the first reach its weights alone, those of the second `x` alone.

    Example:
        >>> layer = keras.layers.Dense(2)
        >>> to_weights, to_input = split_call(layer, layer(np.ones((1, 2))))
        >>> bool(np.allclose(to_weights, to_input))
        True
    """
    # Each weight is read once for both. What is read for the second alone may be read after the step's update: the
    # optimizer's sum over devices seems to wait for it, until TensorFlow's graph optimizer takes that sum out. Of two
    # calls with the same weights and input, TensorFlow also computes one.
    trainable = [ops.copy(variable.value) for variable in layer.trainable_variables]
    # All others are named too: on JAX one that is left out is read as it was when the step began.
    others = [variable.value for variable in layer.non_trainable_variables]
    to_weights, _ = layer.stateless_call(trainable, others, ops.stop_gradient(x), **kwargs)
    to_input, _ = layer.stateless_call([ops.stop_gradient(weight) for weight in trainable], others, x, **kwargs)
    return to_weights, to_input


def input_gradient(function: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    """A function's values, and the slope of their sum over its input.

    Both can be trained on: the slope of the slope with respect to weights is there too (Mescheder, Geiger, Nowozin 2018
    punish it on real images, which they call R1).

    Args:
        function: a tensor -> a tensor whose rows depend on the same rows of `x` alone.
        x: a tensor.

    Returns:
        function(x), and a tensor of the shape of `x`.

    Example:
        >>> values, slope = input_gradient(ops.square, ops.convert_to_tensor([3.0]))
        >>> float(values[0]), float(slope[0])
        (9.0, 6.0)
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(x)
            values = function(x)
            total = ops.sum(values)
        return values, tape.gradient(total, x)
    import jax

    def summed(x):
        values = function(x)
        return ops.sum(values), values

    slope, values = jax.grad(summed, has_aux=True)(x)
    return values, slope
