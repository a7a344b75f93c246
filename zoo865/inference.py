"""What a model says of a whole split, in batches, whatever kind its data are of."""

import functools

import numpy as np

from zoo865.data.spec import Spec, Split
from zoo865.data.statistics import at_once, in_chunks
from zoo865.preprocessing import prepared

MULTIPLE = 16  # examples in a batch are filled up to a multiple of it: divisible among devices, few shapes to compile


def predictions(model, spec: Spec, split: Split):
    """Goes through a split in chunks, so that memory stays bounded.

    Args:
        model: a `keras.Model` of what `spec` prepares.
        spec: of the data.
        split: whose examples.

    Yields:
        The examples as the split gives them, and the model's outputs for them, as arrays.
    """
    from keras import tree

    size = min(at_once(feature.prepared_shape, 512) for feature in spec.inputs.values()) // MULTIPLE * MULTIPLE
    for examples in in_chunks(split, max(MULTIPLE, size)):
        seen = prepared(spec, examples)
        count = len(tree.flatten(seen)[0])
        filled = -(-count // MULTIPLE) * MULTIPLE
        full = tree.map_structure(lambda array, n=filled: np.resize(array, (n, *array.shape[1:])), seen)
        outputs = model.predict_on_batch(full)
        # Where TensorFlow mirrors the model, each device has answered all of the batch: the first one's answers serve.
        yield examples, tree.map_structure(lambda array, count=count: array[:count], outputs)


@functools.lru_cache(maxsize=4)
def compiled(function):
    """A model's method of tensors, on TensorFlow traced once for all epochs. JAX compiles its scans by itself."""
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        return function

    return tf.function(function, autograph=False)
