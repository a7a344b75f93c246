"""Where a function is lowest: all minima in the part of it that is drawn, by SciPy."""

import itertools

import numpy as np
from keras import ops

from zoo865.explain.functions import Function, checked_value, values_of
from zoo865.explain.paths import compile_function, gradients

GRID = 201  # points along each side
AROUND = 9  # of them, along each side, of which a start is the lowest
APART = 1e-3  # of a side: nearer ones are the same
NEIGHBOUR = 1e-2  # of a side: how far from a minimum it must be higher all around


def minima_of(function: Function) -> np.ndarray:
    """The minima within the bounds, without those on the border, by L-BFGS-B from where a grid's neighbours are higher.

    Args:
        function: of what.

    Returns:
        (minima, parameters) float64, the lowest first.

    Example:
        >>> from zoo865.explain.functions import FUNCTIONS
        >>> np.round(minima_of(FUNCTIONS["hill"]), 3).tolist()
        [[-2.089], [1.897]]
    """
    from scipy.ndimage import label, minimum_filter
    from scipy.optimize import minimize

    low, high = np.array(function.bounds).T
    sides = high - low
    cell = sides / (GRID - 1)

    @compile_function
    def compiled(at):
        parameters = [at[axis] for axis in range(function.parameters)]
        return checked_value(function, parameters), gradients(function, at)

    def value_and_slope(point):
        value, slope = map(ops.convert_to_numpy, compiled(np.asarray(point, "float32")))
        return float(value), np.asarray(slope, "float64")

    axes = [np.linspace(least, most, GRID) for least, most in function.bounds]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    values = values_of(function, grid)
    values = np.where(np.isfinite(values), values, np.inf)
    lowest = (values == minimum_filter(values, size=AROUND)) & np.isfinite(values)
    # Of a flat stretch one place.
    numbers = label(lowest, np.ones([3] * function.parameters))[0][lowest]
    starts = grid[lowest][np.unique(numbers, return_index=True)[1]]
    found: list[tuple[float, np.ndarray]] = []
    for start in starts:
        # First nearby, that a long step leads to no other minimum; then anywhere, where a narrow valley goes on.
        near, end = [*zip(np.maximum(low, start - 2 * cell), np.minimum(high, start + 2 * cell), strict=True)], start
        for bounds in (near, function.bounds):
            end = minimize(value_and_slope, end, jac=True, bounds=bounds, method="L-BFGS-B").x
        new = all(np.abs(end - other).max() > APART * sides.max() for _, other in found)
        if new and ((end > low) & (end < high)).all() and _is_lowest_around(function, end, NEIGHBOUR * sides):
            found.append((float(values_of(function, end)), end))
    ordered = [end for _, end in sorted(found, key=lambda pair: pair[0])]
    return np.array(ordered).reshape(-1, function.parameters)


def _is_lowest_around(function: Function, point, away) -> bool:
    """Whether no neighbour is lower: at a saddle some are."""
    steps = np.array([step for step in itertools.product((-1, 0, 1), repeat=len(point)) if any(step)])
    return bool((values_of(function, point + steps * away) > values_of(function, point)).all())
