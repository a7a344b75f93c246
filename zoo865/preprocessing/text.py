"""Words as numbers, in a graph."""

import numpy as np
import tensorflow as tf

from zoo865.data.features.text import UNKNOWN_WORDS


def word_numbers(texts, vocabulary: tuple[str, ...], length: int) -> tf.Tensor:
    """The numbers of a text's first words: 0 is padding at the end, 1 an unknown word, then the vocabulary in order.

    Args:
        texts: (batch,) strings in UTF-8.
        vocabulary: the words that are known.
        length: how many words are kept.

    Returns:
        (batch, length) int32.
    """
    spaced = tf.strings.regex_replace(tf.strings.lower(texts, encoding="utf-8"), r"[^\pL\pN']+", " ")
    words = tf.strings.split(spaced)[:, :length].to_tensor("", shape=(None, length))
    # A table of strings would be a resource, which exports have to track; hashes in order are a constant.
    with tf.init_scope():
        hashes = _hash(tf.constant(vocabulary, tf.string, (len(vocabulary),))).numpy()
    order = np.argsort(hashes)
    hashes, numbers = (tf.constant(one) for one in (hashes[order], (order + UNKNOWN_WORDS).astype("int32")))
    hashed = _hash(words)
    place = tf.minimum(tf.searchsorted(hashes, tf.reshape(hashed, [-1])), max(0, len(vocabulary) - 1))
    place = tf.reshape(place, tf.shape(hashed))
    found = tf.where(tf.gather(hashes, place) == hashed, tf.gather(numbers, place), 1) if len(vocabulary) else 1
    return tf.ensure_shape(tf.where(words == "", 0, found), [None, length])


def _hash(words) -> tf.Tensor:
    """int64, of which no two words of any language share one, as far as anybody will see."""
    return tf.strings.to_hash_bucket_fast(words, 2**63 - 1)
