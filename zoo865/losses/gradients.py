"""Where gradients go, on every backend: through a layer but not into it; from a function to its input."""

import keras
from keras import ops


def split_call(layer, x, **kwargs):
    """Calls a layer or model so that its weights can learn from one loss, and what made its input from another.

    The call leaves no trace: states that it would change, as batch normalisation's averages, stay as they are.

    Args:
        layer: which is called.
        x: its input, a tensor.
        kwargs: of the call.

    Returns:
        The layer's values twice: gradients of the first reach its weights alone, those of the second `x` alone.
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


def input_gradient(function, x):
    """A function's values, and the slope of their sum over its input.

    Both can be trained on: the slope of the slope with respect to weights is there too (Mescheder, Geiger, Nowozin 2018
    punish it on real images, which they call R1).

    Args:
        function: a tensor -> a tensor whose rows depend on the same rows of `x` alone.
        x: a tensor.

    Returns:
        function(x), and a tensor of the shape of `x`.
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
