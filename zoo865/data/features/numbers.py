"""Numbers of a fixed shape: observations, boards, the number of a class or of an action."""

import contextlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from zoo865.data.features.feature import Feature, array_of, short
from zoo865.errors import ZooError, nearest
from zoo865.files import name_as_text


@dataclass(frozen=True)
class Observation(Feature):
    """Numbers of a fixed shape, as an environment or a measuring device gives them.

    The model sees float32; of uint8, which are pixels, in [0, 1].

    Args:
        shape: of one.
        dtype: "float32", "uint8", "bool", ...
        parts: what an environment gives that was made one array of: (the keys or places that lead to it, how many
            values of the array it becomes, its lowest value where it is one of so many whole numbers, else None).

    Example:
        >>> Observation((4,)).read("[0, 0, 0.1, 0]")[0].tolist()[:2]
        [0.0, 0.0]
    """

    shape: tuple[int, ...]
    dtype: str = "float32"
    parts: tuple[tuple[tuple[str, ...], int, int | None], ...] = field(default=(), compare=False)

    kind: ClassVar = "observation"

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the dictionary that an environment gives; where it gives a tuple "0", "1", ..."""
        return tuple(dict.fromkeys(keys[0] for keys, _, _ in self.parts if keys))

    def is_one(self, given):
        """As an array, or as the environment gives it."""
        if not self.parts or isinstance(given, (str, bytes)):
            return super().is_one(given)
        try:
            self.read(given)
        except ZooError:
            return super().is_one(given)
        return True

    def read(self, given):
        """Numbers of this shape, what the environment gives, or the JSON of either ("[0, 0, 0.1, 0]")."""
        given_so = given
        if self.parts:
            with contextlib.suppress(ValueError, TypeError, IndexError):  # then it may be the array
                given = self._as_array(given)
        try:
            numbers = array_of(given, "an observation")
            if numbers.ndim > 1 and numbers.shape != self.shape:  # rows and columns would be mixed up
                raise ValueError("another shape")
            observation = numbers.astype(self.dtype).reshape(self.shape)
            if observation.dtype.kind != "f" and not np.array_equal(observation, numbers.reshape(self.shape)):
                raise ValueError("numbers that this type has not")
            if observation.dtype.kind == "f" and not np.isfinite(observation).all():
                raise ValueError("a number is not finite")
            return observation, ()
        except (ValueError, TypeError, OverflowError, ZooError) as error:
            wrong = f"{short(given_so)} is not an observation of shape {self.shape}, {self.dtype}"
            hint = (
                f"give what the environment returns: {self.described()}"
                if self.parts
                else 'give numbers: "[0.1, -0.2, ...]"'
            )
            raise ZooError(wrong, hint) from error

    def _as_array(self, given) -> list[float]:
        """What an environment gives -> the numbers of one array.

        Raises:
            ValueError, TypeError: it gives no such.
        """
        given = json.loads(given) if isinstance(given, (str, bytes)) else given
        numbers, array = iter(_in_order(given, [keys for keys, _, _ in self.parts])), []
        for _, size, lowest in self.parts:
            own = list(itertools.islice(numbers, size if lowest is None else 1))
            if lowest is not None:
                own = [float(number == own[0]) for number in range(lowest, lowest + size)]
            if len(own) != size or (lowest is not None and sum(own) != 1):
                raise ValueError("too few numbers, or one of another range")
            array += own
        if list(numbers):
            raise ValueError("too many numbers")
        return array

    def described(self) -> str:
        """What an environment gives, in words: "place: 0 to 2, speed: 2 numbers"."""
        return ", ".join(
            ("/".join(keys) + ": " if keys else "")
            + (f"{size} numbers" if lowest is None else f"{lowest} to {lowest + size - 1}")
            for keys, size, lowest in self.parts
        )


def _in_order(given, paths) -> list[float]:
    """The numbers in nested dictionaries and sequences, in the order of the paths to them."""
    keys = list(dict.fromkeys(path[0] for path in paths if path))
    if not keys:
        return np.ravel(given).tolist()
    if isinstance(given, Mapping):
        given = {str(key): one for key, one in given.items()}
        given = [given.pop(key, None) for key in keys] + list(given.values())
    below = [(one, [path[1:] for path in paths if path[0] == key]) for key, one in zip(keys, given, strict=True)]
    return [number for one, within in below for number in _in_order(one, within)]


@dataclass(frozen=True)
class Board(Feature):
    """The places of a board game, (rows, columns) int8 from 0 to values - 1; the model sees a plane for each value.

    Args:
        shape: (rows, columns).
        values: what a place may hold: 0 for nothing, then one number a kind of piece.

    Raises:
        ZooError: a place of no value, or of more than 128.

    Example:
        >>> board = Board((2, 2), values=3)
        >>> print(board.show(board.read("[[0, 1], [2, 0]]")[0]))
        . 1
        2 .
    """

    shape: tuple[int, int]
    values: int

    def __post_init__(self):
        super().__post_init__()
        if not 1 <= self.values <= 128:
            raise ZooError(f"a board cannot have {self.values} values per place", "give 1 to 128")

    kind: ClassVar = "board"
    dtype: ClassVar = "int8"

    @property
    def prepared_shape(self) -> tuple:
        """(rows, columns, values)."""
        return (*self.shape, self.values)

    def read(self, given):
        """Rows of numbers, or their JSON ("[[0, 1, 2], ...]")."""
        board = array_of(given, "a board")
        whole = board.shape == tuple(self.shape) and np.array_equal(board, board.astype("int64"))
        if not whole or not 0 <= board.min() <= board.max() < self.values:
            rows, columns = self.shape
            raise ZooError(
                f"{short(given)} is not a board", f"give {rows} rows of {columns} numbers from 0 to {self.values - 1}"
            )
        return board.astype(self.dtype), ()

    def show(self, value):
        """Rows of numbers, an empty place as a point."""
        value = np.asarray(value)
        places = value if value.ndim == 2 else value.argmax(-1)
        return "\n".join(" ".join("." if place == 0 else str(place) for place in row) for row in places)


@dataclass(frozen=True)
class Label(Feature):
    """One of several classes, by number.

    Args:
        names: of the classes, as `zoo865.files.name_as_text` gives them.

    Example:
        >>> label = Label(("cat", "dog"))
        >>> int(label.read("dog")[0]), label.show(0)
        (1, 'cat')
    """

    names: tuple[str, ...]

    kind: ClassVar = "label"
    shape: ClassVar = ()
    dtype: ClassVar = "int64"

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "names", tuple(map(name_as_text, self.names)))

    def read(self, given):
        """A name, or its number."""
        if isinstance(given, str):
            given = name_as_text(given)
            if given not in self.names:
                raise ZooError(f"no class {given!r}", nearest(given, self.names))
            return np.int64(self.names.index(given)), ()
        if np.ndim(given) or not np.isin(given, np.arange(len(self.names))):
            raise ZooError(f"no class {short(given)}", f"classes are 0 to {len(self.names) - 1}")
        return np.int64(given), ()

    def show(self, value):
        """The class's name; of shares, as mixing makes them, the names that have some."""
        value = np.asarray(value)
        if value.ndim == 0:
            return self.names[int(value)]
        shares = sorted(zip(value, self.names, strict=True), reverse=True)
        return ", ".join(f"{share:.0%} {name}" for share, name in shares if share >= 0.005)


@dataclass(frozen=True)
class Action(Feature):
    """What an agent does, one of several, by number.

    Args:
        count: of the actions.
        start: the number of the first, as the environment counts them.

    Example:
        >>> int(Action(count=2, start=1).read(2)[0])
        2
    """

    count: int
    start: int = 0

    kind: ClassVar = "action"
    shape: ClassVar = ()
    dtype: ClassVar = "int64"

    def read(self, given):
        """Its number."""
        last = self.start + self.count - 1
        if np.ndim(given) or not np.isin(given, np.arange(self.start, last + 1)):
            raise ZooError(f"no action {short(given)}", f"actions are {self.start} to {last}")
        return np.int64(given), ()
