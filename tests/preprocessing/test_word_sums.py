"""Sums of words against NumPy: what they are, what is nearest to them, and that nobody's answer depends on company."""
# ruff: noqa: RUF001 (dashes that look like others are what this is about)

import numpy as np
import pytest
import tensorflow as tf

from zoo865.data.tokenizer import words_of
from zoo865.preprocessing.word_sums import mean_vector, nearest_words

pytestmark = pytest.mark.fast

VOCABULARY = ("king", "queen", "man", "woman", "new", "york", "n't", "well", "known", "déjà")
TABLE = np.random.default_rng(0).standard_normal((len(VOCABULARY) + 2, 6)).astype("float32")
SUMS = {  # a text -> its terms, each a sign and words
    "king": [(1, "king")],
    "king - man + woman": [(1, "king"), (-1, "man"), (1, "woman")],
    "KING  -  man\t+ Woman!": [(1, "king"), (-1, "man"), (1, "woman")],
    "king − man + woman": [(1, "king"), (-1, "man"), (1, "woman")],
    "king – man – woman": [(1, "king"), (-1, "man"), (-1, "woman")],
    "new york": [(1, "new york")],
    "king - new york + queen man": [(1, "king"), (-1, "new york"), (1, "queen man")],
    "well-known": [(1, "well known")],  # a hyphen within a word takes nothing away
    "don't + déjà": [(1, "n't"), (1, "déjà")],
    "king + king - man": [(1, "king king"), (-1, "man")],
    "king - emperor + xyzzy woman": [(1, "king"), (1, "woman")],  # unknown words count as nothing
    "- man + king": [(-1, "man"), (1, "king")],
    "king -man": [(1, "king"), (-1, "man")],
    "king + - man": [(1, "king"), (-1, "man")],
    "king\nqueen - man": [(1, "king queen"), (-1, "man")],
}


def expected(terms, count):
    """The nearest words and their cosines."""
    units = TABLE / np.linalg.norm(TABLE, axis=1, keepdims=True)
    number = {word: place for place, word in enumerate(VOCABULARY, 2)}
    summed, given = np.zeros(TABLE.shape[1]), set()
    for sign, words in terms:
        for word in words.split():
            summed += sign * units[number[word]]
            given.add(word)
    cosines = units @ (summed / np.linalg.norm(summed))
    others = sorted((word for word in VOCABULARY if word not in given), key=lambda word: -cosines[number[word]])
    return others[:count], [cosines[number[word]] for word in others[:count]]


def answers(texts, count=4, table=TABLE, vocabulary=VOCABULARY):
    found = nearest_words(tf.constant(texts, tf.string, (len(texts),)), table, vocabulary, count)
    return [[word.decode() for word in row] for row in found["word"].numpy()], found["similarity"].numpy()


@pytest.mark.parametrize("text", SUMS)
def test_the_nearest_words_are_those_that_numpy_finds(text):
    (words,), (cosines,) = answers([text])
    nearest, similar = expected(SUMS[text], 4)
    assert words == nearest
    np.testing.assert_allclose(cosines, similar, atol=1e-5)


def test_an_answer_does_not_depend_on_who_was_asked_beside():
    texts = [*SUMS, "", "xyzzy", "king " * 100]
    words, cosines = answers(texts)
    assert cosines.shape == (len(texts), 4)
    for place, text in enumerate(texts):
        alone, similar = answers([text])
        assert alone[0] == words[place]
        np.testing.assert_allclose(similar[0], cosines[place], atol=1e-6)


def test_nobody_is_asked():
    words, cosines = answers([])
    assert words == []
    assert cosines.shape == (0, 4)


@pytest.mark.parametrize("text", ["", "xyzzy", " - ", "king - king"])
def test_nothing_is_similar_to_no_word(text):
    words, cosines = answers([text])
    assert set(np.ravel(words).tolist()) <= {"", b""}
    np.testing.assert_array_equal(cosines, 0)


@pytest.mark.parametrize("count", [9, 10, 15])
def test_a_small_vocabulary_has_no_more_words_than_it_has(count):
    (words,), (cosines,) = answers(["king"], count)
    nearest, similar = expected(SUMS["king"], count)
    assert words == nearest + [""] * (count - 9)
    np.testing.assert_allclose(cosines, similar + [0] * (count - 9), atol=1e-5)


def test_the_mean_of_a_text():
    texts = ["king queen king", "Well, the king isn't known!", "", "xyzzy"]
    found = mean_vector(tf.constant(texts), TABLE, VOCABULARY).numpy()
    for text, vector in zip(texts, found, strict=True):
        known = [TABLE[VOCABULARY.index(word) + 2] for word in words_of(text) if word in VOCABULARY]
        np.testing.assert_allclose(vector, np.mean(known, 0) if known else np.zeros(6), atol=1e-6)
    assert mean_vector(tf.constant([], tf.string), TABLE, VOCABULARY).shape == (0, 6)
