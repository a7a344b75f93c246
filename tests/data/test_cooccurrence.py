"""Co-occurrence counts against two loops in Python."""

import numpy as np
import pytest

from zoo865.data.cooccurrence import WEIGHTINGS, cooccurrence
from zoo865.errors import ZooError

pytestmark = pytest.mark.fast


def counted(stream, size, window, weighting):
    """What two loops count."""
    counts = np.zeros((size, size))
    for here, word in enumerate(stream):
        for there, other in enumerate(stream):
            distance = abs(here - there)
            if word and other and 0 < distance <= window:
                counts[word, other] += 1 / distance if weighting == "harmonic" else (window + 1 - distance) / window
    return counts


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize(("window", "block"), [(1, 1000), (4, 1000), (4, 7), (5, 3), (10, 1)])
def test_counts_are_those_of_two_loops(weighting, window, block):
    """Across the ends of blocks too, and of blocks that are shorter than a window; zeros come alone and in rows."""
    random = np.random.default_rng(window)
    stream = random.integers(0, 9, 60).astype("uint16")
    stream[20 : 20 + window] = 0
    found = cooccurrence(stream, 9, window=window, weighting=weighting, block=block)
    np.testing.assert_allclose(found.toarray(), counted(stream, 9, window, weighting), rtol=1e-12)
    assert (found.data > 0).all()
    assert abs(found - found.T).max() == 0


def test_the_sum_is_known():
    """Of n words without a gap n - d pairs stand at the distance d, and each is counted from both its ends."""
    stream, window = np.random.default_rng(0).integers(1, 50, 2000), 10
    found = cooccurrence(stream, 50, window=window)
    assert found.sum() == pytest.approx(2 * sum((2000 - d) / d for d in range(1, window + 1)))


@pytest.mark.parametrize("stream", [[], [0, 0], [3], [3, 0, 0, 5]])
def test_words_without_neighbours_count_nothing(stream):
    assert cooccurrence(np.array(stream, "int32"), 6, window=2).nnz == 0


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(ZooError, match="unknown weighting 'harmonics'"):
        cooccurrence(np.ones(3, int), 2, window=1, weighting="harmonics")
    with pytest.raises(ZooError, match="window must be at least 1"):
        cooccurrence(np.ones(3, int), 2, window=0)
