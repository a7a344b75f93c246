"""Episodes: one example and one query of each class, of one group, always the same."""

import numpy as np

from zoo865.data.episodes import episodes_given, episodes_of

NAMES = tuple(f"{group}/{number}" for group in ("Greek", "Latin", "Runes") for number in range(8))
LABELS = np.random.default_rng(0).permutation(np.repeat(np.arange(24), 5))


def test_each_class_has_one_example_and_one_other_query():
    episodes = episodes_of(LABELS, NAMES, ways=6, runs=9)
    assert len(episodes) == 9
    for episode in episodes:
        shown, asked = LABELS[episode.support], LABELS[episode.queries]
        assert len(set(shown)) == len(shown) == 6
        np.testing.assert_array_equal(shown[episode.truth], asked)
        assert not set(episode.support) & set(episode.queries)
        assert len({label // 8 for label in shown}) == 1, "of one group"
    assert [LABELS[episode.support[0]] // 8 for episode in episodes] == [0, 1, 2] * 3, "groups take turns"


def test_queries_stand_in_another_order_than_examples():
    episodes = episodes_of(LABELS, NAMES, ways=8, runs=30)
    assert np.mean([(episode.truth == np.arange(8)).mean() for episode in episodes]) < 0.25


def test_they_are_always_the_same():
    one, other = (episodes_of(LABELS, NAMES, runs=5) for _ in range(2))
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first.support, second.support)
        np.testing.assert_array_equal(first.queries, second.queries)


def test_classes_with_one_example_take_no_part():
    labels = np.array([0, 0, 1, 2, 2, 8])
    (episode,) = episodes_of(labels, NAMES, runs=1)
    assert set(labels[episode.support]) == {0, 2}
    assert episodes_of(np.array([0, 1, 2, 8, 8]), NAMES, runs=1) == []


def test_given_episodes_keep_what_is_shown_and_what_is_asked():
    labels = np.array([3, 2, 9, 8, 2, 3, 8])
    queries = np.array([False, False, False, False, True, True, True])
    first, second = episodes_given(labels, queries, NAMES)
    assert (first.support.tolist(), first.queries.tolist(), first.truth.tolist()) == ([0, 1], [4, 5], [1, 0])
    assert (second.support.tolist(), second.queries.tolist(), second.truth.tolist()) == ([2, 3], [6], [1])
