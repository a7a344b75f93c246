"""`prepare` and `prepared` (see the package): the only place that asks a feature for its kind."""

import functools
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from zoo865.data.features import Audio, Board, Feature, Image, Observation, Position, Text, Tokens
from zoo865.data.spec import Spec
from zoo865.preprocessing.images import prepare_images
from zoo865.preprocessing.text import word_numbers


def prepare(spec: Spec, raw: Mapping):
    """See `zoo865.preprocessing.prepare`."""
    return _prepare(spec.inputs.items(), raw)


def prepared(spec: Spec, examples: Mapping):
    """See `zoo865.preprocessing.prepared`."""
    raw = {name: feature.stack(examples[name]) for name, feature in spec.inputs.items()}
    return tf.nest.map_structure(lambda tensor: tensor.numpy(), _traced(tuple(spec.inputs.items()))(raw))


@functools.lru_cache(maxsize=16)
def _traced(features: tuple[tuple[str, Feature], ...]):
    return tf.function(lambda raw: _prepare(features, raw), autograph=False, reduce_retracing=True)


def _prepare(features, raw: Mapping):
    found = {name: _prepare_one(feature, _tensor(raw[name])) for name, feature in features}
    return found if len(found) > 1 else next(iter(found.values()))


def _tensor(raw) -> tf.Tensor:
    if tf.is_tensor(raw):
        return raw
    return tf.convert_to_tensor(raw if isinstance(raw, np.ndarray) else np.asarray(raw))


def _prepare_one(feature: Feature, raw: tf.Tensor) -> tf.Tensor:
    if isinstance(feature, Image):
        drawing = {"ink": feature.ink, "ink_margin": feature.ink_margin}
        return prepare_images(raw, shape=feature.shape, **drawing, crop=feature.crop, binary=feature.binary)
    if isinstance(feature, Text):
        return word_numbers(raw, feature.vocabulary, feature.length)
    if isinstance(feature, Tokens | Audio):
        return _to_length(tf.cast(raw, feature.dtype), feature.length)
    if isinstance(feature, Board):
        return tf.one_hot(tf.cast(raw, tf.int32), feature.values)
    if isinstance(feature, Position):
        pieces = feature.rules.pieces
        return raw if pieces is None else tf.one_hot(tf.cast(raw, tf.int32), pieces)
    if isinstance(feature, Observation):
        seen = tf.cast(raw, tf.float32)
        return seen / 255.0 if feature.dtype == "uint8" else seen
    raise TypeError(f"{feature.kind} cannot be a model input")


def _to_length(raw: tf.Tensor, length: int | None) -> tf.Tensor:
    """(batch, any) -> (batch, length): cut, or padded with zeros, at the end; None leaves it as it is."""
    if length is None:
        return raw
    cut = raw[:, :length]
    padded = tf.pad(cut, [[0, 0], [0, length - tf.shape(cut)[1]]])
    return tf.ensure_shape(padded, [None, length])
