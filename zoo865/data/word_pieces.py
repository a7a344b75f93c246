"""Texts as pieces of some words each, as numbers."""

import numpy as np

from zoo865.data.features.text import UNKNOWN, numbers_by_word
from zoo865.data.spec import Spec, Split
from zoo865.data.statistics import in_chunks
from zoo865.data.tokenizer import words_of
from zoo865.data.word_stream import text_input


def word_pieces(split: Split, spec: Spec, length: int) -> np.ndarray:
    """All words of all texts, in pieces; no piece is of two texts.

    Args:
        split: of texts.
        spec: with their vocabulary.
        length: words of a piece; the last one of each text may have fewer.

    Returns:
        (pieces, length) uint16, or int32 for large vocabularies; numbers of words, padded with 0 at the end.

    Example:
        >>> from zoo865.data.features import Text
        >>> from zoo865.data.spec import Arrays
        >>> spec = Spec({"text": Text(16, ("a", "film"))})
        >>> word_pieces(Arrays(text=["A film, such a film"]), spec, length=3).tolist()
        [[2, 3, 1], [2, 3, 0]]
    """
    name, text = text_input(spec)
    numbers = numbers_by_word(text.vocabulary)
    dtype = np.dtype("uint16" if text.vocabulary_size < 2**16 else "int32")
    found = [np.zeros((0, length), dtype)]
    for examples in in_chunks(split):
        for one in examples[name]:
            known = np.array([numbers.get(word, UNKNOWN) for word in words_of(one)], dtype)
            pieces = np.zeros((-(-len(known) // length), length), dtype)
            pieces.reshape(-1)[: len(known)] = known
            found.append(pieces)
    return np.concatenate(found)
