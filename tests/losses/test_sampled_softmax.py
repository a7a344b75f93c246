"""Sampled softmax: the logits that it asks for are those of a softmax over all words, whatever is drawn as noise."""

import itertools
import math

import keras
import numpy as np
from keras import ops

from zoo865.losses.sampled_softmax import drawn_words, sampled_softmax, zipf_probabilities

WORDS = 5  # numbers of words; 0 is padding
SHARES = np.array([0.1, 0.2, 0.3, 0.4])  # of the words 1 to 4, in text
ZIPF = np.log(1 + 1 / np.arange(1, WORDS)) / math.log(WORDS)  # the same, as noise


def expected_loss(logits, noise_words: int) -> float:
    """The mean loss over all texts of one word and all noise, each by its probability: by enumeration."""
    scores = logits - np.log(ZIPF)
    table = ops.convert_to_tensor(np.concatenate([[0.0], scores])[:, None].astype("float32"))
    words, total = ops.arange(1, WORDS, dtype="int32"), 0.0
    for noise in itertools.product(range(1, WORDS), repeat=noise_words):
        losses = sampled_softmax(
            ops.ones((len(SHARES), 1)),
            words,
            ops.convert_to_tensor(np.array(noise, "int32")),
            lambda numbers: ops.take(table, numbers, axis=0),
        )
        total += np.prod(ZIPF[np.array(noise) - 1]) * float((SHARES * ops.convert_to_numpy(losses)).sum())
    return total


def test_probabilities_of_the_text_are_the_optimum_with_any_noise():
    best = np.log(SHARES)
    for noise_words in (1, 2, 3):
        least = expected_loss(best, noise_words)
        assert abs(expected_loss(best + 0.7, noise_words) - least) < 1e-5  # a constant does not count
        for word in range(len(SHARES)):
            for step in (-0.3, 0.3):
                assert expected_loss(best + step * np.eye(len(SHARES))[word], noise_words) > least + 1e-4


def test_one_noise_word_alike_says_nothing_and_a_different_one_is_a_logistic_classifier():
    table = ops.convert_to_tensor(np.array([[9.0], [0.5], [0.25]], "float32"))

    def loss(word, noise):
        given = (ops.ones((1, 1)), ops.convert_to_tensor([word]), ops.convert_to_tensor([noise]))
        return float(sampled_softmax(*given, lambda numbers: ops.take(table, numbers, axis=0))[0])

    assert abs(loss(1, 1)) < 1e-6
    assert abs(loss(1, 2) - math.log1p(math.exp(0.25 - 0.5))) < 1e-6


def test_probabilities_are_those_of_zipfs_law_and_sum_to_one():
    np.testing.assert_allclose(zipf_probabilities(WORDS), [0, *ZIPF], rtol=1e-6)
    assert abs(zipf_probabilities(20_000).sum() - 1) < 1e-5


def test_noise_is_drawn_by_zipfs_law_and_never_padding():
    drawn = np.array(drawn_words(keras.random.uniform((200_000,), seed=1), 1_000))
    assert (drawn.dtype, drawn.min()) == ("int32", 1)
    assert drawn.max() <= 999
    counts = np.bincount(drawn, minlength=1_000)[1:]
    expected = len(drawn) * np.log(1 + 1 / np.arange(1, 1_000)) / math.log(1_000)
    # Chi-squared of 998 degrees of freedom: 1,150 is four standard deviations above its mean.
    often = expected >= 5
    assert ((counts - expected) ** 2 / expected)[often].sum() < often.sum() + 4 * math.sqrt(2 * often.sum())
