"""Functions of one or two parameters to go downhill on: what a loss is to a network, small enough to be drawn."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from zoo865.errors import ZooError, nearest
from zoo865.files import split_name
from zoo865.user_code import import_file, what_failed


@dataclass(frozen=True)
class Function:
    """A function, and the part of it that is drawn.

    Args:
        name: what it is called.
        value: (x) or (x, y), tensors of one shape -> tensor of that shape; of `keras.ops`, and differentiable.
        bounds: (low, high) of each parameter, what is drawn.
        formula: as people write it.
        about: what one sees on it, in a sentence or two.

    Example:
        >>> float(FUNCTIONS["rosenbrock"].value(1.0, 1.0))
        0.0
    """

    name: str
    value: Callable[..., Any]
    bounds: tuple[tuple[float, float], ...]
    formula: str = ""
    about: str = ""

    @property
    def parameters(self) -> int:
        """How many: 1 or 2."""
        return len(self.bounds)


def _hill(x):
    return x**4 / 10 - 4 * x**2 / 5 + 3 * x / 10 + 2


def _valley(x, y):
    return (x**2 + 10 * y**2) / 2


def _beale(x, y):
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _rastrigin(x, y):
    return 20 + x**2 + y**2 - 10 * (ops.cos(2 * np.pi * x) + ops.cos(2 * np.pi * y))


def _saddle(x, y):
    return x**2 / 2 - y**2 / 2 + y**4 / 16


FUNCTIONS = {
    one.name: one
    for one in (
        Function(
            "hill",
            _hill,
            ((-4.0, 4.0),),
            "x⁴/10 - 4x²/5 + 3x/10 + 2",
            "Two valleys, and the left one is deeper. A skier who starts on the right goes down to the nearer valley: "
            "a local minimum. The better one lies beyond the hill.",
        ),
        Function(
            "quadratic",
            _valley,
            ((-4.0, 4.0), (-4.0, 4.0)),
            "(x² + 10y²)/2",
            "A valley ten times as steep across as along. A step that is short enough across is far too short along.",
        ),
        Function(
            "beale",
            _beale,
            ((-4.5, 4.5), (-4.5, 4.5)),
            "(1.5 - x + xy)² + (2.25 - x + xy²)² + (2.625 - x + xy³)²",
            "Nearly flat around one minimum, with cliffs in the corners, where gradients are thousands of times as "
            "large (Beale 1958).",
        ),
        Function(
            "rosenbrock",
            _rosenbrock,
            ((-2.0, 2.0), (-1.0, 3.0)),
            "(1 - x)² + 100(y - x²)²",
            "A narrow bent valley. It is easily found, and hard to follow to its lowest point (Rosenbrock 1960).",
        ),
        Function(
            "rastrigin",
            _rastrigin,
            ((-5.12, 5.12), (-5.12, 5.12)),
            "20 + x² + y² - 10 cos 2πx - 10 cos 2πy",
            "A bowl full of dents, a local minimum in each, near the whole numbers (Rastrigin 1974).",
        ),
        Function(
            "saddle",
            _saddle,
            ((-3.0, 3.0), (-3.0, 3.0)),
            "x²/2 - y²/2 + y⁴/16",
            "Uphill one way, downhill the other, and no slope in between: who comes along the ridge slows down at the "
            "saddle, and exactly on it stays for ever.",
        ),
    )
}


def function_of(name: str) -> Function:
    """A function by its name, or a user's, FILE.py:NAME, of one or two parameters. It is drawn from -5 to 5, or where
    its attribute `bounds` says: `loss.bounds = ((0.1, 5),)`.

    Raises:
        ZooError: there is none of that name, it has no one or two parameters, or other bounds.

    Example:
        >>> function_of("hill").parameters
        1
    """
    file, called = split_name(name)
    if not file:
        if name not in FUNCTIONS:
            raise ZooError(f"unknown function {name!r}", f"{nearest(name, FUNCTIONS)} (or your own, FILE.py:NAME)")
        return FUNCTIONS[name]
    value = getattr(import_file(file), called, None)
    if not callable(value):
        raise ZooError(f"{file} has no function {called!r}", "name one that it defines: FILE.py:NAME")
    count = _parameters(value)
    if count not in (1, 2):
        raise ZooError(f"{name} has {count} parameters", "one or two can be drawn: def loss(x, y)")
    return Function(called, value, _bounds(name, value, count))


def _parameters(value: Callable) -> int:
    """How many must be given."""
    try:
        found = inspect.signature(value).parameters.values()
    except ValueError:  # of what is not written in Python
        return 0
    return sum(
        one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in found
    )


def _bounds(name: str, value: Callable, count: int) -> tuple[tuple[float, float], ...]:
    given = getattr(value, "bounds", ((-5.0, 5.0),) * count)
    try:
        bounds = np.array(given, float)
        fits = bounds.shape == (count, 2) and np.isfinite(bounds).all() and (bounds[:, 0] < bounds[:, 1]).all()
    except (TypeError, ValueError):
        fits = False
    if not fits:
        called = name.rpartition(":")[2]
        wanted = ", ".join(["(-5, 5)"] * count) + ("," if count == 1 else "")
        raise ZooError(f"{name} has the bounds {given}", f"give low and high of each: {called}.bounds = ({wanted})")
    return tuple((float(low), float(high)) for low, high in bounds)


def values_of(function: Function, points: np.ndarray) -> np.ndarray:
    """What a function is at points.

    Args:
        function: which.
        points: (..., parameters) floats.

    Returns:
        (...) float32.

    Raises:
        ZooError: it gives no number a point.

    Example:
        >>> values_of(FUNCTIONS["quadratic"], np.array([[2.0, 0.0], [0.0, 2.0]])).tolist()
        [2.0, 20.0]
    """
    points = np.asarray(points, "float32")
    given = [ops.convert_to_tensor(np.array(points[..., one])) for one in range(function.parameters)]
    return np.asarray(ops.convert_to_numpy(checked_value(function, given)))


def checked_value(function: Function, given: list) -> Any:
    """The function's value of parameters, tensors of one shape.

    Raises:
        ZooError: it cannot be called with tensors, or gives no number for each.
    """
    try:
        value = ops.convert_to_tensor(function.value(*given), "float32")
    except (Exception, SystemExit) as error:  # a user's function may raise whatever code does
        raise ZooError(f"{function.name} fails: {what_failed(error)}", "write it with keras.ops, of tensors") from error
    if tuple(value.shape) != tuple(given[0].shape):
        wrong = f"{function.name} gives {tuple(value.shape)} for parameters of shape {tuple(given[0].shape)}"
        raise ZooError(wrong, "it must give one number for each, as x**2 + y**2 does")
    return value
