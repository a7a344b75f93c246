"""An optimizer of Keras applied by hand: one point, a gradient by its formula, step after step."""

import keras
import numpy as np


def walk_by_hand(optimizer, start: np.ndarray, slope, steps: int) -> np.ndarray:
    """Where it goes, compiled as `fit` compiles a step.

    Args:
        optimizer: of Keras, new.
        start: (parameters,) float32.
        slope: a point -> the gradient there, both (parameters,) float32.
        steps: how many.

    Returns:
        (steps + 1, parameters) float32, the start first.
    """
    point, places = keras.Variable(start), [start]
    step = _compiled(optimizer, point)
    for _ in range(steps):
        step(slope(places[-1]))
        places.append(keras.ops.convert_to_numpy(point))
    return np.array(places)


def _compiled(optimizer, variable):
    optimizer.build([variable])
    if keras.backend.backend() == "jax":
        import jax

        update = jax.jit(lambda slope, value, state: optimizer.stateless_apply(state, [slope], [value]))

        def step(slope):
            (value,), state = update(slope, variable.value, [one.value for one in optimizer.variables])
            for one, new in zip([variable, *optimizer.variables], [value, *state], strict=True):
                one.assign(new)

        return step
    import tensorflow as tf

    return tf.function(lambda slope: optimizer.apply([tf.convert_to_tensor(slope)], [variable]))
