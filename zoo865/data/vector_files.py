"""Files of word vectors: word2vec's, as text and as binary, and GloVe's text, which lacks the first line."""

import contextlib
import gzip
import io
import math
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from zoo865.data.features.feature import short
from zoo865.data.file_kinds import foreign_kind
from zoo865.errors import ZooError, counted
from zoo865.files import atomic

TEXT, BINARY = (".txt", ".vec"), (".bin",)
HEAD = 1 << 20  # bytes by which a file is judged, and which are read at once
LINES = 100  # of those, how many tell its dimensions
HEADER = re.compile(rb"[ \t]*(\d{1,18})[ \t]+(\d{1,9})[ \t]*\r?(?:\n|\Z)")
CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f]")  # no text has them
BOM = b"\xef\xbb\xbf"
FASTTEXT_MODEL, PICKLE = b"\xba\x16\x4f\x2f", b"\x80"
KINDS = "word2vec's text or binary, or GloVe's text, is read: a word and its numbers on each line"


@dataclass(frozen=True, eq=False)
class VectorFile:
    """What a file of word vectors holds.

    Args:
        words: each once, in the file's order.
        vectors: (words, dimensions) float32.
        malformed: how many words were left out: they had another count of numbers or some that are not finite, or were
            not UTF-8.
        repeated: how many words came again; the first of each counts.
        missing: how many of the words that the first line counts are not there.

    Example:
        >>> VectorFile(("king",), np.zeros((1, 50), "float32"), repeated=2).notes
        ('2 repeated words, of which the first is used',)
    """

    words: tuple[str, ...]
    vectors: np.ndarray
    malformed: int = 0
    repeated: int = 0
    missing: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd, in words."""
        said = {
            f"{counted(self.malformed, 'malformed word')} left out": self.malformed,
            f"{counted(self.repeated, 'repeated word')}, of which the first is used": self.repeated,
            f"{counted(self.missing, 'word')} fewer than its first line says": self.missing,
        }
        return tuple(note for note, count in said.items() if count)


def write_vectors(path: str | os.PathLike, words: Sequence[str], vectors: np.ndarray) -> Path:
    """Writes word vectors as word2vec's program does: as text, which every program reads, or as binary, in less space.

    Args:
        path: NAME.txt or NAME.vec for text, in the fewest digits that give the same float32 again; NAME.bin for binary.
        words: each once, without blanks.
        vectors: (words, dimensions), written as float32.

    Returns:
        The path.

    Raises:
        ZooError: another suffix, a word that no reader would find again, a number that is not finite, another number of
            words than of vectors; or the place cannot be written to. Then `path` stays as it was.

    Example:
        >>> path = write_vectors("vectors.txt", ["king", "queen"], np.array([[0.5, -1], [0.25, 2]]))
        >>> print(path.read_text(), end="")
        2 2
        king 0.5 -1.0
        queen 0.25 2.0
    """
    path = vector_file_to_write(path)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, which is refused
        rows = np.asarray(vectors).astype("<f4")
    _check(path, words, rows)
    binary = path.suffix.lower() in BINARY
    with atomic(path) as temporary, open(temporary, "wb") as file:
        file.write(f"{len(words)} {rows.shape[1]}\n".encode())
        for word, row in zip(words, rows, strict=True):
            numbers = row.tobytes() if binary else " ".join(map(str, row)).encode()
            file.write(word.encode() + b" " + numbers + b"\n")
    return path


def vector_file_to_write(path) -> Path:
    """The path of a file of word vectors that is to be written.

    Raises:
        ZooError: its suffix is another.
    """
    path = Path(path)
    if path.suffix.lower() not in (*TEXT, *BINARY):
        raise ZooError(f"cannot write word vectors to {path}", "name a file NAME.txt for text, NAME.bin for binary")
    return path


def _check(path: Path, words: Sequence[str], rows: np.ndarray):
    if rows.ndim != 2 or len(rows) != len(words) or not rows.size:
        wrong = f"cannot write {counted(len(words), 'word')} with vectors of shape {rows.shape} to {path}"
        raise ZooError(wrong, "give a vector for each word: (words, dimensions)")
    for word, count in Counter(words).items():
        wrong = f"cannot write the word {short(word)} to {path}"
        if word.split() != [word]:
            raise ZooError(wrong, "words may not be empty nor have blanks: replace these by _")
        if re.search("[\ud800-\udfff]", word):
            raise ZooError(wrong, "words must be UTF-8")
        if count > 1:
            raise ZooError(wrong, f"it was given {count} times: give each word once")
    if len(without := np.flatnonzero(~np.isfinite(rows).all(1))):
        raise ZooError(f"the vector of {words[without[0]]!r} is not finite in float32", "has its training diverged?")


def read_vectors(
    path: str | os.PathLike, *, words: Iterable[str] | None = None, dimensions: int | None = None
) -> VectorFile:
    """Reads word vectors: word2vec's text and binary, as its program, fastText and gensim write them, and GloVe's text,
    which has no first line; each also compressed by gzip. Words in text may have blanks inside.

    Args:
        path: the file; what it is, is told by its content.
        words: None, or those that are wanted: no others are held in memory, so that files may be far larger.
        dimensions: None, or how many numbers a vector must have.

    Returns:
        Words and vectors, in the file's order. Where words are wanted, only of these repeated ones are counted, and of
        others only malformed lines with another count of numbers.

    Raises:
        ZooError: the file cannot be read or is no such file; most of its words are malformed; a binary file ends too
            early; its vectors have other dimensions than asked for.

    Example:
        >>> path = write_vectors("vectors.bin", ["king", "queen"], np.array([[0.5, -1], [0.25, 2]]))
        >>> found = read_vectors(path, words=["queen", "prince"], dimensions=2)
        >>> found.words, found.vectors.tolist()
        (('queen',), [[0.25, 2.0]])
    """
    path = Path(path).expanduser()
    with _opened(path) as file:
        layout = _layout(file, path)
        if dimensions not in (None, layout.size):
            wrong = f"{path}, line {layout.told}, has vectors of {layout.size} dimensions, not {dimensions}"
            raise ZooError(wrong, "give another file")
        file.seek(layout.begin)
        found = _Found(layout.size, None if words is None else frozenset(words))
        missing = (_read_text if layout.is_text else _read_binary)(file, path, layout, found)
    vectors = np.frombuffer(found.numbers, "<f4").astype("float32", copy=False).reshape(-1, layout.size)
    return VectorFile(tuple(found.words), vectors, found.malformed, found.repeated, missing)


def dimensions_of(path: str | os.PathLike) -> int:
    """How many numbers the vectors of a file have, told by its beginning.

    Args:
        path: as for `read_vectors`.

    Returns:
        The dimensions.

    Raises:
        ZooError: the file cannot be read or is no such file.

    Example:
        >>> dimensions_of(write_vectors("vectors.bin", ["king", "queen"], np.zeros((2, 50))))
        50
    """
    with _opened(path := Path(path).expanduser()) as file:
        return _layout(file, path).size


class _Layout(NamedTuple):
    """How a file is laid out.

    Args:
        size: numbers of a vector.
        told: the number of the line that tells it.
        words: how many the first line counts; 0 without such a line.
        first: the number of the first line with a word.
        begin: its first byte.
        is_text: else it is binary.
    """

    size: int
    told: int
    words: int
    first: int
    begin: int
    is_text: bool


def _layout(file: BinaryIO, path: Path) -> _Layout:
    head = file.read(HEAD)
    begin = len(BOM) if head.startswith(BOM) else 0
    header = HEADER.match(head, begin)
    first, begin = (2, header.end()) if header else (1, begin)
    lines = {number: line for number, line in enumerate(head[begin:].split(b"\n")[:LINES], first) if line.strip()}
    lengths = Counter(len(line.split()) - 1 for line in lines.values())
    size = max(1, int(header[2]) if header else max(lengths, key=lengths.__getitem__, default=0))
    is_text = any(not _wrong(line, size) for line in lines.values())
    called_binary = path.name.lower().removesuffix(".gz").endswith(BINARY)
    if not is_text and not (header and (CONTROL.search(head, begin) or called_binary)):
        raise _no_vectors(path, head, lines, size)
    told = 1 if header else next(number for number, line in lines.items() if not _wrong(line, size))
    return _Layout(size, told, int(header[1]) if header else 0, first, begin, is_text)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, unpacked as it is read."""
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            yield io.BufferedReader(gzip.GzipFile(fileobj=file), HEAD) if packed else file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ZooError(f"cannot unpack {path}: {error}", "is the file complete?") from error
    except OSError as error:
        raise ZooError(f"cannot read {path}: {error.strerror}", "check the path") from error


class _Found:
    """What is kept of a file, while it is read."""

    def __init__(self, size: int, wanted: frozenset[str] | None):
        self.size, self.wanted = size, wanted
        self.words: dict[str, None] = {}
        self.numbers = bytearray()  # one stretch of memory that grows: a list of arrays would take twice as much
        self.malformed = self.repeated = 0

    def add(self, word: bytes, numbers: bytes | list[bytes]):
        """Keeps a word with its vector, little-endian float32 or a text each, where it is wanted and not malformed."""
        try:
            name = word.decode()
            if self.wanted is not None and name not in self.wanted:
                return
            vector = np.frombuffer(numbers, "<f4") if isinstance(numbers, bytes) else _vector(numbers)
            if not np.isfinite(vector).all():
                raise ValueError
        except ValueError:
            self.malformed += 1
            return
        if name in self.words:
            self.repeated += 1
        else:
            self.words[name] = None
            self.numbers += vector.tobytes()


def _read_text(file: BinaryIO, path: Path, layout: _Layout, found: _Found) -> int:
    """Reads the lines, the first of which has a number; how many words fewer there are than were announced."""
    read, trouble = 0, ""
    for number, line in enumerate(file, layout.first):
        if not line.strip():
            continue
        before, read = found.malformed, read + 1
        if fields := _fields(line, found.size):
            found.add(fields[0], fields[1:])
        else:
            found.malformed += 1
        if found.malformed > before and not trouble:
            trouble = f"line {number} {_wrong(line, found.size) or 'is not UTF-8'}"
    if found.malformed > read / 2:
        raise ZooError(f"most of {path} is malformed: {trouble}", KINDS)
    return max(0, layout.words - read)


def _read_binary(file: BinaryIO, path: Path, layout: _Layout, found: _Found) -> int:
    """Reads so many words with their vectors; 0, for none may be missing."""
    size, count, buffer, at = 4 * found.size, layout.words, b"", 0
    for number in range(count):
        while (blank := buffer.find(b" ", at, at + HEAD)) < 0 or len(buffer) <= blank + size:
            more = file.read(HEAD)
            if not more or (blank < 0 and len(buffer) - at > HEAD):
                raise ZooError(f"{path} ends after {number:,} of {counted(count, 'word')}", "is the file complete?")
            buffer, at = buffer[at:] + more, 0
        word = buffer[at:blank].lstrip(b"\n")  # word2vec's program ends a vector with a newline; gensim does not
        if CONTROL.search(word):  # it is part of a vector
            hint = "is it complete? A word with a blank inside cannot be read in a binary file"
            raise ZooError(f"{path} is damaged at word {number + 1:,} or the one before", hint)
        found.add(word, buffer[blank + 1 : blank + 1 + size])
        at = blank + 1 + size
    if (buffer[at:] + file.read(2)).strip():
        raise ZooError(f"{path} goes on after {counted(count, 'word')}, which its first line says", "is it damaged?")
    if found.malformed > count / 2:
        raise ZooError(f"most of {path} is malformed: numbers that are not finite, or words that are not UTF-8", KINDS)
    return 0


def _fields(line: bytes, size: int) -> list[bytes]:
    """The word of a line, which may have blanks inside, and its numbers; [] where there are fewer or more of these."""
    fields = line.rsplit(None, size)
    if len(fields) <= size:
        return []
    *within, last = fields[0].split()
    return [] if within and _is_number(last) else [fields[0].strip(), *fields[1:]]


def _vector(numbers: list[bytes]) -> np.ndarray:
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
        return np.array([float(number) for number in numbers]).astype("<f4")


def _wrong(line: bytes, size: int) -> str:
    """What is wrong with a line; "" where it is a word and as many finite numbers."""
    numbers = line.split()[1:]
    if len(numbers) != size and all(map(_is_number, numbers)):
        return f"has {counted(len(numbers), 'number')}, not {size}"
    fields = _fields(line, size)
    return "" if fields and all(map(_is_number, fields[1:])) else f"is {short(line.decode(errors='replace').strip())}"


def _is_number(field: bytes) -> bool:
    try:
        return math.isfinite(float(field))
    except ValueError:
        return False


def _no_vectors(path: Path, head: bytes, lines: dict[int, bytes], size: int) -> ZooError:
    """The error for what is no file of word vectors."""
    if head.startswith(FASTTEXT_MODEL):
        return ZooError(f"{path} is a model of fastText, not a file of its word vectors", "give its .vec file")
    if head.startswith(PICKLE):
        hint = "in gensim: model.wv.save_word2vec_format('vectors.bin', binary=True)"
        return ZooError(f"{path} is a pickle, as gensim's save writes it, not a file of word vectors", hint)
    if CONTROL.search(head):
        reason = foreign_kind(head) or "it is neither text, nor does it begin with two numbers"
    else:
        reason = next((f"line {number} {_wrong(line, size)}" for number, line in lines.items()), "it holds no words")
    return ZooError(f"{path} is no file of word vectors: {reason}", KINDS)
