"""Pieces of texts: all words in order, none lost, none of two texts in one piece."""

import numpy as np

from zoo865.data.features import Text
from zoo865.data.spec import Arrays, Spec
from zoo865.data.tokenizer import words_of
from zoo865.data.word_pieces import word_pieces


def test_pieces_are_all_words_of_each_text_in_order():
    random = np.random.default_rng(0)
    vocabulary = tuple(f"w{number}" for number in range(20))
    texts = [" ".join(random.choice((*vocabulary, "other"), length)) for length in (0, 1, 6, 7, 8, 14, 700)]
    pieces = word_pieces(Arrays(text=texts), Spec({"text": Text(4, vocabulary)}), length=7)
    assert (pieces.dtype, pieces.shape) == ("uint16", (0 + 1 + 1 + 1 + 2 + 2 + 100, 7))
    words, read = ("", "other", *vocabulary), iter(pieces)
    for text in texts:
        of_text = [next(read) for _ in range(-(-len(words_of(text)) // 7))]
        assert [words[number] for piece in of_text for number in piece if number] == words_of(text)
        assert all((piece > 0).all() for piece in of_text[:-1])


def test_a_split_without_words_has_no_pieces():
    assert word_pieces(Arrays(text=["", "!"]), Spec({"text": Text(4, ("a",))}), length=3).shape == (0, 3)
