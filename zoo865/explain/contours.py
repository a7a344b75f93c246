"""Contours of a surface, as paths of SVG."""

import itertools
from collections.abc import Sequence

import numpy as np


def contours(values: np.ndarray, levels: Sequence[float] | np.ndarray, width: int, height: int) -> list[str]:
    """Where a surface is above each level.

    Args:
        values: (rows, columns) floats, the first row the lowest on the plot; where they are not finite, the surface is
            as high as it is anywhere.
        levels: rising.
        width: of the plot, in its units.
        height: of it.

    Returns:
        A path of SVG a level, to be filled by the rule "evenodd", "" where nothing is as high.

    Example:
        >>> contours(np.array([[0.0, 1.0], [0.0, 1.0]]), [0.5], 100, 100)
        ['M50.0,100.0L100.0,100.0L100.0,0.0L50.0,0.0Z']
    """
    from contourpy import FillType, contour_generator

    values = np.where(np.isfinite(values), values, np.max(values[np.isfinite(values)])).astype("float64")
    across, down = np.linspace(0, width, values.shape[1]), np.linspace(height, 0, values.shape[0])
    generator = contour_generator(across, down, values, fill_type=FillType.OuterOffset)
    drawn = []
    for level in levels:
        polygons, offsets = generator.filled(level, np.inf)  # type: ignore[misc]  # OuterOffset gives two
        parts = []
        for points, ends in zip(polygons, offsets, strict=True):
            for begin, end in itertools.pairwise(ends):
                parts.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points[begin : end - 1]) + "Z")
        drawn.append("".join(parts))
    return drawn
