"""Which example to label next: the one that a classifier of those labelled so far is least certain about.

Lewis and Gale 1994 (uncertainty sampling); the margin between the two likeliest classes (Scheffer et al. 2001).
"""

import numpy as np

UNLABELLED = -1
STRENGTH = 2.0  # of the classifier, over the number of features


def least_certain(features, labels, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """The unlabelled examples in the order in which to label them.

    Until every class has an example nothing is told: they come spread over their order (in steps of the golden ratio),
    so that a sorted folder gives examples of every class soon.

    Args:
        features: (examples, features) floats, of a network that was trained on something else.
        labels: (examples,) integers, UNLABELLED where there is none.
        classes: how many there are.

    Returns:
        (unlabelled,) indices, least certain first, and (unlabelled,) the likely label of each; UNLABELLED where that is
        not told yet.

    Example:
        least_certain([[0.0], [1.0], [0.4], [0.9]], [0, 1, -1, -1], 2)  # ([2, 3], [0, 1])
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features, labels = np.asarray(features, "float32"), np.asarray(labels)
    open_ones, known = np.flatnonzero(labels == UNLABELLED), np.flatnonzero(labels != UNLABELLED)
    if not len(open_ones):
        return open_ones, open_ones
    if len(np.unique(labels[known])) < classes:
        spread = np.argsort((np.arange(len(labels)) * 0.6180339887498949) % 1, kind="stable")
        order = spread[labels[spread] == UNLABELLED]
        return order, np.full(len(order), UNLABELLED)
    scaled = StandardScaler().fit_transform(features)
    classifier = LogisticRegression(C=STRENGTH / features.shape[1], class_weight="balanced", max_iter=1000)
    probabilities = classifier.fit(scaled[known], labels[known]).predict_proba(scaled[open_ones])
    second, first = np.sort(probabilities, 1)[:, -2:].T
    order = np.argsort(first - second, kind="stable")
    return open_ones[order], classifier.classes_[probabilities.argmax(1)][order]
