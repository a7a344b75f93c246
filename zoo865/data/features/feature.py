"""What every kind of data has: a shape, reading and showing an example, conversion to and from JSON."""

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zoo865.data.file_tree import FileTree, file_tree
from zoo865.errors import ZooError, nearest
from zoo865.files import with_tuples

KINDS: dict[str, type["Feature"]] = {}  # as JSON names them


@dataclass(frozen=True)
class Feature:
    """A kind of data. Subclasses are frozen dataclasses, whose fields are their JSON.

    Attributes:
        shape: of one raw example; None where it varies.
        dtype: of raw examples, "string" for text.
        prepared_shape: of one example as a model sees it: what the builder gets as NAME_shape.
        usual_length: what a side is that varies, where speed is measured.
        suffixes: the ends of the names of files that hold one example each; () where no file does.

    Example:
        >>> from typing import ClassVar
        >>> @dataclass(frozen=True)
        ... class Temperature(Feature):
        ...     '''Degrees Celsius.'''
        ...     kind: ClassVar = "temperature"
        ...     shape: ClassVar = ()
        ...     dtype: ClassVar = "float32"
        ...     def read(self, given):
        ...         return np.float32(given), ()
        >>> Temperature().stack([Temperature().read(text)[0] for text in ("21.5", "-3")]).tolist()
        [21.5, -3.0]
    """

    kind: ClassVar[str] = ""
    suffixes: ClassVar[tuple[str, ...]] = ()
    usual_length: ClassVar[int] = 1
    if TYPE_CHECKING:  # a field of some kinds, the same for all examples of others

        @property
        def shape(self) -> tuple: ...  # noqa: D102
        @property
        def dtype(self) -> str: ...  # noqa: D102

    def __post_init__(self):
        for field in dataclasses.fields(self):  # a list would be no key, and no equal of what JSON gives back
            object.__setattr__(self, field.name, with_tuples(getattr(self, field.name)))

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        KINDS[cls.kind] = cls

    @property
    def keys(self) -> tuple[str, ...]:
        """Of one example that is given as a dictionary; () where none is."""
        return ()

    @property
    def prepared_shape(self) -> tuple:
        """As raw, unless preparing changes it."""
        return self.shape

    @property
    def served_shape(self) -> tuple:
        """Of one raw example that an export takes, which may be freer than `shape`; None where it varies."""
        return self.shape

    @classmethod
    def files_in(cls, place) -> FileTree:
        """The files of a folder or of a ZIP archive that hold one example each."""
        return file_tree(place, cls.suffixes)

    def read(self, given: Any) -> tuple[np.ndarray, tuple[str, ...]]:
        """What a person gives (a file, its bytes, an open file, an array, a tensor, ...) as one raw example.

        Args:
            given: a file, its bytes, an open file, an array, a tensor, ...

        Returns:
            An array of `shape` and `dtype`, and notes on what is done to it before the model sees it.

        Raises:
            ZooError: it is none.

        Example:
            >>> from zoo865.data.features import Label
            >>> Label(("cat", "dog")).read("dog")
            (np.int64(1), ())
        """
        raise NotImplementedError

    def is_one(self, given) -> bool:
        """Whether `given` is one example rather than several."""
        if isinstance(given, (str, bytes, bytearray, os.PathLike, Mapping)) or hasattr(given, "read"):
            return True
        if hasattr(given, "shape"):  # an array or a tensor
            return len(given.shape) <= len(self.shape)
        depth, inner = 0, given
        while isinstance(inner, (list, tuple)) and inner:
            depth, inner = depth + 1, inner[0]
        if depth and isinstance(inner, (int, float, np.number)):
            return depth <= len(self.shape)
        return not isinstance(given, Iterable) or is_pil(given)

    def reads_as(self, other: "Feature") -> bool:
        """Whether raw examples of another feature are raw examples of this one, so that this one may prepare them."""
        return self == other

    def misfit(self, example) -> str:
        """What is wrong with a raw example of a split; "" if nothing is."""
        found, wanted = np.asarray(example).dtype, np.dtype(self.dtype)
        if found == wanted or (found.kind == wanted.kind and found.kind in "if"):
            return ""
        return f"{found}, but raw examples of this kind must be {wanted}"

    def blank(self, count: int, length: int = 1) -> np.ndarray:
        """So many empty examples, (count, *shape); sides that vary are of this length."""
        return np.zeros((count, *(length if side is None else side for side in self.shape)), self.dtype)

    def stack(self, examples: Sequence | np.ndarray) -> np.ndarray:
        """Raw examples as one array with a batch axis, padded at their ends with zeros where their lengths differ.

        Args:
            examples: each an array of `shape`.

        Returns:
            (examples, ...) array of `dtype`.

        Example:
            >>> from zoo865.data.features import Tokens
            >>> Tokens(length=4, vocabulary_size=9).stack([[5], [1, 2]]).tolist()
            [[5, 0], [1, 2]]
        """
        if isinstance(examples, np.ndarray) and examples.dtype != object:
            return examples.astype(self.dtype, copy=False)
        examples = [np.asarray(example) for example in examples]
        if None not in self.shape:
            return np.stack(examples).astype(self.dtype, copy=False) if examples else self.blank(0)
        sides = np.max([example.shape for example in examples], axis=0) if examples else ()
        stacked = np.zeros((len(examples), *sides), self.dtype) if examples else self.blank(0)
        for row, example in zip(stacked, examples, strict=True):
            row[tuple(map(slice, example.shape))] = example
        return stacked

    def show(self, value: Any) -> Any:
        """One example, raw or prepared, for people: text, or a picture, (height, width, 1 or 3) uint8.

        Args:
            value: one example.

        Returns:
            A text, or a uint8 array.

        Example:
            >>> from zoo865.data.features import Label
            >>> Label(("cat", "dog")).show(1)
            'dog'
        """
        return _numbers(value)

    def to_json(self) -> dict:
        """This feature as a JSON document; `feature_from_json` reads it again.

        Returns:
            Its kind and its settings.

        Example:
            >>> from zoo865.data.features import Action
            >>> Action(count=2).to_json()
            {'kind': 'action', 'count': 2, 'start': 0}
        """
        return {"kind": self.kind, **json.loads(json.dumps(dataclasses.asdict(self)))}


def feature_from_json(document: Mapping, where: str) -> Feature:
    """The feature that `to_json` wrote.

    Args:
        document: the JSON.
        where: whose it is, for the error.

    Raises:
        ZooError: its kind is unknown, or does not have these settings.
    """
    if not isinstance(document, Mapping):
        raise ZooError(f"{where} is {short(document)}, which is not a feature", "was it written by another program?")
    arguments = dict(document)
    kind = arguments.pop("kind", None)
    if kind not in KINDS:
        hint = f"{nearest(str(kind), KINDS)} Was it written by a newer zoo865?"
        raise ZooError(f"{where} has the unknown kind {kind!r}", hint)
    try:
        return KINDS[kind](**arguments)
    except TypeError as error:
        wrong = f"{where} cannot be read as {kind}: {str(error).partition(') ')[2] or error}"
        raise ZooError(wrong, "was it written by a newer zoo865?") from error


def unboxed(given):
    """What a person gives, out of the box that it comes in: a tensor, or whatever else says of itself that it is an
    array, becomes NumPy's; an array of texts or objects (names of files, a column of a table) the list it holds.

    Raises:
        ZooError: a tensor that NumPy cannot read, such as one on a GPU.
    """
    if isinstance(given, memoryview):
        return bytes(given)
    if is_pil(given) or not hasattr(given, "__array__"):
        return given
    try:
        array = np.asarray(given)
        if array.dtype.kind == "V" and not array.dtype.names:  # bfloat16, which NumPy has not
            array = array.astype("float32")
    except Exception as error:  # of every library its own
        raise ZooError(
            f"cannot convert {short(given)} to an array: {str(error).strip()}", "give a NumPy array"
        ) from error
    return array.tolist() if array.dtype.kind in "OUS" else array


def is_pil(given) -> bool:
    """Whether something is an image of Pillow's."""
    return type(given).__module__.startswith("PIL.")


def array_of(given, what: str) -> np.ndarray:
    """Numbers as an array.

    Args:
        given: an array, a tensor, nested lists, or the JSON of such in a string, bytes or an open file.
        what: is wanted ("a board"), for the error.
    """
    try:
        given = given.read() if hasattr(given, "read") else given
        array = np.asarray(json.loads(given) if isinstance(given, (str, bytes)) else given)
    except (ValueError, TypeError) as error:
        raise ZooError(f"{short(given)} is not {what}", "give numbers: [0.1, -0.2, ...]") from error
    if array.dtype.kind not in "biuf":
        raise ZooError(f"{short(given)} is not {what}", "give numbers: [0.1, -0.2, ...]")
    return array


def short(given) -> str:
    """A value as errors show it: on one line, at most 80 characters."""
    text = " ".join(repr(given).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def _numbers(value) -> str:
    numbers = np.asarray(value)
    if numbers.size > 64:
        return f"{numbers.dtype} {numbers.shape}"
    return np.array2string(numbers, precision=3, separator=", ", suppress_small=True)
