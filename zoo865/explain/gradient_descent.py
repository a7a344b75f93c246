"""The page of gradient descent: where every optimizer of Keras goes, from many starts at many learning rates."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoo865.errors import ZooError
from zoo865.explain.contours import contours
from zoo865.explain.functions import Function, function_of, values_of
from zoo865.explain.minima import minima_of
from zoo865.explain.page import write_explanation
from zoo865.explain.paths import descend, gradients, optimizers, why_it_cannot_run
from zoo865.reporting.page import in_page, page_path

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
STEPS = 50
SIDE = 5  # starts along each side of two parameters; of one there are SIDE squared
BEYOND = 1.0  # sides of the plot that are kept track of around it
LEVELS = 65_534  # of a coordinate from one end to the other; the last number means beyond
NEAR = 0.02  # of a side, from a minimum: it counts as reached
STEEPEST = 100  # times the three lower quarters of a curve's heights: what is higher is cut off
WIDTH, HEIGHT = 640, 400  # of the plot, of two parameters a square
REACHED, LOCAL, ELSEWHERE, LOST = range(4)  # what became of a path


@dataclass(frozen=True)
class Descents:
    """Paths of all optimizers.

    Args:
        function: on what.
        minima: (minima, parameters), the lowest first.
        starts: (starts, parameters) float32.
        names: of the optimizers.
        left_out: optimizer -> why it is not among them.
        paths: (optimizers, rates, starts, steps + 1, parameters) float32, NaN from where a path has become infinite.
        losses: (optimizers, rates, starts, steps + 1) float32.
        ends: (optimizers, rates, starts) uint8, what became of each path.
        first: the number of the start that is shown first.
    """

    function: Function
    minima: np.ndarray
    starts: np.ndarray
    names: tuple[str, ...]
    left_out: dict[str, str]
    paths: np.ndarray
    losses: np.ndarray
    ends: np.ndarray
    first: int


def descents(name: str = "hill", start: Sequence[float] | None = None) -> Descents:
    """Lets every optimizer go downhill, 50 steps at seven learning rates, from 25 starts.

    Args:
        name: of a function: see `zoo865.explain.functions.function_of`.
        start: None, or one more start.

    Returns:
        The paths.

    Raises:
        ZooError: no such function, one that is not finite at a start, or a start outside of the plot.

    Example:
        >>> descents("hill").paths.shape[1:]  # doctest: +SKIP
        (7, 25, 51, 1)
    """
    function = function_of(name)
    starts = _starts(function, start)
    with np.errstate(all="ignore"):  # what is infinite is told below
        return _descents(function, starts, start is not None)


def _descents(function: Function, starts: np.ndarray, asked: bool) -> Descents:
    for point, value, slope in zip(
        starts, values_of(function, starts), np.asarray(gradients(function, starts)), strict=True
    ):
        if not (np.isfinite(value) and np.isfinite(slope).all()):
            what = "value" if not np.isfinite(value) else "slope"
            where = ", ".join(f"{number:g}" for number in point)
            hint = f"draw it where it has one: {function.name}.bounds = ((low, high),) in its file"
            raise ZooError(f"{function.name} has no finite {what} at ({where})", hint)
    names, left_out, found = [], {}, []
    for optimizer, make in optimizers().items():
        if reason := why_it_cannot_run(make):
            left_out[optimizer] = reason
            continue
        found.append(descend(function, make, RATES, starts, STEPS))
        names.append(optimizer)
    paths, minima = np.stack(found), minima_of(function)
    losses = values_of(function, paths)
    ends = _ends(function, minima, paths)
    # What was asked for; of a curve the last, from where the way is longest; else one that is far from the middle.
    first = len(starts) - 1 if asked or function.parameters == 1 else int(len(starts) * 0.8)
    return Descents(function, minima, starts, tuple(names), left_out, paths, losses, ends, first)


def _starts(function: Function, start: Sequence[float] | None) -> np.ndarray:
    """Evenly over the plot, a tenth of its side from the border; then the one that is given."""
    count = SIDE if function.parameters == 2 else SIDE**2
    sides = [np.linspace(low + (high - low) / 10, high - (high - low) / 10, count) for low, high in function.bounds]
    points = [*itertools.product(*sides)]
    if start is not None:
        inside = len(start) == function.parameters and all(
            low <= number <= high for number, (low, high) in zip(start, function.bounds, strict=True)
        )
        if not inside:
            bounds = " and ".join(f"{low:g} to {high:g}" for low, high in function.bounds)
            given = ",".join(f"{number:g}" for number in start)
            if len(start) != function.parameters:
                wrong = f"{function.name} takes starts of {function.parameters}, not --start={given}"
                raise ZooError(wrong, "--start=-1.5,2" if function.parameters == 2 else "--start=2")
            raise ZooError(f"the start {given} is outside of the plot of {function.name}", f"it shows {bounds}")
        points.append(tuple(start))
    return np.array(points, "float32")


def _ends(function: Function, minima: np.ndarray, paths: np.ndarray) -> np.ndarray:
    """What became of each path: where it is after the last step."""
    low, high = np.array(function.bounds).T
    last = (paths[..., -1, :] - low) / (high - low)
    found = np.full(last.shape[:-1], ELSEWHERE, "uint8")
    for number, minimum in reversed([*enumerate(minima)]):
        near = np.linalg.norm(last - (minimum - low) / (high - low), axis=-1) < NEAR
        found[near] = REACHED if number == 0 else LOCAL
    with np.errstate(invalid="ignore"):
        inside = ((last >= 0) & (last <= 1)).all(-1)
    found[~inside] = LOST
    return found


def quantised(function: Function, paths: np.ndarray) -> np.ndarray:
    """Coordinates in two bytes each: 0 to 65,534 from one plot's side below the plot to one above; 65,535 is beyond.

    On a plot of 700 pixels what is drawn is at most 0.02 pixels away.

    Args:
        function: whose plot.
        paths: (..., parameters) float32.

    Returns:
        (..., parameters) uint16.

    Example:
        >>> from zoo865.explain.functions import FUNCTIONS
        >>> quantised(FUNCTIONS["hill"], np.array([[-12.0], [0.0], [12.5], [np.nan]])).ravel().tolist()
        [0, 32767, 65535, 65535]
    """
    low, high = np.array(function.bounds).T
    share = ((paths - low) / (high - low) + BEYOND) / (1 + 2 * BEYOND)
    inside = (share >= 0) & (share <= 1)
    return np.where(inside.all(-1, keepdims=True), np.rint(np.where(inside, share, 0) * LEVELS), LEVELS + 1).astype(
        "uint16"
    )


def _contour_levels(values: np.ndarray, count: int = 14) -> np.ndarray:
    """Levels for contours of values whose range is large: evenly in the logarithm of what is above the lowest.

    Args:
        values: any shape, finite.
        count: how many.

    Returns:
        (count,) rising.
    """
    least = float(values.min())
    above = values.ravel() - least
    most = float(above.max()) or 1.0
    small = max(float(np.quantile(above, 0.02)), most * 2e-4)
    return least + np.geomspace(min(small, most / math.e), most, count)


def gradient_descent(
    name: str = "hill", *, start: Sequence[float] | None = None, out: str = "gradient-descent.html"
) -> Path:
    """Writes the page on which one goes downhill: optimizer, learning rate, start and step by sliders.

    Args:
        name: of a function, as for `descents`.
        start: one more start, or None.
        out: the page.

    Returns:
        Its path.

    Raises:
        ZooError: as `descents`; or the page cannot be written.

    Example:
        >>> gradient_descent("rosenbrock", start=(-1.5, 2))  # doctest: +SKIP
        PosixPath('gradient-descent.html')
    """
    path = page_path(out, "gradient-descent.html")
    found = descents(name, start)
    command = f"zoo865 explain gradient-descent --function {name}"
    command += f" --start={','.join(f'{number:g}' for number in start)}" if start is not None else ""
    with np.errstate(all="ignore"):
        return write_explanation(
            path,
            "gradient_descent.html.jinja",
            found=found,
            document=_document(found),
            plot=_curve(found.function) if found.function.parameters == 1 else _contours(found.function),
            minima=_to_plot(found.function, found.minima),
            command=command,
        )


def _document(found: Descents) -> dict:
    """What the page's script needs, JSON: arrays as base64 of their bytes, the lowest byte of a number first."""
    function = found.function
    arrays = {"paths": quantised(function, found.paths), "losses": found.losses.astype("<f4"), "ends": found.ends}
    of_a_curve = {}
    if function.parameters == 1:
        arrays["slopes"] = np.asarray(gradients(function, found.paths))[..., 0].astype("<f4")
        of_a_curve["heights"] = _heights(function)
    same = {
        later: earlier
        for earlier, later in itertools.combinations(range(len(found.names)), 2)
        if np.array_equal(found.paths[earlier], found.paths[later], equal_nan=True)
    }
    return {
        "names": found.names,
        "same": {found.names[later]: found.names[earlier] for later, earlier in same.items()},
        "rates": RATES,
        "starts": found.starts.tolist(),
        "first": found.first,
        "steps": STEPS,
        "bounds": function.bounds,
        "parameters": function.parameters,
        "lowest": float(values_of(function, found.minima[0])) if len(found.minima) else float(np.nanmin(found.losses)),
        "arrays": {key: in_page(np.ascontiguousarray(array).tobytes()) for key, array in arrays.items()},
        **of_a_curve,
    }


def _heights(function: Function) -> tuple[float, float]:
    """The lowest and the highest value that a plot of one parameter shows."""
    ((low, high),) = function.bounds
    values = values_of(function, np.linspace(low, high, 301)[:, None])
    least, middle, most = np.quantile(values[np.isfinite(values)].astype(float), (0, 0.75, 1))
    most = min(most, least + STEEPEST * (middle - least)) if middle > least else most
    most = most if most > least else least + 1
    return float(least - 0.1 * (most - least)), float(most)


def _to_plot(function: Function, points: np.ndarray) -> list[list[float]]:
    """Where (points, parameters) are on the plot: across and down, in its units."""
    low, high = np.array(function.bounds).T
    shares = (points - low) / (high - low)
    if function.parameters == 2:
        places = WIDTH * shares[:, 0], WIDTH * (1 - shares[:, 1])
    else:
        least, most = _heights(function)
        places = WIDTH * shares[:, 0], HEIGHT * (1 - (values_of(function, points) - least) / (most - least))
    return np.stack(places, axis=1).round(1).tolist()


def _curve(function: Function) -> list[str]:
    """The outline of a function of one parameter, paths of SVG: one for each stretch where it is finite."""
    ((low, high),) = function.bounds
    points = np.clip(_to_plot(function, np.linspace(low, high, 301)[:, None]), -10 * HEIGHT, 10 * HEIGHT)
    known = np.isfinite(points[:, 1])
    stretches = np.split(points, np.flatnonzero(np.diff(known)) + 1)
    return ["M" + "L".join(f"{x},{y}" for x, y in one) for one in stretches if np.isfinite(one[0, 1])]


def _contours(function: Function) -> list[str]:
    """Where a function of two parameters is above each level, paths of SVG, the lowest level first."""
    axes = [np.linspace(low, high, 161) for low, high in function.bounds]
    values = values_of(function, np.stack(np.meshgrid(*axes), -1))
    return contours(values, _contour_levels(values[np.isfinite(values)]), WIDTH, WIDTH)
