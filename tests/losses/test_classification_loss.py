"""The losses, against Keras' own on one-hot labels."""

import keras
import numpy as np
import pytest

from zoo865.losses.classification import SmoothedCrossentropy

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_smoothed_crossentropy_equals_keras_on_one_hot_labels(smoothing):
    random = np.random.default_rng(0)
    logits, labels = random.normal(0, 3, (20, 7)).astype("float32"), random.integers(0, 7, 20)
    peer = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    assert float(SmoothedCrossentropy(smoothing)(labels, logits)) == pytest.approx(
        float(peer(np.eye(7)[labels], logits)), rel=1e-5
    )
    again = keras.losses.deserialize(keras.losses.serialize(SmoothedCrossentropy(smoothing)))
    assert again.label_smoothing == smoothing
