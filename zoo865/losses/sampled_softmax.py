"""The cross-entropy of the next word, against some words drawn at random in place of all that there are."""

import math
from typing import Any

import numpy as np
from keras import ops


def zipf_probabilities(vocabulary_size: int) -> np.ndarray:
    """Zipf's law: the n-th most frequent word has a probability of log(1 + 1 / n) / log(vocabulary_size), about that of
    its place in a list of words by their frequency.

    Args:
        vocabulary_size: how many numbers words have; 0 is padding, which has no probability.

    Returns:
        (vocabulary_size,) float32.

    Example:
        >>> [round(float(probability), 2) for probability in zipf_probabilities(4)]
        [0.0, 0.5, 0.29, 0.21]
    """
    numbers = np.arange(1, vocabulary_size)
    return np.concatenate([[0.0], np.log1p(1 / numbers) / math.log(vocabulary_size)]).astype("float32")


def drawn_words(uniform: Any, vocabulary_size: int) -> Any:
    """Words with the probabilities of `zipf_probabilities`.

    Args:
        uniform: numbers in [0, 1), of any shape.
        vocabulary_size: how many numbers words have.

    Returns:
        Numbers of words from 1 on, int32, of the same shape.

    Example:
        >>> drawn_words(np.array([0.0, 0.5, 0.999]), vocabulary_size=100).numpy().tolist()
        [1, 10, 99]
    """
    drawn = ops.cast(ops.floor(ops.exp(uniform * math.log(vocabulary_size))), "int32")
    return ops.clip(drawn, 1, vocabulary_size - 1)


def sampled_softmax(states: Any, words: Any, noise: Any, vectors_of: Any) -> Any:
    """The cross-entropy of words that states predict, each told from noise words that all of a batch share (Bengio,
    Senecal 2003; Jean et al. 2015).

    A word's score is the product of its vector with the state: by how much, as a logarithm, it is more probable in this
    place than among noise. What is asked is which of the noise words and the one of the text, in any order, is that of
    the text; by Bayes' rule, each is as probable as exp(score). So whatever the noise, scores plus the logarithms of
    `zipf_probabilities` learn to be the logits of a softmax over all words.

    Args:
        states: (places, dimensions) float32.
        words: (places,) int32, the numbers of the words that are to be predicted.
        noise: (noise words,) int32, drawn by `drawn_words`; the same one as often as it was drawn.
        vectors_of: numbers of words, of any shape -> their vectors, (..., dimensions).

    Returns:
        (places,) float32, in nats.

    Example:
        >>> states, words, noise = ops.ones((1, 4)), ops.array([3]), ops.array([1, 2, 1])  # one of four, all alike
        >>> round(float(sampled_softmax(states, words, noise, lambda numbers: ops.zeros((*numbers.shape, 4)))[0]), 3)
        1.386
    """
    true = ops.sum(states * vectors_of(words), axis=-1)
    others = ops.matmul(states, ops.transpose(vectors_of(noise)))
    copies = 1.0 + ops.sum(ops.cast(ops.equal(words[:, None], noise), "float32"), axis=1)
    return ops.logsumexp(ops.concatenate([true[:, None], others], axis=1), axis=1) - true - ops.log(copies)
