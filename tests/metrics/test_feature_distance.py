"""How far inputs lie from the training data: against SciPy's Mahalanobis distance, and on data held out."""

import keras
import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis

from zoo865.metrics.feature_distance import DIRECTIONS, FeatureDistance


def normal(count, features, seed, scale=1.0):
    """Correlated normal features."""
    mix = np.random.default_rng(99).normal(size=(features, features))
    return (scale * np.random.default_rng(seed).normal(size=(count, features)) @ mix + 3.0).astype("float32")


@pytest.mark.jax
def test_it_is_the_mahalanobis_distance():
    training, validation, others = normal(500, 8, 0), normal(300, 8, 1), normal(20, 8, 2, scale=2.0)
    told = FeatureDistance.from_features(training, validation)
    inverse = np.linalg.inv(np.cov(training.T.astype("float64")))
    expected = [mahalanobis(one, training.mean(0, dtype="float64"), inverse) for one in others.astype("float64")]
    found = keras.ops.convert_to_numpy(told(keras.ops.convert_to_tensor(others)))
    np.testing.assert_allclose(found * told.threshold, expected, rtol=1e-4)


def test_one_in_a_hundred_of_the_validation_examples_is_beyond_1():
    validation = normal(1000, 30, 1)
    told = FeatureDistance.from_features(normal(2000, 30, 0), validation)
    assert 0.009 <= np.mean(np.asarray(told(validation)) > 1 + 1e-6) <= 0.01
    assert np.mean(np.asarray(told(normal(5000, 30, 2))) > 1) == pytest.approx(0.01, abs=0.01)
    assert told.about() == {
        "false_alarms": 0.01,
        "threshold": told.threshold,
        "training_examples": 2000,
        "validation_examples": 1000,
    }


def test_few_validation_examples_do_not_raise_alarms():
    """Of 20 the largest is exceeded by one in 21; over many draws of 20, one in a hundred shall be noted."""
    training, others = normal(2000, 30, 0), normal(2000, 30, 3)
    drawn = [FeatureDistance.from_features(training, normal(20, 30, seed)) for seed in range(100, 140)]
    assert np.mean([np.asarray(told(others)) > 1 for told in drawn]) == pytest.approx(0.01, abs=0.005)


def test_fewer_examples_than_features():
    """As of photos: the directions that training never goes tell most."""
    random = np.random.default_rng(0)
    directions = np.linalg.qr(random.normal(size=(300, 10)))[0].T
    known, held_out = (random.normal(size=(count, 10)) @ directions for count in (60, 40))
    told = FeatureDistance.from_features(known + random.normal(size=(60, 300)) / 100, held_out)
    assert told.directions.shape == (300, 30)
    assert (np.asarray(told(random.normal(size=(50, 300)) / 3)) > 1).all()


def test_features_that_never_vary():
    training = normal(400, 4, 0)
    training[:, 1] = 0.0
    told = FeatureDistance.from_features(training, training[:100])
    assert told.directions.shape[1] <= DIRECTIONS
    changed = training[:50].copy()
    changed[:, 1] = 1.0
    assert (np.asarray(told(changed)) > 1).all()
    assert FeatureDistance.from_features(np.ones((50, 4)), training) is None
    assert FeatureDistance.from_features(training, training[:0]) is None
    assert FeatureDistance.from_features(training[:9], training) is None
    assert FeatureDistance.from_features(training, training[:9]) is None
    training[3, 2] = np.nan
    assert FeatureDistance.from_features(training, normal(400, 4, 0)) is None
