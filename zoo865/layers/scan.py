"""A loop whose steps hand something on, in every backend: `jax.lax.scan`, and on TensorFlow as fast a loop.

There `keras.ops.scan` writes what is handed on to a TensorArray in every step, and wants what steps give to be of the
same shapes; its graph does not convert to ONNX.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops


def scan(step: Callable[[Any, Any], tuple[Any, Any]], carry: Any, xs: Any, like: Any) -> tuple[Any, Any]:
    """Takes steps one after another, each given what the one before handed on.

    Args:
        step: (carry, x) -> (carry, y): nests of tensors, the carry always of the same shapes.
        carry: what the first step is given.
        xs: nest of tensors (steps, ...); a step gets their slices.
        like: nest of tensors with the structure and dtypes of `y`.

    Returns:
        The carry behind the last step, and the y of all steps, stacked: (steps, ...) each.

    Example:
        >>> numbers = ops.convert_to_tensor([1.0, 2.0, 3.0])
        >>> total, sums = scan(lambda total, x: (total + x, total + x), ops.zeros(()), numbers, like=ops.zeros(()))
        >>> float(total), np.array(sums).tolist()
        (6.0, [1.0, 3.0, 6.0])
    """
    if keras.backend.backend() != "tensorflow":
        return ops.scan(step, carry, xs)
    xs = tf.nest.map_structure(tf.convert_to_tensor, xs)
    first = tf.nest.flatten(xs)[0]
    steps = first.shape[0] or tf.shape(first)[0]
    stacks = [tf.TensorArray(one.dtype, size=steps, element_shape=one.shape) for one in tf.nest.flatten(like)]

    def body(number, carry, stacks):
        carry, given = step(carry, tf.nest.map_structure(lambda x: tf.gather(x, number), xs))
        written = [stack.write(number, one) for stack, one in zip(stacks, tf.nest.flatten(given), strict=True)]
        return number + 1, carry, written

    _, carry, stacks = tf.while_loop(lambda number, *_: number < steps, body, (0, carry, stacks))
    return carry, tf.nest.pack_sequence_as(like, [stack.stack() for stack in stacks])
