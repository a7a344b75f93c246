"""Pointwise mutual information (PMI) of words, and the vectors that come of it without any training.

What word2vec and GloVe learn in small steps is a factorization of nearly this matrix (Levy and Goldberg 2014): its
singular value decomposition is what their vectors are to be compared with.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def pmi(counts: "csr_array", power: float = 1.0) -> "csr_array":
    """How much more often than by chance two words stand near each other: log p(word, context) / (p(word) p(context)).

    Args:
        counts: (words, contexts) sparse, as `zoo865.data.cooccurrence.cooccurrence` gives them.
        power: p(context) is taken in proportion to the context's count raised to it. 0.75, as noise words are drawn,
            makes rare contexts less surprising (Levy, Goldberg, Dagan 2015).

    Returns:
        (words, contexts) float64 of the pairs that were counted, in nats; of all others it would be minus infinity.

    Example:
        >>> from scipy.sparse import csr_array
        >>> pmi(csr_array([[2.0, 0.0], [0.0, 2.0]])).toarray().round(3)  # always together, where chance says half
        array([[0.693, 0.   ],
               [0.   , 0.693]])
    """
    of_contexts = counts.sum(0) ** power
    return shifted_pmi(counts, of_contexts / of_contexts.sum(), negatives=1)


def shifted_pmi(counts: "csr_array", noise_shares: np.ndarray, negatives: float) -> "csr_array":
    """What the product of a word's vector and a context's approaches as skip-grams learn with negative sampling: how
    much more often the two stand near each other than noise words are drawn.

    Args:
        counts: (words, contexts) sparse, how often each context stands in the window of each word.
        noise_shares: (contexts,) how likely each is drawn as noise.
        negatives: how many noise words a pair of neighbours is told from.

    Returns:
        (words, contexts) float64 of the pairs that were counted: log p(context | word) / noise share of the context,
        less log(negatives), in nats; of all others it would be minus infinity.

    Example:
        >>> from scipy.sparse import csr_array
        >>> shifted_pmi(csr_array([[0.0, 3.0], [3.0, 1.0]]), np.array([0.5, 0.5]), negatives=1).toarray().round(2)
        array([[ 0.  ,  0.69],
               [ 0.41, -0.69]])
    """
    pairs = counts.tocoo()
    expected = counts.sum(1)[pairs.row] * noise_shares[pairs.col] * negatives
    pairs.data = np.log(pairs.data / expected)
    return pairs.tocsr()


def ppmi_svd(counts: "csr_array", dimensions: int, power: float = 0.75) -> np.ndarray:
    """Vectors of words by a singular value decomposition of their positive PMI (Levy, Goldberg, Dagan 2015).

    Args:
        counts: (words, contexts) sparse, as `zoo865.data.cooccurrence.cooccurrence` gives them.
        dimensions: numbers of a vector, fewer than words and contexts.
        power: as in `pmi`.

    Returns:
        (words, dimensions) float32, U S^0.5: the directions of the largest singular values, in falling order, by the
        roots of these.

    Example:
        >>> from scipy.sparse import csr_array
        >>> ppmi_svd(csr_array([[4.0, 1.0, 0.0], [1.0, 4.0, 0.0], [0.0, 0.0, 5.0]]), 2).shape
        (3, 2)
    """
    from scipy.sparse.linalg import svds

    positive = pmi(counts, power).astype("float32")
    positive.data = np.maximum(positive.data, 0)
    positive.eliminate_zeros()
    start = np.random.default_rng(865).standard_normal(min(positive.shape)).astype("float32")
    left, values, _ = svds(positive, dimensions, v0=start)
    order = np.argsort(-values)
    return (left * np.sqrt(values))[:, order]
