"""A linear probe: how much of the labels a linear classifier reads off frozen features (Alain and Bengio 2017)."""

import numpy as np


def linear_probe(features: np.ndarray, labels: np.ndarray, strength: float = 0.1):
    """Logistic regression on standardized features.

    Args:
        features: (examples, numbers).
        labels: (examples,) integers.
        strength: the inverse of the penalty on large weights, scikit-learn's C.

    Returns:
        A fitted classifier of scikit-learn: `score(features, labels)` is its accuracy on others.

    Example:
        >>> features, labels = np.array([[0.0], [0.2], [0.9], [1.0]]), np.array([0, 0, 1, 1])
        >>> linear_probe(features, labels).predict([[0.3], [0.8]]).tolist()
        [0, 1]
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000)).fit(features, labels)
