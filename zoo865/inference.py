"""A model's predictions for a whole split, in batches, for any kind of data."""

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from zoo865.data.features import Text
from zoo865.data.spec import Spec, Split
from zoo865.data.statistics import at_once, in_chunks
from zoo865.preprocessing import prepared

MULTIPLE = 16  # examples in a batch are filled up to a multiple of it: divisible among devices, few shapes to compile
TOGETHER, STEP = 64, 64  # texts of similar length that are asked about at once, cut at a multiple of so many words


def predictions(model: Any, spec: Spec, split: Split) -> Iterator[tuple[dict[str, np.ndarray], Any]]:
    """Goes through a split in chunks, so that memory stays bounded.

    Args:
        model: a `keras.Model` of what `spec` prepares; or a `Predictor`, which prepares itself.
        spec: of the data.
        split: whose examples.

    Yields:
        The examples as the split gives them, and the model's outputs for them, as arrays; of a `Predictor` those of its
        signature `serve`, by their names.

    Example:
        >>> for examples, logits in predictions(model, run.spec, run.data.test):
        ...     print(examples["label"].shape, logits.shape)
        (200,) (200, 10)
    """
    answers = _answers_of_the_model if hasattr(model, "predict_on_batch") else _answers_of_its_export
    size = min(at_once(feature.prepared_shape, 512) for feature in spec.inputs.values()) // MULTIPLE * MULTIPLE
    for examples in in_chunks(split, max(MULTIPLE, size)):
        yield examples, answers(model, spec, examples)


def _answers_of_the_model(model, spec: Spec, examples):
    from keras import tree

    seen = prepared(spec, examples)
    if not _may_be_shorter(model, spec):
        return _answers(model, seen)
    lengths = (seen != 0).sum(1)
    order = np.argsort(lengths, kind="stable")
    found = []
    for rows in np.array_split(order, -(-len(order) // TOGETHER)):
        longest = max(1, lengths[rows].max())
        found.append(_answers(model, seen[rows, : -(-longest // STEP) * STEP]))
    back = np.argsort(order)
    return tree.map_structure(lambda *parts: np.concatenate(parts)[back], *found)


def _may_be_shorter(model, spec: Spec) -> bool:
    """Whether padding may be cut: of texts, by the contract of models that take any number of words."""
    of_texts = [isinstance(feature, Text) for feature in spec.inputs.values()] == [True]
    return of_texts and [one.shape for one in getattr(model, "inputs", ())] == [(None, None)]


def _answers(model, seen):
    from keras import tree

    count = len(tree.flatten(seen)[0])
    filled = -(-count // MULTIPLE) * MULTIPLE
    full = tree.map_structure(lambda array: np.resize(array, (filled, *array.shape[1:])), seen)
    outputs = model.predict_on_batch(full)
    # Where TensorFlow mirrors the model, each device has answered all of the batch: the first one's answers serve.
    return tree.map_structure(lambda array: array[:count], outputs)


def _answers_of_its_export(predictor, spec: Spec, examples):
    raw = {name: feature.stack(examples[name]) for name, feature in spec.inputs.items()}
    return predictor.run("serve", **raw)


@functools.lru_cache(maxsize=4)
def compiled(function):
    """A model's method of tensors, on TensorFlow traced once for all epochs. JAX compiles its scans by itself."""
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        return function

    return tf.function(function, autograph=False, reduce_retracing=True)
