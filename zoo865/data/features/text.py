"""Text, as people write it, and as numbers of words."""

import collections
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from zoo865.data.features.feature import Feature, array_of, short
from zoo865.data.file_kinds import foreign_kind
from zoo865.data.tokenizer import words_of
from zoo865.errors import ZooError, counted

LONGEST_TEXT = 1_000_000  # characters
LONGEST_WORDS = 200  # characters of a text that may have no words
NAME_OF_A_FILE = re.compile(r"\S+\.txt")  # a sentence that ends so has spaces
UNKNOWN = 1  # the number of any word that the vocabulary lacks; 0 is padding
UNKNOWN_WORDS = 2  # both of them, before the numbers of words


@dataclass(frozen=True)
class Text(Feature):
    """Text of any length; the model sees the numbers of its words, (length,) int32, padded with 0 at the end.

    Words are those of `zoo865.data.tokenizer.words_of`, in lower case; "don't" is two, "do" and "n't". The vocabulary's
    first word has the number 2; 1 is any other word.

    A model that takes any number of words must answer alike however much padding there is: it is cut where there is
    much of it.

    Args:
        length: words that the model sees; further ones are cut. None: all.
        vocabulary: the words that are known.

    Example:
        >>> text = Text(length=5, vocabulary=("good", "bad"))
        >>> text.vocabulary_size, str(text.read("A good film!")[0])
        (4, 'A good film!')
    """

    length: int | None
    vocabulary: tuple[str, ...]

    kind: ClassVar = "text"
    shape: ClassVar = ()
    dtype: ClassVar = "string"
    suffixes: ClassVar = (".txt",)

    @property
    def prepared_shape(self) -> tuple:
        """(length,)."""
        return (self.length,)

    @property
    def vocabulary_size(self) -> int:
        """How many numbers a word may have, those of padding and of unknown words too."""
        return len(self.vocabulary) + UNKNOWN_WORDS

    def read(self, given):
        """A text, its UTF-8 bytes, or a file: a path, NAME.txt, or an open one."""
        text, name = given, short(given)
        notes: tuple[str, ...] = ()
        if isinstance(given, (os.PathLike, zipfile.Path)) or (
            isinstance(given, str) and NAME_OF_A_FILE.fullmatch(given)
        ):
            text, name, notes = _read_file(given), str(given), (f"read from {given}",)
        elif hasattr(given, "shape") and np.asarray(given).size == 1:
            text = np.asarray(given).item()
        text = text.read() if hasattr(text, "read") else text
        if isinstance(text, str):
            try:  # bytes of an argument that are not UTF-8 are surrogates
                text = text.encode(errors="surrogateescape")
            except UnicodeError as error:  # half of a pair of surrogates is no character
                raise ZooError(f"{name} is not UTF-8 text", "give characters") from error
        if not isinstance(text, (bytes, bytearray)):
            raise ZooError(f"a value of type {type(given).__name__} is not a text", "give a string, or a file NAME.txt")
        text, more = _decoded(bytes(text), name)
        if len(text) > LONGEST_TEXT:
            raise ZooError(f"the text has {len(text):,} characters", f"at most {LONGEST_TEXT:,} are allowed: split it")
        return np.array(text, object), (*notes, *more, *self._notes_on(text))

    def _notes_on(self, text: str) -> Iterator[str]:
        """What of it the model cannot see."""
        if len(text) <= LONGEST_WORDS and not words_of(text):
            yield "no words"
        # A word and a space are two characters at least: of what is shorter no words are counted.
        most = self.length or LONGEST_TEXT
        if len(text) > 2 * most and (count := len(words_of(text))) > most:
            yield f"only the first {most:,} of {count:,} words are read"

    def reads_as(self, other):
        """Any text, by this one's vocabulary."""
        return isinstance(other, Text)

    def misfit(self, example):
        """It is no string."""
        return "" if isinstance(example, str) else f"{type(example).__name__}, but texts must be strings: decode bytes"

    def blank(self, count, length=1):
        """Empty texts."""
        return np.full(count, "", object)

    def stack(self, examples):
        """(batch,) strings."""
        return np.array([str(np.asarray(example)) for example in examples], object)

    def show(self, value):
        """The text; of prepared numbers their words."""
        if np.asarray(value).ndim == 0:
            return str(np.asarray(value))
        words = ("", "[unknown]", *self.vocabulary)
        return " ".join(words[number] for number in np.asarray(value) if number)


@dataclass(frozen=True)
class Tokens(Feature):
    """Numbers of words, (any length,) int32 from 1 on; the model sees (length,), padded with 0 at the end.

    Args:
        length: the most that one example has.
        vocabulary_size: numbers are below it.

    Example:
        >>> Tokens(length=4, vocabulary_size=100).read("[5, 17]")[0].tolist()
        [5, 17]
    """

    length: int
    vocabulary_size: int

    kind: ClassVar = "tokens"
    shape: ClassVar = (None,)
    dtype: ClassVar = "int32"

    @property
    def prepared_shape(self) -> tuple:
        """(length,)."""
        return (self.length,)

    def read(self, given):
        """Numbers, or the JSON of a list of them."""
        tokens = array_of(given, "a list of tokens")
        if tokens.ndim != 1 or not np.array_equal(tokens, tokens.astype("int64")):
            raise ZooError(f"{short(given)} is not a list of tokens", "give whole numbers: [5, 17, 2]")
        if len(tokens) > self.length:
            raise ZooError(f"{len(tokens):,} tokens are too many", f"the model takes at most {self.length:,}")
        if len(tokens) and not 0 <= tokens.min() <= tokens.max() < self.vocabulary_size:
            wrong = tokens.max() if tokens.max() >= self.vocabulary_size else tokens.min()
            raise ZooError(f"{wrong} is not a token", f"tokens are 0 to {self.vocabulary_size - 1}")
        return tokens.astype(self.dtype), ()


def vocabulary_of(texts: Iterable[str], size: int, min_count: int = 1) -> tuple[str, ...]:
    """The most frequent words of some texts, at most so many, the most frequent first; ties in alphabetical order.

    Args:
        texts: as people wrote them.
        size: words at most.
        min_count: how often a word must occur.

    Returns:
        The words, lower-case.

    Example:
        >>> vocabulary_of(["Good, good film", "a bad film"], size=3)
        ('film', 'good', 'a')
    """
    counts: collections.Counter[str] = collections.Counter()
    for text in texts:
        counts.update(words_of(text))
    often = [word for word, count in counts.items() if count >= min_count]
    return tuple(sorted(often, key=lambda word: (-counts[word], word))[:size])


def numbers_by_word(vocabulary: Sequence[str]) -> dict[str, int]:
    """Word -> its number, of the words that are known.

    Args:
        vocabulary: the words, in the order of their numbers.

    Returns:
        The numbers, from `UNKNOWN_WORDS` on.

    Example:
        >>> numbers_by_word(("good", "bad"))
        {'good': 2, 'bad': 3}
    """
    return {word: number for number, word in enumerate(vocabulary, UNKNOWN_WORDS)}


def _decoded(content: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """The text of bytes, and a note where some are not UTF-8: to exports these separate words, too."""
    try:
        return content.decode(), ()
    except UnicodeDecodeError:
        pass
    if b"\0" in content or content.startswith((b"\xff\xfe", b"\xfe\xff")):
        kind = foreign_kind(content[:1024])
        raise ZooError(f"{name} is not UTF-8 text{f': {kind}' if kind else ''}", "of UTF-16: iconv -f UTF-16 -t UTF-8")
    wrong = len(content) - len(content.decode(errors="ignore").encode())
    note = f"{counted(wrong, 'byte')} not UTF-8 (of Latin-1: iconv -f LATIN1 -t UTF-8)"
    return content.decode(errors="replace"), (note,)


def _read_file(path) -> bytes:
    try:
        return (path if isinstance(path, zipfile.Path) else Path(path)).read_bytes()
    except OSError as error:
        raise ZooError(f"cannot read text {path}: {error.strerror}", "check the path") from error
