"""Sums of words' vectors, and the words nearest to them, in a graph."""

import tensorflow as tf

from zoo865.data.features.text import UNKNOWN_WORDS
from zoo865.preprocessing.text import word_numbers

LONGEST = 64  # words of a sum
MINUS = r"\-\x{2212}\x{2013}"  # hyphen, minus sign, dash


def mean_vector(texts, table, vocabulary: tuple[str, ...]) -> tf.Tensor:
    """(batch, dimensions) the mean of the vectors of each text's words; of unknown ones nothing, of no word zeros."""
    numbers = word_numbers(texts, vocabulary, None)
    known = tf.cast(numbers >= UNKNOWN_WORDS, tf.float32)[..., None]
    summed = tf.reduce_sum(tf.gather(tf.convert_to_tensor(table), numbers) * known, 1)
    return summed / tf.maximum(tf.reduce_sum(known, 1), 1)


def nearest_words(texts, table, vocabulary: tuple[str, ...], count: int) -> dict[str, tf.Tensor]:
    """The words whose vectors are nearest to a sum of words', those of the sum left out.

    Args:
        texts: (batch,) strings: words, with " + " or " - " between them or blanks for sums: "king - man + woman".
        table: (words, dimensions) of all numbers.
        vocabulary: the words.
        count: how many; "" for those that are missing: of a smaller vocabulary, or all where no word of the sum is
            known, or it cancels out.

    Returns:
        {"word": (batch, count) strings, "similarity": (batch, count) float32 cosines, in falling order}.
    """
    units = tf.math.l2_normalize(tf.convert_to_tensor(table), 1)
    # Each term on a line of its own, which begins with its sign; of two signs the second counts.
    lines = tf.strings.regex_replace(tf.strings.join([" ", texts]), rf"\s(?:[+{MINUS}]\s*)*([+{MINUS}])", "\n\\1 ")
    terms = tf.strings.split(lines, "\n")
    signs = tf.where(tf.strings.regex_full_match(terms.values, rf"(?s)[{MINUS}].*"), -1.0, 1.0)
    numbers = word_numbers(terms.values, vocabulary, LONGEST)
    known = tf.cast(numbers >= UNKNOWN_WORDS, tf.float32)
    summed = tf.reduce_sum(tf.gather(units, numbers) * known[..., None], 1) * signs[:, None]
    rows, batch = terms.value_rowids(), tf.shape(texts)[0]
    sought = tf.math.l2_normalize(tf.math.unsorted_segment_sum(summed, rows, batch), 1)
    cosines = tf.matmul(sought, units, transpose_b=True)
    # Neither a word that was asked about is an answer, nor padding, nor the number of unknown words.
    given = tf.reshape(tf.stack([tf.repeat(tf.cast(rows, tf.int32), LONGEST), tf.reshape(numbers, [-1])], 1), [-1, 2])
    never = tf.stack([tf.repeat(tf.range(batch), UNKNOWN_WORDS), tf.tile(tf.range(UNKNOWN_WORDS), [batch])], 1)
    places = tf.concat([given, never], 0)
    marks = tf.scatter_nd(places, tf.ones(tf.shape(places)[:1]), tf.shape(cosines))
    cosines = tf.where(marks > 0, -2.0, cosines)
    found, places = tf.math.top_k(cosines, min(count, len(vocabulary)))
    words = tf.gather(tf.constant(["", "", *vocabulary]), places)
    # Where nothing is sought, no word is near.
    left = (found > -2) & tf.reduce_any(sought != 0, 1, keepdims=True)
    missing = [[0, 0], [0, count - min(count, len(vocabulary))]]
    return {
        "word": tf.pad(tf.where(left, words, ""), missing, constant_values=""),
        "similarity": tf.pad(tf.where(left, found, 0), missing),
    }
