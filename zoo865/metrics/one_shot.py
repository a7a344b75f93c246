"""How well distances tell what they never learned: one-shot classification, verification, retrieval."""

from collections.abc import Sequence

import numpy as np

from zoo865.data.episodes import Episode


def distances_in(vectors: np.ndarray, episode: Episode) -> np.ndarray:
    """Euclidean distances of an episode's queries to its examples.

    Args:
        vectors: (examples, dimensions) of all episodes.
        episode: one of them.

    Returns:
        (queries, ways).

    Example:
        >>> episode = Episode(np.array([0, 1]), np.array([2]), np.array([1]))
        >>> distances_in(np.array([[0.0, 3.0], [4.0, 0.0], [0.0, 0.0]]), episode)
        array([[3., 4.]])
    """
    from scipy.spatial.distance import cdist

    return cdist(vectors[episode.queries], vectors[episode.support])


def one_shot_right(vectors: np.ndarray, episodes: Sequence[Episode], ways: int | None = None) -> np.ndarray:
    """Whether each query is nearest to its own class, every query by itself (Lake et al. 2015).

    Args:
        vectors: (examples, dimensions).
        episodes: of these examples.
        ways: among how many classes, its own and the next ones; None: all of the episode.

    Returns:
        (queries of all episodes,) bool.

    Example:
        >>> episode = Episode(np.array([0, 1]), np.array([2]), np.array([1]))
        >>> one_shot_right(np.array([[1.0, 0.0], [0.0, 1.0], [0.1, 0.9]]), [episode]).tolist()
        [True]
    """
    found = []
    for episode in episodes:
        away = distances_in(vectors, episode)
        if ways:
            behind = (np.arange(len(episode.support)) - episode.truth[:, None]) % len(episode.support)
            away = np.where(behind < ways, away, np.inf)
        found.append(away.argmin(1) == episode.truth)
    return np.concatenate(found)


def distances_of_queries(vectors: np.ndarray, episodes: Sequence[Episode]) -> tuple[np.ndarray, np.ndarray]:
    """Distances of each query to the example of its class, and to those of others.

    Args:
        vectors: (examples, dimensions).
        episodes: of these examples.

    Returns:
        (queries,) and (queries, most other classes) distances; inf where an episode has fewer.

    Example:
        >>> episode = Episode(np.array([0, 1]), np.array([2]), np.array([1]))
        >>> distances_of_queries(np.array([[0.0, 3.0], [4.0, 0.0], [0.0, 0.0]]), [episode])
        (array([4.]), array([[3.]]))
    """
    own, others = (
        [],
        np.full((sum(len(one.queries) for one in episodes), max(len(one.support) for one in episodes)), np.inf),
    )
    for episode in episodes:
        away = distances_in(vectors, episode)
        queries = np.arange(len(away))
        rows = slice(len(own), len(own) + len(away))
        own.extend(away[queries, episode.truth])
        away[queries, episode.truth] = np.inf
        others[rows, : away.shape[1]] = away
    return np.array(own), np.sort(others, axis=1)[:, :-1]


def equal_error_rate(same: np.ndarray, different: np.ndarray) -> tuple[float, float]:
    """The share of wrong verdicts on "the same or not?" by the threshold that mistakes both kinds equally often.

    Args:
        same, different: (pairs,) distances.

    Returns:
        The rate, and the threshold.

    Example:
        >>> equal_error_rate(np.array([0.1, 0.2]), np.array([0.6, 0.9]))[0]
        0.0
    """
    from sklearn.metrics import roc_curve

    truth = np.repeat([1, 0], [len(same), len(different)])
    accepted, found, thresholds = roc_curve(truth, -np.concatenate([same, different]), drop_intermediate=False)
    place = np.abs(accepted - (1 - found)).argmin()
    return float((accepted[place] + 1 - found[place]) / 2), float(-thresholds[place])


def recall_at(vectors: np.ndarray, labels: np.ndarray, most: int) -> float:
    """The share of examples that have one of their own class among so many nearest others.

    Args:
        vectors: (examples, dimensions).
        labels: (examples,) integers.
        most: neighbours.

    Returns:
        The share of those whose class has another example, where any has.

    Example:
        >>> recall_at(np.array([[0.0], [0.1], [5.0], [5.2]]), np.array([0, 0, 1, 1]), 1)
        1.0
    """
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=min(most + 1, len(vectors))).fit(vectors).kneighbors(return_distance=False)
    near = near[:, :most]
    counts = np.bincount(labels)[labels]
    return float((labels[near] == labels[:, None]).any(1)[counts > 1].mean())
