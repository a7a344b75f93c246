"""Pointwise mutual information (PMI) of words and their contexts, as skip-grams with negative sampling factorize it.

Paper: Levy, Goldberg 2014 (neural word embedding as implicit matrix factorization).
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import coo_array, csr_array


def shifted_pmi(counts: "csr_array", noise_shares: np.ndarray, negatives: float) -> "coo_array":
    """What the product of a word's vector and a context's approaches in training: the logarithm of how much more often
    the two meet as neighbours than by noise.

    Args:
        counts: (words, contexts) sparse, how often each context stands in the window of each word.
        noise_shares: (contexts,) how likely each is drawn as noise.
        negatives: how many noise words a pair of neighbours is told from.

    Returns:
        (words, contexts) float64 of the pairs that were counted: log(count / (count of the word * noise share of the
        context)) - log(negatives), in nats; of all others it would be minus infinity.

    Example:
        >>> from scipy.sparse import csr_array
        >>> shifted_pmi(csr_array([[0.0, 3.0], [3.0, 1.0]]), np.array([0.5, 0.5]), negatives=1).toarray().round(2)
        array([[ 0.  ,  0.69],
               [ 0.41, -0.69]])
    """
    pairs = counts.tocoo()
    expected = counts.sum(1)[pairs.row] * noise_shares[pairs.col] * negatives
    pairs.data = np.log(pairs.data / expected)
    return pairs


# TO BE SWAPPED for zoo865.data.cooccurrence.cooccurrence, which is called alike; its test then goes as well.
def cooccurrence(stream: np.ndarray, vocabulary_size: int, *, window: int, weighting: str = "linear") -> "csr_array":
    """(words, words) float64: how often two words stand near each other, a pair at distance d counted as
    (window + 1 - d) / window.
    """
    from scipy.sparse import coo_array, csr_array

    found = csr_array((vocabulary_size, vocabulary_size))
    for distance in range(1, window + 1):
        first, second = stream[:-distance], stream[distance:]
        real = (first != 0) & (second != 0)
        weights = np.full(real.sum(), (window + 1 - distance) / window)
        found += coo_array((weights, (first[real], second[real])), found.shape).tocsr()
    return (found + found.T).tocsr()
