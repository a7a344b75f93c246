"""What a loss of one's own, a `compute_loss`, needs beside its formula."""

from typing import Any

import keras
from keras import ops


def batch_mean(losses: Any) -> Any:
    """The mean over a batch, of which several devices may hold a share each.

    TensorFlow adds up what its mirrored devices give; `Model.compile(loss=...)` divides by their number for itself, a
    `compute_loss` has to.

    Args:
        losses: (examples on this device, ...).

    Returns:
        A scalar: this device's part of the mean.

    Example:
        >>> float(batch_mean(ops.convert_to_tensor([1.0, 3.0])))  # on one device
        2.0
    """
    mean = ops.mean(losses)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        mean = mean / tf.distribute.get_strategy().num_replicas_in_sync
    return mean
