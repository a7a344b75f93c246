"""Charts of words' vectors: a map of words, rows of their matrix, their products against what these are to become."""

import warnings
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from zoo865.visualize.charts import COLOURS, TEXT, WIDTH, chart, in_ink, plain, title_above
from zoo865.visualize.grids import INK

MAGNIFICATIONS = 1.2 ** np.arange(17)  # at which words of a map may appear, up to 18
LONGEST = 14  # letters of a word on a map
GAP = 4  # points between two words
DOT = Path.circle((0, -3.5), 1.3)  # in points, below the line on which its word stands


def word_map(places: np.ndarray, words: Sequence[str]) -> Figure:
    """Words in a plane, each above its dot: as many as can be read, the first ones before others.

    Those for which there is no room are there, too, unseen: the name of such a text ends with the magnification from
    which on there is, and a page that zooms the map shows it then.

    Args:
        places: (words, 2).
        words: the most important first.
    """
    words = [word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}…" for word in words]
    sizes = np.array([(_width(word) + GAP, 1.2 * TEXT) for word in words])
    side = 72 * WIDTH
    figure = Figure(figsize=(WIDTH, WIDTH))
    axis = figure.add_axes((0, 0, 1, 1), xlim=(0, side), ylim=(0, side))
    axis.set_axis_off()
    low, high = np.array([2 * TEXT, TEXT]), side - np.array([2 * TEXT, 1.5 * TEXT])
    first, last = places.min(0), places.max(0)
    places = low + (places - first) / np.maximum(last - first, 1e-9) * (high - low)
    radius = np.abs(DOT.vertices).max()
    axis.scatter(places[:, 0], places[:, 1], (2 * radius) ** 2, marker=DOT, color=COLOURS[0], alpha=0.7, linewidths=0)
    zooms = magnifications(places, sizes, side)
    for number, (word, (x, y), zoom) in enumerate(zip(words, places, zooms, strict=True)):
        if np.isfinite(zoom):
            seen = None if zoom == 1 else 0
            text = axis.text(x, y, plain(word), ha="center", va="baseline", fontsize=TEXT, color=INK, alpha=seen)
            text.set_gid(f"{number}-from-{zoom:.3g}")
    return figure


def magnifications(places: np.ndarray, sizes: np.ndarray, side: float) -> np.ndarray:
    """From which magnification on each label of a map is shown: as soon as it lies over none that is shown, and not
    over the map's left or right border; the first labels have precedence.

    Args:
        places: (labels, 2) of their centres, from 0 to `side`.
        sizes: (labels, 2) their widths and heights, which do not grow.
        side: of the map, in the same unit.

    Returns:
        (labels,) values of MAGNIFICATIONS, infinite where none is enough.
    """
    apart = np.abs(places[:, None] - places[None])
    # By how much two places have to move apart until their labels stand beside or above each other.
    free = ((sizes[:, None] + sizes[None]) / 2 / np.maximum(apart, 1e-9)).min(-1)
    inside = sizes[:, 0] / 2 / np.minimum(places[:, 0], side - places[:, 0])
    found = np.full(len(places), np.inf)
    for zoom in MAGNIFICATIONS:
        for label in np.flatnonzero(np.isinf(found) & (inside <= zoom)):
            if (free[label, found <= zoom] <= zoom).all():
                found[label] = zoom
    return found


def _width(word: str) -> float:
    """Points that a word takes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # matplotlib's own font lacks it: a browser has others
        return TextPath((0, 0), plain(word), size=TEXT).get_extents().width


def vector_rows(vectors: np.ndarray, words: Sequence[str]) -> Figure:
    """Rows of a matrix: numbers above 0 red, below 0 blue.

    Args:
        vectors: (words, dimensions).
        words: one for each row.
    """
    figure = Figure(figsize=(WIDTH, 0.6 + 0.22 * len(words)), layout="constrained")
    axis = figure.subplots()
    most = np.percentile(np.abs(vectors), 99) or 1
    axis.imshow(vectors, cmap="RdBu_r", vmin=-most, vmax=most, aspect="auto", interpolation="nearest")
    axis.set_yticks(range(len(words)), [plain(word) for word in words])
    axis.set_xlabel("dimension")
    return in_ink(figure)


def against(expected: np.ndarray, found: np.ndarray, xlabel: str, title: str) -> Figure:
    """Points of what is expected and what was found; on the dashed line both are equal."""
    figure, axis = chart(xlabel, height=3.6)
    axis.scatter(expected, found, s=6, color=COLOURS[0], alpha=0.4, linewidths=0)
    ends = [min(expected.min(), found.min()), max(expected.max(), found.max())]
    axis.plot(ends, ends, color=INK, linestyle="--", linewidth=1)
    title_above(axis, title)
    return in_ink(figure)
