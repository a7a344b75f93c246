"""A text file, or a folder of them, as a data set of passages: running text without labels."""

import itertools
import os
from pathlib import Path

import numpy as np

from zoo865.data.features import Text
from zoo865.data.file_kinds import BEGIN, kind_of
from zoo865.data.spec import Data, Spec
from zoo865.data.statistics import cut
from zoo865.errors import ZooError, counted

SUFFIXES = (".txt", ".text", ".md", ".rst")
PASSAGE = 1 << 14  # bytes of a passage, about 2,500 words
QUERY = 16  # words that a model of running text is asked about at once
HELD_OUT = 0.05  # of the passages, for validation and for test each
CONVERT = "convert it: iconv -f LATIN1 -t UTF-8 FILE > NEW"


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
            with open(path, "rb") as file:
                file.seek(start)
                texts[row] = file.read(end - start).decode(errors="replace")
        return {"text": texts}

    def part(self, indices) -> "Passages":
        """The split of the passages at `indices` alone."""
        return Passages([self.places[index] for index in indices])


def holds_texts(place) -> bool:
    """Whether a place is a text file, or a folder that holds some; judged by their names."""
    place = Path(place)
    if place.is_file():
        return place.suffix.lower() in SUFFIXES
    return next(_text_files(place), None) is not None


def texts(place) -> Data:
    """Running text, cut into passages of some 2,500 words at the ends of lines: 5 % of them at random, always the same,
    validate, and 5 % test.

    Args:
        place: a text file in UTF-8, or a folder with some, at any depth.

    Raises:
        ZooError: there is no text, or a file is none.
    """
    place = Path(place).expanduser()
    paths = [place] if place.is_file() else sorted(_text_files(place))
    places = list(itertools.chain.from_iterable(map(_passages, paths)))
    if len(places) < 3:
        said = f"{place} has {counted(len(places), 'passage')} of text of up to {PASSAGE:,} bytes"
        raise ZooError(said, "give at least three, for training, validation and test")
    held_out = max(1, int(HELD_OUT * len(places)))
    rest, test = cut(np.zeros(len(places)), held_out)
    train, validation = cut(np.zeros(len(rest)), held_out)
    split = Passages(places)
    parts = split.part(rest[train]), split.part(rest[validation]), split.part(test)
    about = f"{counted(len(paths), 'text file')}, passages of up to {PASSAGE:,} bytes, cut at random, seed 865."
    return Data(str(place), Spec({"text": Text(QUERY, ())}), *parts, about)


def _text_files(folder: Path):
    """The text files in a folder, at any depth; hidden ones are left out."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root) / name for name in names if name.lower().endswith(SUFFIXES) and not name.startswith("."))


def _passages(path: Path) -> list[tuple[Path, int, int]]:
    """(path, first byte, end) of the passages of a file. They end where a line does, else between words.

    Raises:
        ZooError: it cannot be read, or is no text.
    """
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            _check(path, file.read(1 << 16))
            found, start = [], 0
            while start < size:
                file.seek(start)
                piece = file.read(PASSAGE)
                end = len(piece)
                if start + end < size:
                    end = max(piece.rfind(b"\n"), 0) or max(piece.rfind(b" "), 0) or end - 1
                    end += 1
                found.append((path, start, start + end))
                start += end
    except OSError as error:
        raise ZooError(f"cannot read {path}: {error.strerror}", "check the path") from error
    return found


def _check(path: Path, head: bytes):
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ZooError(f"{path} is UTF-16, not UTF-8", CONVERT.replace("LATIN1", "UTF-16"))
    if b"\0" in head:
        raise ZooError(f"{path} is not text: {kind_of(head[:BEGIN]) or 'it holds bytes of zero'}", "give a text file")
    if head.decode(errors="replace").count("\ufffd") > len(head) / 100:
        raise ZooError(f"{path} is not UTF-8 text", CONVERT)
