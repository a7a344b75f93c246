"""What every data set is made of: a specification, and splits that give raw examples by index."""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from zoo865.errors import ZooError

NUMBERS = 1 << 22  # in the examples of a batch


@dataclass(frozen=True)
class Spec:
    """What builders, tasks and exports need to know of the data; JSON both ways.

    Args:
        inputs: name -> (shape of one example, dtype), e.g. `{"image": ((28, 28, 1), "uint8")}`.
        class_names: the names of the classes, by label.
        ink: "light" for light ink on dark ground (MNIST), "dark" for the opposite, "" for pictures without ink.
        ink_margin: pixels left free around the ink when the set was made, or None where nobody framed it.
        actions: of an environment: how many an agent has.
        binary: whether pixels are 0 or 255 and nothing between.
        crop: whether of pictures in other proportions the centre is cut out; else they are squeezed.
    """

    inputs: Mapping[str, tuple[tuple[int, ...], str]]
    class_names: tuple[str, ...] = ()
    ink: str = ""
    ink_margin: int | None = None
    actions: int = 0
    binary: bool = False
    crop: bool = False

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of an image.

        Raises:
            ZooError: the examples are no images.
        """
        if "image" not in self.inputs:
            raise ZooError(f"these data hold no images, but {', '.join(self.inputs)}", "name data of images: --data")
        return self.inputs["image"][0]

    def to_json(self) -> dict:
        """This specification as a JSON document."""
        inputs = {name: [list(shape), dtype] for name, (shape, dtype) in self.inputs.items()}
        return {**dataclasses.asdict(self), "inputs": inputs, "class_names": list(self.class_names)}

    @classmethod
    def from_json(cls, document: Mapping) -> "Spec":
        """The specification that `to_json` wrote."""
        inputs = {name: (tuple(shape), dtype) for name, (shape, dtype) in document["inputs"].items()}
        return cls(**{**document, "inputs": inputs, "class_names": tuple(document["class_names"])})


class Split(Protocol):
    """Random access to raw examples, e.g. "image" uint8 (height, width, channels) and "label" int64."""

    def __len__(self) -> int: ...

    def take(self, indices) -> dict[str, np.ndarray]:
        """The examples at `indices`, name -> array with one row an example."""
        ...


class Arrays:
    """A split that lives in memory: one array a name, one row an example."""

    def __init__(self, **arrays: np.ndarray):
        self.arrays = arrays

    def __len__(self):
        return len(next(iter(self.arrays.values())))

    @property
    def labels(self) -> np.ndarray:
        """(examples,) the array called "label"."""
        return self.arrays["label"]

    def take(self, indices) -> dict[str, np.ndarray]:
        """The rows at `indices` of every array."""
        return {name: array[indices] for name, array in self.arrays.items()}


class Joined:
    """Several splits, one behind the other."""

    def __init__(self, *splits: Split):
        self.splits, self.starts = splits, np.cumsum([0, *map(len, splits)])

    def __len__(self):
        return int(self.starts[-1])

    def take(self, indices) -> dict[str, np.ndarray]:
        """The examples at `indices`, counted through all splits."""
        which = np.searchsorted(self.starts, indices, side="right") - 1
        taken = [self.splits[w].take(np.array([i - self.starts[w]])) for i, w in zip(indices, which, strict=True)]
        return {name: np.concatenate([one[name] for one in taken]) for name in taken[0]}


@dataclass(frozen=True)
class Data:
    """A data set: training examples, validation examples (all choices are made by them), test examples (read once).

    Args:
        name: the name or folder it was loaded by.
        spec: what an example is.
        train, validation, test: the splits.
        about: source and licence, and how the splits were cut, in a sentence or two.
        files: of a folder, the SHA-256 of its pictures' names: other pictures are cut into other splits.
        environment: of an environment, its name; the examples are seeds of episodes then.
        unreadable: of a folder, (path, why) of each picture that was left out since it cannot be read.
        twins: of a folder, (training path, validation or test path) of pictures that are equal or look it.
    """

    name: str
    spec: Spec
    train: Split
    validation: Split
    test: Split
    about: str = ""
    files: str = ""
    environment: str = ""
    unreadable: tuple[tuple[str, str], ...] = ()
    twins: tuple[tuple[str, str], ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What a person should know of the data before they believe a measure, a sentence each."""
        said = []
        if self.unreadable:
            said.append(f"{len(self.unreadable)} pictures of {self.name} cannot be read and are left out")
        if self.twins:
            said.append(f"{len(self.twins)} validation or test pictures of {self.name} are in training too")
        return said

    def split(self, name: str) -> Split:
        """The split called "train", "validation" or "test"."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


def at_once(example: np.ndarray, most: int) -> int:
    """How many examples as large as this one a network is asked about together, at most, so that memory stays bounded:
    its maps hold a hundred times as many numbers.
    """
    return max(1, min(most, NUMBERS // example.size))


def in_chunks(split: Split, size: int = 512):
    """All examples of a split in order, `size` at a time, so that memory stays bounded."""
    for start in range(0, len(split), size):
        yield split.take(np.arange(start, min(start + size, len(split))))


def labels_of(split: Split) -> np.ndarray:
    """(examples,) the labels of a split; where it has them at hand, without taking an image."""
    return split.labels if hasattr(split, "labels") else np.concatenate([e["label"] for e in in_chunks(split)])


def class_counts(split: Split, classes: int) -> np.ndarray:
    """(classes,) how many examples of each class a split has."""
    return np.bincount(labels_of(split), minlength=classes)


def class_weights(counts) -> np.ndarray:
    """(classes,) what an example of each class counts, so that all classes count alike, and an example 1 on average."""
    counts = np.asarray(counts)
    return counts.sum() / (counts > 0).sum() / np.maximum(counts, 1)


def spread(split: Split, count: int) -> dict[str, np.ndarray]:
    """At most so many examples of a split, spread over it."""
    return split.take(np.linspace(0, len(split) - 1, min(count, len(split))).astype(int))


def checksum(split) -> str:
    """SHA-256 over the bytes of all examples, in order: their names, shapes, kinds and values."""
    digest = hashlib.sha256()
    for examples in in_chunks(split):
        for name, array in sorted(examples.items()):
            digest.update(f"{name} {array.dtype} {array.shape[1:]}".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()


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
