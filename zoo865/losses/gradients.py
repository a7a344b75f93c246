"""Where gradients go, on every backend: through a layer but not into it; from a function to its input."""

import keras
from keras import ops


def frozen_call(layer, *args, **kwargs):
    """Calls a layer or model whose weights learn nothing from this call, while its input does.

    The call leaves no trace: states that it would change, as batch normalisation's averages, stay as they are.

    Args:
        layer: which is called.
        args, kwargs: what with.

    Returns:
        What the layer gives.
    """
    trainable = [ops.stop_gradient(variable.value) for variable in layer.trainable_variables]
    # All others are named too: on JAX one that is left out is read as it was when the step began.
    others = [variable.value for variable in layer.non_trainable_variables]
    return layer.stateless_call(trainable, others, *args, **kwargs)[0]


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
