"""A text file, or a folder of them, as a data set of passages: running text without labels."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from zoo865.data import pictures
from zoo865.data.features import Text
from zoo865.data.file_tree import FileTree, counts_as_archive, file_tree
from zoo865.data.spec import Data, Spec
from zoo865.data.statistics import cut
from zoo865.data.utf8 import CHECKED, check_text, reading
from zoo865.errors import ZooError, counted

SUFFIXES = (".txt", ".text", ".md", ".rst")
PASSAGE, SHORTEST = 1 << 14, 1 << 8  # bytes of a passage, about 2,500 words; of a small text it has fewer
PASSAGES = 100  # of a text, where it is so small that its passages are smaller
QUERY = 16  # words that a model of running text is asked about at once
HELD_OUT = 0.05  # of the passages, for validation and for test each


class Passages:
    """A split that reads passages of text files on access, so that memory stays bounded.

    Args:
        places: (file, first byte, end) of each.
    """

    def __init__(self, places: list[tuple[Path, int, int]]):
        self.places = places

    def __len__(self):
        return len(self.places)

    def take(self, indices) -> dict[str, np.ndarray]:
        """The passages at `indices`."""
        texts = np.empty(len(indices), object)
        for row, index in enumerate(indices):
            path, start, end = self.places[index]
            with reading(path), open(path, "rb") as file:
                file.seek(start)
                texts[row] = file.read(end - start).decode(errors="replace")
        return {"text": texts}

    def part(self, indices) -> "Passages":
        """The split of the passages at `indices` alone."""
        return Passages([self.places[index] for index in indices])


def holds_texts(place) -> bool:
    """Whether a place is a text file, there or not, or a folder most of whose files are, and none is a picture; judged
    by their names.
    """
    place, ours, others = Path(place).expanduser(), 0, 0
    if not place.is_dir():
        return place.suffix.lower() in SUFFIXES
    for _, folders, names in os.walk(place):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (name.lower() for name in names if not name.startswith(".")):
            if name.endswith(pictures.SUFFIXES):
                return False
            ours, others = ours + name.endswith(SUFFIXES), others + (not name.endswith(SUFFIXES))
    return ours > others


def texts(place, *, whole: bool = False) -> Data:
    """Running text, cut into passages at the ends of lines, of some 2,500 words, or of a hundredth of a small text: 5 %
    of them at random, always the same, validate, and 5 % test.

    Args:
        place: a text file in UTF-8, whatever its name, or a folder with some, at any depth; what else it holds does not
            count.
        whole: whether all of it is the test, to measure a model that was trained on other text.

    Raises:
        ZooError: there is no text, or too little to be cut, or a file is none.
    """
    place = Path(place).expanduser()
    tree = _files(place)
    paths = {name: place / name for name in tree.files}
    total = sum(path.stat().st_size for path in paths.values())
    size = min(PASSAGE, max(SHORTEST, total // PASSAGES))
    places, contents = [], hashlib.sha256()
    for name, path in paths.items():
        contents.update(f"{name}\n".encode("utf-8", "surrogateescape"))
        places += [(path, start, end) for start, end in _passages(path, size, contents)]
    if not places:
        raise ZooError(f"{place} is empty", "give more text")
    if len(places) < 3 and not whole:
        said = f"{place} has {counted(total, 'byte')} of text, too few to train, validate and test"
        raise ZooError(said, "give more text")
    split, every = Passages(places), np.arange(len(places))
    train, validation, test = every[:0], every[:0], every
    if not whole:
        held_out = max(1, int(HELD_OUT * len(places)))
        rest, test = cut(np.zeros(len(places)), held_out)
        train, validation = (rest[part] for part in cut(np.zeros(len(rest)), held_out))
    about = f"{counted(len(paths), 'text file')} in passages of up to {size:,} bytes, "
    about += "all test." if whole else "cut at random, seed 865."
    if tree.others:
        about += f" Not read: {', '.join(name for name, _ in tree.others)}."
    return Data(
        place.resolve().name,
        Spec({"text": Text(QUERY, ())}),
        split.part(train),
        split.part(validation),
        split.part(test),
        about,
        contents=contents.hexdigest(),
        left_out=tree.left_out,
    )


def _files(place: Path) -> FileTree:
    """The text files of a place."""
    if place.is_dir():
        tree = file_tree(place, SUFFIXES)
        if not tree.files:
            raise ZooError(f"no text files in {place}{tree.but}", f"their names end in {', '.join(SUFFIXES)}")
        return tree
    if not place.is_file():
        raise ZooError(f"no text file or folder {place}", "check the path")
    if counts_as_archive(place):
        raise ZooError(f"{place} is an archive, in which no text is read", "unpack it, and give the file or the folder")
    return FileTree({"": place})


def _passages(path: Path, size: int, contents) -> Iterator[tuple[int, int]]:
    """(first byte, end) of the passages of a file, each of at most `size` bytes and, but the last, of half as many. Its
    bytes go into `contents`, a checksum.

    Raises:
        ZooError: it cannot be read, or is no text.
    """
    with reading(path), open(path, "rb") as file:
        check_text(path, file.read(CHECKED))
        file.seek(0)
        start, piece = 0, file.read(size)
        while piece:
            length = _length(piece) if len(piece) == size else len(piece)
            contents.update(piece[:length])
            yield start, start + length
            start, piece = start + length, piece[length:] + file.read(length)


def _length(piece: bytes) -> int:
    """How much of the bytes of a text is a passage: up to the end of a line, else of a word, else of a character."""
    for mark in (b"\n", b" "):
        if (at := piece.rfind(mark, len(piece) // 2)) >= 0:
            return at + 1
    ends = (at for at in range(len(piece) - 1, len(piece) - 5, -1) if piece[at] & 0xC0 != 0x80)
    return next(ends, len(piece))
