"""Negative sampling: telling the words around a word from noise, many pairs in one product."""

from typing import Any

import numpy as np
from keras import ops

LONGEST = 32.0  # norm of a place's gradient: a noise word is told from all words of a stretch at once, and may run away
MEASURED = 16  # every so manieth stretch tells what the loss is; all of them teach


def negative_sampling(
    words: Any, contexts: Any, positives: Any, weights: Any, word_scale: Any, context_scale: Any
) -> Any:
    """The loss of stretches of words against their contexts (Mikolov et al. 2013), with a gradient of its own.

    Every word meets every context of its stretch: log(1 + exp(w.c)) of each pair by its weight, less w.c by how far it
    is a positive. The gradient is that of the sum over pairs, so that a pair moves its words alike however many pairs
    a batch has. That of a place is shortened to 32 where it may be longer, by the triangle inequality, and scaled by
    what is given for it.

    Args:
        words: (batch, stretch, dimensions) vectors.
        contexts: (batch, contexts, dimensions) vectors.
        positives: (stretch, contexts) how much each pair counts as one of neighbours.
        weights: (stretch, contexts) how much it counts in all, as one of neighbours or of noise.
        word_scale: (batch, stretch) what the gradient of each word is multiplied by.
        context_scale: (batch, contexts) the same of each context.

    Returns:
        The loss of a word in nats, a scalar: the mean of some stretches.

    Example:
        >>> zeros, ones = ops.zeros((1, 1, 8)), ops.ones((1, 1))  # a pair that nothing is known of: log 2
        >>> round(float(negative_sampling(zeros, zeros, ones, ones, ones, ones)), 3)
        0.693
    """

    positives, weights = (ops.transpose(ops.convert_to_tensor(pairs)) for pairs in (positives, weights))

    @ops.custom_gradient
    def loss(words, contexts):
        # A row a context: turning the words, of which there are fewer, is twice as fast as turning the contexts.
        logits = ops.matmul(contexts, ops.transpose(words, (0, 2, 1)))
        some = logits[::MEASURED]
        nats = ops.sum(ops.softplus(some) * weights - some * positives, axis=1)
        slopes = ops.sigmoid(logits) * weights - positives

        def gradient(*arguments, upstream=None):
            upstream = arguments[0] if upstream is None else upstream
            # Scaling slopes in place of gradients spares two passes over all vectors.
            steep, turned = ops.absolute(slopes), ops.transpose(slopes, (0, 2, 1))
            of_contexts = slopes * _scale(context_scale * upstream, steep, words)[:, :, None]
            of_words = turned * _scale(word_scale * upstream, ops.transpose(steep, (0, 2, 1)), contexts)[:, :, None]
            return ops.matmul(of_words, contexts), ops.matmul(of_contexts, words)

        return ops.mean(nats), gradient

    return loss(words, contexts)


def pair_weights(window: int, stretch: int, negatives: float, noise: int) -> tuple[np.ndarray, np.ndarray]:
    """How much the pairs of a stretch count: as neighbours by how often a window of random size, from 1 to `window`,
    reaches so far; and in all, where noise words count as often as if they were drawn for each pair.

    Args:
        window: how far apart neighbours may stand, and how many words stand before and after the stretch.
        stretch: words of it.
        negatives: noise words for each pair of neighbours.
        noise: noise words that the stretch shares.

    Returns:
        Two (stretch, stretch + 2 * window + noise) float32: the positives, and the weights of all pairs.

    Example:
        >>> positives, weights = pair_weights(window=2, stretch=1, negatives=5, noise=3)
        >>> positives.tolist(), weights[0, -3:].tolist()
        ([[0.5, 1.0, 0.0, 1.0, 0.5, 0.0, 0.0, 0.0]], [5.0, 5.0, 5.0])
    """
    width = stretch + 2 * window
    distance = np.abs(np.arange(width) - window - np.arange(stretch)[:, None])
    near = np.where((distance > 0) & (distance <= window), (window + 1 - distance) / window, 0)
    random = np.repeat(near.sum(1, keepdims=True) * negatives / noise, noise, axis=1)
    positives = np.concatenate([near, np.zeros((stretch, noise))], 1)
    return positives.astype("float32"), np.concatenate([near, random], 1).astype("float32")


def _scale(scale, steep, others):
    """(batch, places) the scales, smaller where a place's gradient, a sum of `others` by slopes, may be too long."""
    length = ops.sqrt(ops.sum(ops.square(others), axis=2, keepdims=True))
    return scale * LONGEST / ops.maximum(ops.matmul(steep, length)[:, :, 0], LONGEST)
