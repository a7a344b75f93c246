"""Inference with the SavedModel in TensorFlow."""

import os
from collections.abc import Sequence

import numpy as np

from zoo865.errors import ZooError

BATCHES = (1, 8, 64)  # the batch shapes that TensorFlow meets; what lies between is padded up


class TensorFlowEngine:
    """A SavedModel in TensorFlow, on a GPU where TensorFlow finds one. Batches are padded to few shapes.

    Args:
        path: the SavedModel.
        compile: names of signatures that XLA compiles, when a shape is first asked for.

    Raises:
        ZooError: the SavedModel is damaged, or TensorFlow is not installed.
    """

    def __init__(self, path, compile: Sequence[str] = ()):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        try:
            import tensorflow as tf
        except ImportError as error:
            wrong = f"{path} needs TensorFlow, which is not installed"
            raise ZooError(wrong, "pip install tensorflow") from error
        self._constant = tf.constant
        try:
            self._loaded = tf.saved_model.load(str(path))  # functions do not keep their variables alive
            self.functions = dict(self._loaded.signatures)
            self.functions |= {
                name: tf.function(self.functions[name], jit_compile=True, autograph=False) for name in compile
            }
        except Exception as error:  # TensorFlow raises OSError, OpError, ValueError, ..., as the damage is
            reason = str(error).strip().split("\n")[0]
            raise ZooError(f"cannot load {path}: {reason}", "it is incomplete: export or copy it again") from error

    def run(self, name: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Runs a signature on a batch of at most 64: input name -> array, output name -> array."""
        size = len(next(iter(inputs.values())))
        padding = next(batch for batch in BATCHES if batch >= size) - size
        tensors = {key: self._constant(_padded(array, padding)) for key, array in inputs.items()}
        return {key: value.numpy()[:size] for key, value in self.functions[name](**tensors).items()}


def _padded(array: np.ndarray, padding: int) -> np.ndarray:
    return np.concatenate([array, np.repeat(array[-1:], padding, 0)]) if padding else array
