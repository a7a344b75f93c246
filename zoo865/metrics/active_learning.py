"""Which example to label next: one that a classifier of those labelled so far is uncertain about, and others are like.

Lewis and Gale 1994 (uncertainty sampling); the margin between the two likeliest classes (Scheffer et al. 2001); times
how alike its neighbours are (Settles and Craven 2008, information density): what nothing is like teaches little.
"""

import numpy as np

UNLABELLED = -1
STRENGTH = 2.0  # of the classifier, over the number of features
NEIGHBOURS = 20


def standardized(features) -> np.ndarray:
    """Features of mean 0 and spread 1 over the examples, as the functions below take them.

    Args:
        features: (examples, features) floats, of a network that was trained on something else.

    Returns:
        The same as float32.
    """
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit_transform(np.asarray(features, "float32"))


def density(features) -> np.ndarray:
    """(examples,) how alike each example's nearest neighbours are: their mean cosine similarity.

    Args:
        features: (examples, features) of `standardized`.
    """
    from sklearn.neighbors import kneighbors_graph

    count = min(NEIGHBOURS, len(features) - 1)
    if count < 1:
        return np.ones(len(features))
    distances = kneighbors_graph(features, count, mode="distance", metric="cosine", include_self=False)
    return 1 - np.asarray(distances.sum(1)).ravel() / count


def least_certain(features, labels, densities=None) -> tuple[np.ndarray, np.ndarray]:
    """The unlabelled examples in the order in which to label them.

    Until two classes have an example nothing is told: they come spread over their order (in steps of the golden ratio),
    so that a sorted folder gives examples of several soon.

    Args:
        features: (examples, features) of `standardized`; once for all labels.
        labels: (examples,) integers, UNLABELLED where there is none.
        densities: (examples,) of `density`; None counts all alike.

    Returns:
        (unlabelled,) indices, least certain first, and (unlabelled,) the likely label of each; UNLABELLED where that is
        not told yet.

    Example:
        least_certain(standardized([[0.0], [1.0], [0.4], [0.9]]), [0, 1, -1, -1])  # ([2, 3], [0, 1])
    """
    from sklearn.linear_model import LogisticRegression

    labels = np.asarray(labels)
    open_ones, known = np.flatnonzero(labels == UNLABELLED), np.flatnonzero(labels != UNLABELLED)
    if not len(open_ones):
        return open_ones, open_ones
    if len(np.unique(labels[known])) < 2:
        spread = np.argsort((np.arange(len(labels)) * 0.6180339887498949) % 1, kind="stable")
        order = spread[labels[spread] == UNLABELLED]
        return order, np.full(len(order), UNLABELLED)
    classifier = LogisticRegression(C=STRENGTH / features.shape[1], class_weight="balanced", max_iter=1000)
    probabilities = classifier.fit(features[known], labels[known]).predict_proba(features[open_ones])
    second, first = np.sort(probabilities, 1)[:, -2:].T
    alike = 1.0 if densities is None else np.asarray(densities)[open_ones]
    order = np.argsort(-(1 - (first - second)) * alike, kind="stable")
    return open_ones[order], classifier.classes_[probabilities.argmax(1)][order]
