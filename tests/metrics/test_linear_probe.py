"""The linear probe, against scikit-learn's logistic regression on what NumPy standardizes."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from zoo865.metrics.linear_probe import linear_probe

pytestmark = pytest.mark.fast


def test_it_is_logistic_regression_on_standardized_features():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 40)
    features = random.normal(size=(120, 5)) * [1, 10, 100, 0.1, 0] + labels[:, None]
    learned, asked = features[::2], features[1::2]
    mean, spread = learned.mean(0), learned.std(0)
    spread[spread == 0] = 1
    peer = LogisticRegression(C=0.1, max_iter=1000).fit((learned - mean) / spread, labels[::2])
    found = linear_probe(learned, labels[::2])
    np.testing.assert_allclose(found.predict_proba(asked), peer.predict_proba((asked - mean) / spread), atol=1e-5)
    assert found.score(asked, labels[1::2]) > 0.5


def test_the_unit_of_a_feature_does_not_matter():
    random = np.random.default_rng(1)
    features, labels = random.normal(size=(60, 4)), np.tile([0, 1], 30)
    same = linear_probe(1000 * features - 7, labels).predict_proba(1000 * features - 7)
    np.testing.assert_allclose(linear_probe(features, labels).predict_proba(features), same, atol=1e-5)
