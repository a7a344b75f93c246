"""One-shot classification, verification and retrieval against plain loops."""

import numpy as np
import pytest

from zoo865.data.episodes import Episode, episodes_of
from zoo865.metrics.one_shot import distances_of_queries, equal_error_rate, one_shot_right, recall_at

random = np.random.default_rng(0)
LABELS = np.repeat(np.arange(12), 4)
VECTORS = random.normal(size=(12, 1, 5)) + random.normal(size=(12, 4, 5))
VECTORS = VECTORS.reshape(48, 5)
EPISODES = episodes_of(LABELS, [f"class {number}" for number in range(12)], ways=10, runs=20)


def test_the_nearest_example_names_the_query():
    right = one_shot_right(VECTORS, EPISODES)
    expected = []
    for episode in EPISODES:
        for query, truth in zip(episode.queries, episode.truth, strict=True):
            away = [np.linalg.norm(VECTORS[query] - VECTORS[shown]) for shown in episode.support]
            expected.append(min(range(10), key=away.__getitem__) == truth)
    np.testing.assert_array_equal(right, expected)
    assert 0.3 < right.mean() < 0.95


def test_among_fewer_classes_it_is_easier_and_the_own_is_always_among_them():
    shares = [one_shot_right(VECTORS, EPISODES, ways).mean() for ways in (1, 2, 5, 10)]
    assert shares[0] == 1
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == one_shot_right(VECTORS, EPISODES).mean()


def test_distances_are_to_the_own_class_and_to_the_others():
    own, others = distances_of_queries(VECTORS, EPISODES)
    assert (own.shape, others.shape) == ((200,), (200, 9))
    np.testing.assert_array_equal(one_shot_right(VECTORS, EPISODES), own < others.min(1))
    first, second = (
        Episode(np.array([0, 4]), np.array([5]), np.array([1])),
        Episode(*np.array([[0, 4, 8], [9, 1, 5], [2, 0, 1]])),
    )
    own, others = distances_of_queries(VECTORS, [first, second])
    away = np.linalg.norm(VECTORS[[5, 9, 1, 5]] - VECTORS[[4, 8, 0, 4]], axis=1)
    np.testing.assert_allclose(own, away)
    assert np.isinf(others[0, 1]), "the first has one other class"
    assert others[0, 0] == pytest.approx(np.linalg.norm(VECTORS[0] - VECTORS[5]))
    np.testing.assert_allclose(others[1], sorted(np.linalg.norm(VECTORS[9] - VECTORS[[0, 4]], axis=1)))


def test_at_the_threshold_both_mistakes_are_equally_frequent():
    """Of two normal distributions two standard deviations apart each has 15.87 % beyond the middle."""
    same, different = random.normal(1, 0.5, 100_000), random.normal(2, 0.5, 100_000)
    rate, threshold = equal_error_rate(same, different)
    assert rate == pytest.approx(0.1587, abs=0.003)
    assert threshold == pytest.approx(1.5, abs=0.01)
    assert (same > threshold).mean() == pytest.approx((different <= threshold).mean(), abs=1e-4)


def test_recall_counts_who_finds_one_of_its_class():
    for most in (1, 3):
        found = []
        for place in range(48):
            order = sorted(set(range(48)) - {place}, key=lambda other: np.linalg.norm(VECTORS[place] - VECTORS[other]))
            found.append(LABELS[place] in LABELS[order[:most]])
        assert recall_at(VECTORS, LABELS, most) == pytest.approx(np.mean(found))
    assert recall_at(np.zeros((3, 2)), np.array([0, 0, 1]), 1) in (0.5, 1), "a class of one cannot be found"
