"""Images in a grid."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from PIL import Image

HEAT = colormaps["inferno"]
INK = "#7a828c"  # readable on a white and on a dark page
FILLED = 0.94  # of a cell's side, by its image


def image_grid(
    images: Sequence[np.ndarray] | np.ndarray,
    titles: Sequence[str] | None = None,
    columns: int = 5,
    captions: Sequence[str] | None = None,
    heading: str = "",
) -> Figure:
    """Images in rows.

    Args:
        images: (count, height, width, 1 or 3), uint8 or floats in [0, 1]; in a list, of any sizes.
        titles: a short text above each image ("" for none), or None.
        columns: images in a row.
        captions: a second, dimmer text below each image, or None.
        heading: a text above all, "" for none.

    Returns:
        A figure of 5 inches' width.

    Example:
        >>> figure = image_grid(images, [f"image {number}" for number in range(8)])
        >>> len(figure.axes[0].images)
        8
    """
    cell, line = 5 / columns, 0.2  # inches
    rows = range(max(1, math.ceil(len(images) / columns)))
    titled = [any((titles or ())[row * columns : (row + 1) * columns]) for row in rows]
    tops = np.cumsum([0.3 * bool(heading)] + [cell + line * (titled[row] + bool(captions)) for row in rows])
    figure = Figure(figsize=(5, tops[-1]))
    # One axis in inches for all: an axis for each image takes most of the time that a report takes.
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        left, top = column * cell, tops[row] + line * titled[row]
        height, width = (FILLED * cell) * np.divide(image.shape[:2], max(image.shape[:2]))
        middle, upper = left + cell / 2, top + (cell - height) / 2
        axis.imshow(
            image.squeeze(-1) if image.shape[-1] == 1 else image,
            cmap="gray",
            vmin=0,
            vmax=255 if image.dtype == np.uint8 else 1,
            extent=(middle - width / 2, middle + width / 2, upper + height, upper),
        )
        # A person's names: a dollar begins no formula.
        look: dict[str, Any] = {"color": INK, "ha": "center", "parse_math": False}
        if titles:
            axis.text(middle, upper - 0.03, titles[index], fontsize=9, va="bottom", **look)
        if captions:
            axis.text(middle, upper + height + 0.03, captions[index], fontsize=8, va="top", **look)
    if heading:
        axis.text(2.5, 0.15, heading, fontsize=10, color=INK, ha="center", va="center")
    axis.set(xlim=(0, 5), ylim=(tops[-1], 0), aspect="auto")
    return figure


def heat_grid(
    images: Sequence[np.ndarray] | np.ndarray,
    maps: Sequence[np.ndarray] | np.ndarray,
    titles: Sequence[str] | None = None,
    columns: int = 5,
) -> Figure:
    """Images under a heat: the warmer, the more.

    Args:
        images: (count, height, width, 1 or 3), uint8 or floats in [0, 1].
        maps: (count, any height, any width), a map an image; each is shown from 0 to its greatest value.
        titles, columns: as in `image_grid`.

    Returns:
        A figure of 5 inches' width.

    Example:
        >>> figure = heat_grid(images, np.ones((8, 4, 4)))
        >>> figure.axes[0].images[0].get_array().shape
        (28, 28, 3)
    """
    return image_grid([heated(image, heat) for image, heat in zip(images, maps, strict=True)], titles, columns)


def heated(image, heat) -> np.ndarray:
    """An image under a heat, (height, width, 3) uint8; see `heat_grid`."""
    image = np.asarray(image, "float32") / (255 if np.asarray(image).dtype == np.uint8 else 1)
    heat = enlarged(np.maximum(heat, 0), image.shape[:2])
    heat = (heat / (heat.max() or 1))[..., None]
    grey = image.mean(-1, keepdims=True)
    warm = (1 - 0.6 * heat) * (0.3 * grey + 0.7 * image) + 0.6 * heat * HEAT(heat[..., 0])[..., :3]
    return (255 * np.clip(warm, 0, 1)).astype("uint8")


def enlarged(heat, size: tuple[int, int]) -> np.ndarray:
    """A map, (any height, any width), in the size of an image, bilinearly."""
    picture = Image.fromarray(np.asarray(heat, "float32")).resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(picture)
