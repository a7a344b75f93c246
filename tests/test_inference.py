"""Predictions for a split: each is that of its example, in order, however texts are brought together."""

import keras
import numpy as np
from keras import ops

from zoo865.data.features import Label, Text
from zoo865.data.spec import Arrays, Spec
from zoo865.inference import predictions
from zoo865.preprocessing import prepared


def test_texts_are_answered_in_order_with_little_padding():
    random = np.random.default_rng(0)
    vocabulary = tuple(f"w{number}" for number in range(50))
    texts = [" ".join(random.choice(vocabulary, length)) for length in random.lognormal(4, 0.8, 700).astype(int)]
    spec = Spec({"text": Text(400, vocabulary)}, {"label": Label(("a", "b"))})
    split = Arrays(text=texts, label=np.zeros(700, int))
    seen = prepared(spec, split.take(np.arange(700))).astype("int64")
    words = keras.Input((None,), dtype="int32")
    places = ops.sum(ops.ones_like(words), axis=1, keepdims=True)
    model = keras.Model(words, [ops.sum(words, axis=1, keepdims=True), places])
    found = [outputs for _, outputs in predictions(model, spec, split)]
    sums, places = (np.concatenate(part)[:, 0] for part in zip(*found, strict=True))
    np.testing.assert_array_equal(sums, seen.sum(1))
    assert (places >= (seen > 0).sum(1)).all()
    assert places.mean() < 0.4 * 400
    # A model of so many words sees all of them.
    words = keras.Input((400,), dtype="int32")
    fixed = keras.Model(words, ops.sum(words, axis=1))
    found = np.concatenate([outputs for _, outputs in predictions(fixed, spec, split)])
    np.testing.assert_array_equal(found, seen.sum(1))
