"""The page of optimizers: all of Keras' from one start, and what their parts do; how they train stands in `races`."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from zoo865.errors import ZooError, nearest
from zoo865.explain.contours import contours
from zoo865.explain.functions import FUNCTIONS, Function, values_of
from zoo865.explain.gradient_descent import RATES
from zoo865.explain.page import write_explanation
from zoo865.explain.paths import descend, optimizers, why_it_cannot_run
from zoo865.explain.races import BATCH, LAST, race
from zoo865.reporting.page import page_path

BOWL = FUNCTIONS["quadratic"]  # ten times as steep across as along
START = (-3.5, 2.0)
STEPS = 60
SLOPE = Function("slope", lambda x: x, ((-4.0, 4.0),))  # the same everywhere
MOMENTUM_RATE, MOMENTUM_STEPS = 0.02, 120
ADAPTIVE_RATE, ADAPTIVE_STEPS = 0.05, 40
LONG_AGO = 10**9  # steps after which nothing is left to correct
LOW = 0.1  # a height that counts as arrived
SIDE = 200  # of a plot

RACERS: dict[str, Callable] = {
    "SGD": keras.optimizers.SGD,
    "SGD, momentum 0.9": functools.partial(keras.optimizers.SGD, momentum=0.9),
    "RMSprop": keras.optimizers.RMSprop,
    "Adam": keras.optimizers.Adam,
}


@dataclass(frozen=True)
class SideBySide:
    """Where every optimizer goes from the same start.

    Args:
        names: of the optimizers.
        left_out: optimizer -> why it is not among them.
        paths: (optimizers, rates, steps + 1, 2) float32, NaN from where a path has become infinite.
        heights: (optimizers, rates, steps + 1) float32.
    """

    names: tuple[str, ...]
    left_out: dict[str, str]
    paths: np.ndarray
    heights: np.ndarray


def side_by_side() -> SideBySide:
    """Lets every optimizer that Keras has, with its defaults, go down the bowl, at seven learning rates.

    Example:
        >>> side_by_side().paths.shape[1:]  # doctest: +SKIP
        (7, 61, 2)
    """
    reasons = {name: why_it_cannot_run(make) for name, make in optimizers().items()}
    names = tuple(name for name, reason in reasons.items() if not reason)
    start = np.array([START], "float32")
    paths = np.stack([descend(BOWL, optimizers()[name], RATES, start, STEPS)[:, 0] for name in names])
    with np.errstate(over="ignore", invalid="ignore"):
        heights = values_of(BOWL, paths)
    return SideBySide(names, {name: reason for name, reason in reasons.items() if reason}, paths, heights)


def with_momentum() -> dict[str, np.ndarray]:
    """How high SGD is above the bowl's lowest point, without and with momentum.

    Returns:
        What is set -> (steps + 1,) float32 heights.

    Example:
        >>> low = {name: float(heights[-1]) for name, heights in with_momentum().items()}
        >>> low["momentum 0.9"] < low["no momentum"]
        True
    """
    settings = {
        "no momentum": {},
        "momentum 0.9": {"momentum": 0.9},
        "Nesterov momentum 0.9": {"momentum": 0.9, "nesterov": True},
    }
    start = np.array([START], "float32")
    found = {}
    for name, arguments in settings.items():
        make = functools.partial(keras.optimizers.SGD, **arguments)
        path = descend(BOWL, make, [MOMENTUM_RATE], start, MOMENTUM_STEPS)[0, 0]
        found[name] = values_of(BOWL, path)
    return found


def bias_correction() -> dict[str, np.ndarray]:
    """How long Adam's first steps are where the slope is the same everywhere, with and without bias correction.

    Its means of slopes and of their squares begin at 0, and are divided by what is missing. What is missing vanishes
    with the number of the step: an Adam that believes to be at step 1,000,000,001 corrects nothing.

    Returns:
        What is done -> (steps,) float64 lengths, in learning rates.

    Example:
        >>> {name: round(float(lengths[0]), 2) for name, lengths in bias_correction().items()}
        {'with bias correction': 1.0, 'without': 3.16}
    """

    def uncorrected(rate):
        optimizer = keras.optimizers.Adam(rate)
        optimizer.iterations.assign(LONG_AGO)
        return optimizer

    made = {"with bias correction": keras.optimizers.Adam, "without": uncorrected}
    start = np.zeros((1, 1), "float32")
    return {name: _lengths(descend(SLOPE, make, [1.0], start, STEPS)[0, 0])[:, 0] for name, make in made.items()}


def step_lengths() -> dict[str, np.ndarray]:
    """How far each step down the bowl goes along and across it, by optimizers with one rate for all and with their own.

    Returns:
        Optimizer -> (steps, 2) float64.

    Example:
        >>> first = {name: lengths[0].round(3).tolist() for name, lengths in step_lengths().items()}
        >>> first["SGD"], first["Adam"]
        ([0.175, 1.0], [0.05, 0.05])
    """
    made, start = [keras.optimizers.SGD, keras.optimizers.RMSprop, keras.optimizers.Adam], np.array([START], "float32")
    paths = {make.__name__: descend(BOWL, make, [ADAPTIVE_RATE], start, ADAPTIVE_STEPS)[0, 0] for make in made}
    return {name: _lengths(path) for name, path in paths.items()}


def _lengths(path: np.ndarray) -> np.ndarray:
    """(steps + 1, parameters) -> (steps, parameters) how far each parameter goes."""
    return np.abs(np.diff(path.astype("float64"), axis=0))


def racers(names: Sequence[str] = ()) -> dict[str, Callable]:
    """Optimizers by the names that Keras gives them, in whatever case; without names four that differ in one part each.

    Args:
        names: of optimizers.

    Returns:
        Name -> a learning rate -> a new optimizer.

    Raises:
        ZooError: Keras has none of that name, or it cannot run by itself.

    Example:
        >>> list(racers(["adam", "Lion"]))
        ['Adam', 'Lion']
    """
    known = {name.lower(): name for name in optimizers()}
    found: dict[str, Callable] = {}
    for asked in names:
        if (name := known.get(asked.lower())) is None:
            able = [name for name, own in known.items() if not why_it_cannot_run(optimizers()[own])]
            raise ZooError(f"Keras {keras.__version__} has no optimizer {asked!r}", nearest(asked.lower(), able))
        if reason := why_it_cannot_run(optimizers()[name]):
            raise ZooError(f"{name} cannot train by itself: {reason}", "choose another")
        found[name] = optimizers()[name]
    return found or RACERS


def compare_optimizers(names: Sequence[str] = (), *, out: str = "optimizers.html") -> Path:
    """Writes the page of optimizers.

    Args:
        names: of those that train mnist_cnn, as for `racers`.
        out: the page.

    Returns:
        Its path.

    Raises:
        ZooError: no such optimizer, or the page cannot be written.

    Example:
        >>> compare_optimizers(["adam", "lion"])  # doctest: +SKIP
        PosixPath('optimizers.html')
    """
    path, makes = page_path(out, "optimizers.html"), racers(names)
    found, trained = side_by_side(), race(makes)
    momentum, bias, lengths = with_momentum(), bias_correction(), step_lengths()
    grid = np.stack(np.meshgrid(*[np.linspace(low, high, 81) for low, high in BOWL.bounds]), -1)
    document = {
        "names": found.names,
        "rates": RATES,
        "steps": STEPS,
        "paths": _rounded(found.paths, 3),
        "heights": _rounded(found.heights, 6),
        "momentum": [heights.tolist() for heights in momentum.values()],
        "bias": [values.tolist() for values in bias.values()],
        "lengths": [values.T.tolist() for values in lengths.values()],
        "racers": [*makes],
        "losses": _rounded(trained.losses, 4),
        "seconds": trained.seconds.tolist(),
        "last": LAST,
    }
    return write_explanation(
        path,
        "optimizers.html.jinja",
        document=document,
        found=found,
        trained=trained,
        contours=contours(values_of(BOWL, grid), 80 * 0.5 ** np.arange(9)[::-1], SIDE, SIDE),
        arrived={name: _arrived(heights) for name, heights in momentum.items()},
        bias=bias,
        lengths=lengths,
        bowl=BOWL,
        batch=BATCH,
        start=START,
        momentum_rate=MOMENTUM_RATE,
        adaptive_rate=ADAPTIVE_RATE,
        low=LOW,
        command=" ".join(["zoo865 explain optimizers", *(f"--optimizer {name}" for name in names)]),
    )


def _arrived(heights: np.ndarray) -> int | None:
    """The step from which on it stays below LOW; None where it does not come to that."""
    above = np.flatnonzero(heights >= LOW)
    return None if len(above) and above[-1] == len(heights) - 1 else int(above[-1]) + 1 if len(above) else 0


def _rounded(values: np.ndarray, digits: int) -> list:
    """Nested lists for the page, None for what is not finite or too large to be drawn."""
    rounded = np.round(values.astype("float64"), digits).astype(object)
    rounded[~(np.abs(values) < 1e6)] = None
    return rounded.tolist()
