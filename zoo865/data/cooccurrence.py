"""How often words stand near each other in running text: co-occurrence counts."""

from typing import TYPE_CHECKING

import numpy as np

from zoo865.data.word_stream import PADDING
from zoo865.errors import ZooError, nearest

if TYPE_CHECKING:
    from scipy.sparse import csr_array

WEIGHTINGS = ("harmonic", "linear")


def cooccurrence(
    stream: np.ndarray,
    vocabulary_size: int,
    *,
    window: int,
    weighting: str = "harmonic",
    block: int = 1 << 20,
) -> "csr_array":
    """Counts every two words that stand near each other, by how near they are.

    Args:
        stream: (words and zeros,) whole numbers, as `word_stream` gives them with a gap of `window`. Zeros are padding.
        vocabulary_size: how many numbers words have.
        window: how far apart two words may stand.
        weighting: what two words at a distance d count as: "harmonic", 1 / d, as GloVe counts them; or "linear",
            (window + 1 - d) / window, how likely a window of random size, as word2vec draws it, shows them.
        block: words that are counted at once: memory grows with it, and with the pairs that are found.

    Returns:
        (vocabulary_size, vocabulary_size) float64, symmetric; the row and the column of padding are empty.

    Raises:
        ZooError: no such weighting, or no window.

    Example:
        >>> cooccurrence(np.array([1, 2, 3]), 4, window=2).toarray()
        array([[0. , 0. , 0. , 0. ],
               [0. , 0. , 1. , 0.5],
               [0. , 1. , 0. , 1. ],
               [0. , 0.5, 1. , 0. ]])
    """
    from scipy.sparse import csr_array

    if weighting not in WEIGHTINGS:
        raise ZooError(f"unknown weighting {weighting!r}", nearest(weighting, WEIGHTINGS))
    if window < 1:
        raise ZooError(f"window must be at least 1, not {window}")
    distances = np.arange(1, window + 1)
    weights = 1 / distances if weighting == "harmonic" else (window + 1 - distances) / window
    counts = csr_array((vocabulary_size, vocabulary_size))
    for start in range(0, len(stream), block):
        numbers = np.zeros(min(block, len(stream) - start) + window, stream.dtype)
        part = stream[start : start + len(numbers)]
        numbers[: len(part)] = part
        near = np.lib.stride_tricks.sliding_window_view(numbers, window + 1)
        near = near[near[:, 0] != PADDING]
        words, contexts = near[:, 0], near[:, 1:]
        # Places of each word, times the words behind each place: SciPy adds up a row in time linear in its terms.
        places = csr_array((np.ones(len(words)), (words, np.arange(len(words)))), (vocabulary_size, len(words)))
        known = contexts != PADDING
        ends = np.append(0, np.cumsum(known.sum(1)))
        behind = np.broadcast_to(weights, known.shape)[known], contexts[known], ends
        counts += places @ csr_array(behind, (len(words), vocabulary_size))
    return counts + counts.T.tocsr()
