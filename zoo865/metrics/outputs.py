"""What a model says of a whole split."""

import functools

import keras
import numpy as np

from zoo865.data.spec import at_once, in_chunks

MULTIPLE = 16  # examples in a batch are filled up to a multiple of it: divisible among devices, few shapes to compile


def outputs_of(model, split):
    """Goes through a split of images in chunks, so that memory stays bounded.

    Yields:
        The examples as the split gives them, and the model's outputs for their images in [0, 1], as arrays; where a
        phase remembers a layer, for what that layer `given` them.
    """
    first = split.take([0])
    size = at_once(first["given" if "given" in first else "image"], 512) // MULTIPLE * MULTIPLE
    for examples in in_chunks(split, max(MULTIPLE, size)):
        given = examples["given"].astype("float32") if "given" in examples else examples["image"]
        count = len(given)
        filled = np.resize(given, (-(-count // MULTIPLE) * MULTIPLE, *given.shape[1:]))
        outputs = model.predict_on_batch(filled.astype("float32") / (1 if "given" in examples else 255))
        # Where TensorFlow mirrors the model, each device has answered all of the batch: the first one's answers serve.
        yield examples, keras.tree.map_structure(lambda array, count=count: array[:count], outputs)


@functools.lru_cache(maxsize=4)
def compiled(function):
    """A model's method of tensors, on TensorFlow traced once for all epochs. JAX compiles its scans by itself."""
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    return tf.function(function)
