"""What a model says of a whole split."""

import functools

import keras
import numpy as np

from zoo865.data.spec import in_chunks

MULTIPLE = 16  # examples in a batch are filled up to a multiple of it: divisible among devices, few shapes to compile


def outputs_of(model, split):
    """Goes through a split of images in chunks, so that memory stays bounded.

    Yields:
        The examples as the split gives them, and the model's outputs for their images in [0, 1], as arrays.
    """
    for examples in in_chunks(split):
        count = len(examples["image"])
        filled = np.resize(examples["image"], (-(-count // MULTIPLE) * MULTIPLE, *examples["image"].shape[1:]))
        outputs = model.predict_on_batch(filled.astype("float32") / 255)
        # Where TensorFlow mirrors the model, each device has answered all of the batch: the first one's answers serve.
        yield examples, keras.tree.map_structure(lambda array, count=count: array[:count], outputs)


@functools.lru_cache(maxsize=4)
def compiled(function):
    """A model's method of tensors, on TensorFlow traced once for all epochs. JAX compiles its scans by itself."""
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    return tf.function(function)
