"""Words and their numbers, in a graph."""

import numpy as np
import tensorflow as tf

from zoo865.data.features.text import UNKNOWN_WORDS
from zoo865.data.tokenizer import CHARACTERS, ENTITIES, REPLACEMENTS, TAG, WORDS_BY_THEMSELVES

# What is beyond the table and no word, words by themselves, tags, and what the tokenizer replaces.
_ALONE = "".join(f"{chr(part.start)}-{chr(part.stop - 1)}" for part in WORDS_BY_THEMSELVES)
_PATTERNS = ((f"[^\0-\uffff{_ALONE}]", " "), (f"[{_ALONE}]", r" \0 "), (TAG, " "), *REPLACEMENTS)


def words_in(texts) -> tf.RaggedTensor:
    """The words of texts, those that `zoo865.data.tokenizer.words_of` finds.

    Args:
        texts: (batch,) strings in UTF-8; bytes that are not UTF-8 separate words.

    Returns:
        (batch, words of each) strings.

    Example:
        >>> words_in(["It's good!", ""]).to_list()
        [[b'it', b"'s", b'good'], []]
    """
    for entity, character in ENTITIES:
        texts = tf.strings.regex_replace(texts, entity, character)
    # Only literals may come before this: classes of RE2 take overlong and other invalid bytes for characters.
    codes = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    last = len(CHARACTERS) - 1
    found = tf.cast(tf.gather(CHARACTERS, tf.minimum(codes.values, last)), tf.int32)
    found = tf.where(codes.values > last, codes.values, found)
    texts = tf.strings.join([" ", tf.strings.unicode_encode(codes.with_values(found), "UTF-8"), " "])
    for pattern, replacement in _PATTERNS:
        texts = tf.strings.regex_replace(texts, pattern, replacement)
    return tf.strings.split(texts)


def word_numbers(texts, vocabulary: tuple[str, ...], length: int | None) -> tf.Tensor:
    """The numbers of a text's first words: 0 is padding at the end, 1 an unknown word, then the vocabulary in order.

    Args:
        texts: (batch,) strings in UTF-8.
        vocabulary: the words that are known.
        length: how many words are kept; None keeps all.

    Returns:
        (batch, length) int32; without a length as many as the longest text has.
    """
    words = words_in(texts)[:, :length].to_tensor("", shape=(None, length))
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


def spelled(numbers, vocabulary: tuple[str, ...]) -> tf.Tensor:
    """Numbers of words, of any shape -> the words, strings; "" of those that are of no word."""
    return tf.gather(tf.constant(("",) * UNKNOWN_WORDS + vocabulary, tf.string), numbers)


def _hash(words) -> tf.Tensor:
    """int64, of which no two words of any language share one, as far as anybody will see."""
    return tf.strings.to_hash_bucket_fast(words, 2**63 - 1)
