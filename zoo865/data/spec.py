"""What every data set consists of: a specification, and splits with random access to raw examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from zoo865.data.features import Action, Audio, Feature, Image, Label, Observation, Position, feature_from_json
from zoo865.data.file_tree import in_words
from zoo865.errors import ZooError
from zoo865.games.game import Game


@dataclass(frozen=True)
class Spec:
    """What builders, tasks and exports need to know of the data; JSON both ways.

    Args:
        inputs: name -> feature (zoo865/data/features), what a model takes, e.g.
            `{"image": Image((28, 28, 1), ink="light")}`.
        targets: name -> feature, what it predicts, e.g. `{"label": Label(("cat", "dog"))}`; of an environment its
            actions. {} where examples have no labels.

    Example:
        >>> spec = Spec({"image": Image((28, 28, 1), ink="light")}, {"label": Label(("cat", "dog"))})
        >>> spec.class_names, spec.image.shape
        (('cat', 'dog'), (28, 28, 1))
    """

    inputs: Mapping[str, Feature]
    targets: Mapping[str, Feature] = field(default_factory=dict)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The class names of the target "label"; () if there is none."""
        label = self.targets.get("label")
        return label.names if isinstance(label, Label) else ()

    @property
    def actions(self) -> int:
        """How many actions an agent has; 0 where the data are no environment."""
        return next((target.count for target in self.targets.values() if isinstance(target, Action)), 0)

    @property
    def game(self) -> Game | None:
        """The rules of the game whose positions are the input; None where the data are no game."""
        return next((feature.rules for feature in self.inputs.values() if isinstance(feature, Position)), None)

    @property
    def image(self) -> Image:
        """The one input of pictures.

        Raises:
            ZooError: the examples are no pictures, or each is several.
        """
        return self._single(Image, "image")

    @property
    def sound(self) -> Audio:
        """The one input of sounds.

        Raises:
            ZooError: the examples are no sounds, or each is several.
        """
        return self._single(Audio, "sound")

    def _single(self, kind: type, word: str):
        """The one input, where it is of a kind."""
        found = [feature for feature in self.inputs.values() if isinstance(feature, kind)]
        if len(found) != 1 or len(self.inputs) != 1:
            held = ", ".join(f"{name} ({feature.kind})" for name, feature in self.inputs.items())
            raise ZooError(f"single {word}s are needed, but the data have {held}", f"give {word} data: --data")
        return found[0]

    @property
    def labels(self) -> dict[str, Label]:
        """The targets that are classes, by their names."""
        return {name: target for name, target in self.targets.items() if isinstance(target, Label)}

    def reads_as(self, other: "Spec") -> bool:
        """Whether raw examples of another specification may be prepared by this one."""
        same = self.inputs.keys() == other.inputs.keys() and self.actions == other.actions
        return same and all(feature.reads_as(other.inputs[name]) for name, feature in self.inputs.items())

    def to_json(self) -> dict:
        """This specification as a JSON document.

        Returns:
            Dictionaries, lists, texts and numbers alone.

        Example:
            >>> Spec({"image": Image((8, 8, 1))}).to_json()["inputs"]["image"]["kind"]
            'image'
        """
        groups = {"inputs": self.inputs, "targets": self.targets}
        return {
            group: {name: feature.to_json() for name, feature in features.items()} for group, features in groups.items()
        }

    @classmethod
    def from_json(cls, document: Mapping) -> "Spec":
        """The specification that `to_json` wrote; also as it was before features carried the kinds of data.

        Args:
            document: what `to_json` wrote, also of an earlier version.

        Returns:
            The specification.

        Raises:
            ZooError: a feature of a kind that is not known.

        Example:
            >>> spec = Spec({"image": Image((8, 8, 1))}, {"label": Label(("cat", "dog"))})
            >>> Spec.from_json(spec.to_json()) == spec
            True
        """
        if "targets" not in document:
            return _without_features(document)
        groups = {
            group: {name: feature_from_json(one, f"{group[:-1]} {name!r}") for name, one in document[group].items()}
            for group in ("inputs", "targets")
        }
        return cls(**groups)


def _without_features(document: Mapping) -> Spec:
    """A specification as it was written when examples were images or observations, and shapes stood alone."""
    ((name, (shape, dtype)),) = document["inputs"].items()
    classes = tuple(document.get("class_names", ()))
    if name == "image":
        settings = {key: document[key] for key in ("ink", "ink_margin", "binary", "crop") if key in document}
        # What had no labels was all of one class: pictures in no sub-folder, Larochelle's digits.
        targets = {"label": Label(classes)} if classes not in ((), ("all",), ("digit",)) else {}
        return Spec({name: Image(tuple(shape), **settings)}, targets)
    return Spec({name: Observation(tuple(shape), dtype)}, {"action": Action(document.get("actions", 0))})


class Split(Protocol):
    """Random access to raw examples, e.g. "image" uint8 (height, width, channels) and "label" int64."""

    def __len__(self) -> int: ...

    def take(self, indices) -> dict[str, np.ndarray]:
        """The examples at `indices`, name -> array with one row an example."""
        ...


class Arrays:
    """A split that lives in memory: one array a name, one row an example; a list where lengths differ, or of texts.

    Its arrays cannot be written to: a set that is asked for twice may be the same.

    Args:
        arrays: name -> array (examples, ...), or a list of as many.

    Example:
        >>> split = Arrays(image=np.zeros((4, 8, 8, 1), "uint8"), label=np.array([0, 1, 0, 1]))
        >>> len(split), split.labels.tolist()
        (4, [0, 1, 0, 1])
    """

    def __init__(self, **arrays: np.ndarray | Sequence) -> None:
        self.arrays = {name: _rows(array) for name, array in arrays.items()}

    def __len__(self):
        return len(next(iter(self.arrays.values())))

    @property
    def labels(self) -> np.ndarray:
        """(examples,) the array called "label"; all 0 where there are no labels."""
        return self.arrays["label"] if "label" in self.arrays else np.zeros(len(self), "int64")

    def take(self, indices: np.ndarray | Sequence[int]) -> dict[str, np.ndarray]:
        """The rows at `indices` of every array.

        Args:
            indices: (rows,) integers.

        Returns:
            Name -> array (rows, ...).

        Example:
            >>> Arrays(label=np.array([5, 6, 7])).take([2, 0])["label"].tolist()
            [7, 5]
        """
        return {name: array[indices] for name, array in self.arrays.items()}


def _rows(array) -> np.ndarray:
    if isinstance(array, np.ndarray) and array.dtype.kind != "U":
        rows = array.view()
    else:
        rows = np.empty(len(array), object)  # NumPy's own strings are all as wide as the longest
        rows[:] = list(array)
    rows.setflags(write=False)
    return rows


@dataclass(frozen=True)
class Data:
    """A data set: training examples, validation examples (all choices are made by them), test examples (read once).

    Args:
        name: the name or folder it was loaded by.
        spec: what an example is.
        train, validation, test: the splits.
        about: source and licence, and how the splits were cut, in a sentence or two.
        files: of a folder, the SHA-256 of its files' names, and of which stay together: others are cut into other
            splits.
        contents: of a folder, the SHA-256 of its files' names and contents: where it was moved, it is known again.
        sha256: of a folder, path of each file as its split tells it -> the SHA-256 of what is in it.
        environment: of an environment, its name; the examples are seeds of episodes then.
        left_out: of a folder, (what, why) of what does not count: files that cannot be read, or are none of it.
        near_duplicates: of a folder, (training path, validation or test path) of pictures that are equal or look it.
        notes: what of its examples a model does not see, a sentence each.

    Example:
        >>> spec = Spec({"image": Image((8, 8, 1))}, {"label": Label(("cat", "dog"))})
        >>> part = Arrays(image=np.zeros((4, 8, 8, 1), "uint8"), label=np.array([0, 1, 0, 1]))
        >>> data = Data("mine", spec, train=part, validation=part, test=part)
        >>> data.warnings
        []
    """

    name: str
    spec: Spec
    train: Split
    validation: Split
    test: Split
    about: str = ""
    files: str = ""
    contents: str = ""
    sha256: dict[str, str] = field(default_factory=dict, compare=False)
    environment: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    near_duplicates: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """Warnings about the data that affect how far a measure can be trusted, a sentence each."""
        said = [*self.notes, *in_words(self.name, self.left_out)]
        if self.near_duplicates:
            count = len(self.near_duplicates)
            said.append(f"{count} validation or test pictures of {self.name} have near-duplicates in training")
        return said

    def split(self, name: str) -> Split:
        """The split called "train", "validation" or "test".

        Args:
            name: "train", "validation" or "test".

        Returns:
            The split.

        Example:
            >>> len(zoo865.load_data("generated_digits").split("test"))
            200
        """
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]
