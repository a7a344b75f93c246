"""Operations on splits: chunks, class counts, stratified splits, checksums."""

import hashlib
import math

import numpy as np

from zoo865.data.spec import Split

NUMBERS = 1 << 22  # in the examples of a batch


def at_once(shape: tuple[int, ...], most: int) -> int:
    """How many examples of this shape a network is asked about together, at most, so that memory stays bounded: its
    maps hold a hundred times as many numbers.
    """
    return max(1, min(most, NUMBERS // math.prod(shape)))


def in_chunks(split: Split, size: int = 512):
    """All examples of a split in order, `size` at a time, so that memory stays bounded."""
    for start in range(0, len(split), size):
        yield split.take(np.arange(start, min(start + size, len(split))))


def labels_of(split: Split) -> np.ndarray:
    """(examples,) the labels of a split; where it has them at hand, without taking an example. All 0 without labels."""
    if hasattr(split, "labels"):
        return split.labels
    found = [e["label"] if "label" in e else np.zeros(len(next(iter(e.values()))), int) for e in in_chunks(split)]
    return np.concatenate(found)


class Joined:
    """The examples of one split and, after them, those of another."""

    def __init__(self, first: Split, second: Split):
        self.first, self.second = first, second

    def __len__(self):
        return len(self.first) + len(self.second)

    @property
    def labels(self) -> np.ndarray:
        """(examples,) of both."""
        return np.concatenate([labels_of(self.first), labels_of(self.second)])

    def take(self, indices) -> dict[str, np.ndarray]:
        """The rows at `indices` of both together."""
        indices = np.asarray(indices, int)
        early = indices < len(self.first)
        of_first, of_second = self.first.take(indices[early]), self.second.take(indices[~early] - len(self.first))
        taken = {}
        for name, some in of_first.items():
            taken[name] = np.empty((len(indices), *some.shape[1:]), np.result_type(some, of_second[name]))
            taken[name][early], taken[name][~early] = some, of_second[name]
        return taken


def class_counts(split: Split, classes: int) -> np.ndarray:
    """(classes,) how many examples of each class a split has."""
    return np.bincount(labels_of(split), minlength=classes)


def spread(split: Split, count: int) -> dict[str, np.ndarray]:
    """At most so many examples of a split, spread over it."""
    return split.take(spread_over(len(split), count))


def spread_over(length: int, count: int) -> np.ndarray:
    """At most so many indices, spread from the first to the last of `length`."""
    return np.linspace(0, length - 1, min(count, length)).astype(int)


def checksum(split) -> str:
    """SHA-256 over the bytes of all examples, in order: names, shapes, kinds and values; not where files stand."""
    digest = hashlib.sha256()
    for examples in in_chunks(split):
        for name, array in sorted(examples.items()):
            if name == "path":
                continue
            if array.dtype == object:  # texts, or arrays of different lengths
                for row in array:
                    content = row.encode() if isinstance(row, str) else np.ascontiguousarray(row).tobytes()
                    digest.update(f"{name} {len(content)}".encode())
                    digest.update(content)
                continue
            digest.update(f"{name} {array.dtype} {array.shape[1:]}".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()


def checksum_of_lines(lines, groups=()) -> str:
    """SHA-256 of lines, such as names of files, and of what stays together."""
    return hashlib.sha256("\n".join([*lines, *map(str, groups)]).encode("utf-8", "surrogateescape")).hexdigest()


def equal_pairs(marks) -> list[tuple[int, int]]:
    """Each of some marks that equals one before it, with the first such: the places of both."""
    first: dict = {}
    return [(first[mark], i) for i, mark in enumerate(marks) if first.setdefault(mark, i) != i]


def cut(labels, size: int, seed: int = 865) -> tuple[np.ndarray, np.ndarray]:
    """Cuts examples in two, each class in proportion, always alike for one seed.

    Args:
        labels: (examples,) integers.
        size: examples in the second part; at least one of every class.
        seed: decides which.

    Returns:
        Two arrays of indices in rising order.
    """
    from sklearn.model_selection import train_test_split

    size = max(size, len(np.unique(labels)))
    first, second = train_test_split(np.arange(len(labels)), test_size=size, stratify=labels, random_state=seed)
    return np.sort(first), np.sort(second)
