"""Episodes: a few classes with one example each, and other examples to be told which of them they are like."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RUNS = 100  # episodes that are drawn where data bring none of their own


@dataclass(frozen=True)
class Episode:
    """One-shot classification among some classes.

    Args:
        support: (ways,) places of the examples that show a class each.
        queries: (queries,) places of the examples that are asked about.
        truth: (queries,) which of the support each belongs to.

    Example:
        >>> Episode(np.array([0, 4]), np.array([5, 1]), np.array([1, 0])).truth.tolist()
        [1, 0]
    """

    support: np.ndarray
    queries: np.ndarray
    truth: np.ndarray


def group_of(name: str) -> str:
    """The group of a class, what stands before the last slash of its name: of "Greek/12" "Greek"; "" without one."""
    return name.rpartition("/")[0]


def episodes_of(labels: np.ndarray, class_names: Sequence[str], *, ways: int = 20, runs: int = RUNS) -> list[Episode]:
    """Draws episodes from labelled examples, always alike: of each class one example and one query, and classes of one
    group alone, where their names have groups, as in Lake et al. 2015. The groups take turns.

    Args:
        labels: (examples,) integers.
        class_names: of all classes.
        ways: classes of an episode, or as many as a group has.
        runs: how many episodes.

    Returns:
        The episodes; none where no group has two classes with two examples.

    Example:
        >>> labels = np.repeat([0, 1, 2], 4)
        >>> episode = episodes_of(labels, ("Greek/1", "Greek/2", "Latin/1"), runs=1)[0]
        >>> sorted(labels[episode.support].tolist()), len(episode.queries)
        ([0, 1], 2)
    """
    random, places = np.random.default_rng(865), {}
    for label in np.unique(labels):
        if len(found := np.flatnonzero(labels == label)) > 1:
            places.setdefault(group_of(class_names[label]), []).append(found)
    groups = [classes for classes in places.values() if len(classes) > 1]
    return [_drawn(groups[run % len(groups)], ways, random) for run in range(runs if groups else 0)]


def _drawn(classes: list[np.ndarray], ways: int, random) -> Episode:
    chosen = random.permutation(len(classes))[:ways]
    pairs = np.array([random.choice(classes[place], 2, replace=False) for place in chosen])
    order = random.permutation(len(pairs))
    return Episode(pairs[:, 0], pairs[order, 1], order)


def episodes_given(labels: np.ndarray, queries: np.ndarray, class_names: Sequence[str]) -> list[Episode]:
    """The episodes that data bring: those of a group are one, and its examples are either shown or asked about.

    Args:
        labels: (examples,) integers.
        queries: (examples,) bool, whether each is asked about.
        class_names: of all classes, with groups: "run01/04".

    Returns:
        The episodes, in the order of the examples.

    Example:
        >>> names = ("run1/a", "run1/b", "run2/a")
        >>> found = episodes_given(np.array([0, 1, 1, 2, 2]), np.array([False, False, True, False, True]), names)
        >>> [(one.support.tolist(), one.queries.tolist(), one.truth.tolist()) for one in found]
        [([0, 1], [2], [1]), ([3], [4], [0])]
    """
    groups = np.array([group_of(class_names[label]) for label in labels])
    found = []
    for group in dict.fromkeys(groups.tolist()):
        own = np.flatnonzero(groups == group)
        support, asked = own[~queries[own]], own[queries[own]]
        truth = (labels[support] == labels[asked][:, None]).argmax(1)
        found.append(Episode(support, asked, truth))
    return found
