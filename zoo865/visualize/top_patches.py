"""What a unit is for: the regions of many images that wake it most, cut out as far as it can see.

Papers: Zeiler and Fergus 2014; Girshick, Donahue, Darrell, Malik 2014 (regions that wake a unit).
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from zoo865.errors import ZooError
from zoo865.visualize.activations import AT_ONCE, activations_of, as_images
from zoo865.visualize.grids import image_grid
from zoo865.visualize.layers import path_of
from zoo865.visualize.receptive import receptive_fields


@dataclass(frozen=True)
class Patch:
    """A part of an image that wakes a unit.

    Args:
        value: how strongly.
        image: the image's index.
        rows, columns: of the image, as slices.
    """

    value: float
    image: int
    rows: slice
    columns: slice


def find_top_patches(
    model: keras.Model, images: ArrayLike, layers: Sequence[str | None] = (None,), count: int = 9
) -> dict[str | None, list[list[Patch]]]:
    """The regions that activate the units of some layers most, at most one an image. The images are gone through once.

    Where it is not known what a unit sees, its region is the whole image.

    Args:
        model: from images to one answer.
        images: (many, height, width, channels), as the model takes them.
        layers: by path or name; None for the model's answers, whose units see the whole image.
        count: regions a unit, at most.

    Returns:
        Layer, as it was named -> a list over its units -> the regions, the strongest first.

    Raises:
        ZooError: no such layer, one that is used several times, images of another shape.

    Example:
        >>> units = find_top_patches(model, images, ["stem"], count=2)["stem"]
        >>> len(units), len(units[0]), units[0][0].value >= units[0][1].value
        (16, 2, True)
    """
    images = as_images(model, images)
    paths: dict[str | None, str] = {layer: path_of(model, layer) for layer in layers if layer is not None}
    peaks = {layer: [] for layer in layers}
    for start in range(0, len(images), AT_ONCE):
        given, answers = activations_of(model, images[start : start + AT_ONCE], list(paths.values()))
        for layer, values in (*zip(paths, given, strict=True), (None, answers)):
            if layer in peaks:
                values = values.reshape(len(values), -1, values.shape[-1])  # all places in a row
                peaks[layer].append((values.max(1), values.argmax(1)))
    found = {}
    for layer, parts in peaks.items():
        best, places = (np.concatenate(part) for part in zip(*parts, strict=True))
        region = functools.partial(_region, best, places, *_seen(model, paths.get(layer), images.shape))
        found[layer] = [
            [region(image, unit) for image in np.argsort(-best[:, unit], kind="stable")[:count]]
            for unit in range(best.shape[1])
        ]
    return found


def cut_patches(images: np.ndarray, regions: Iterable[Patch]) -> list[np.ndarray]:
    """The regions' pixels, each (height, width, channels).

    Args:
        images: (many, height, width, channels), in which the regions were found.
        regions: see `find_top_patches`.

    Returns:
        A list of arrays of the images' dtype, one a region.

    Example:
        >>> patches = find_top_patches(model, images, ["stem"], count=1)["stem"][0]
        >>> cut_patches(images, patches)[0].shape <= (3, 3, 1)
        True
    """
    return [images[region.image][region.rows, region.columns] for region in regions]


def top_patches_figure(
    model: keras.Model, images: np.ndarray, layer: str | None = None, units: Sequence[int] = (0,), count: int = 9
) -> Figure:
    """The regions that activate units most: a row a unit, its number at the left; at an image's edge a unit sees less.

    Args:
        model, images, layer, count: as in `find_top_patches`.
        units: of the layer, or classes.

    Returns:
        A figure of 5 inches' width.

    Raises:
        ZooError: no such layer or unit, images of another shape.

    Example:
        >>> figure = top_patches_figure(model, images, "stem", units=[0, 5], count=3)
        >>> len(figure.axes[0].images)
        6
    """
    of_units = find_top_patches(model, images, [layer], count)[layer]
    if wrong := [unit for unit in units if not 0 <= unit < len(of_units)]:
        raise ZooError(f"no unit {wrong[0]}: there are {len(of_units)}", f"choose one from 0 to {len(of_units) - 1}")
    chosen = [(unit, place, region) for unit in units for place, region in enumerate(of_units[unit])]
    titles = [f"{unit}: {region.value:.3g}" if place == 0 else f"{region.value:.3g}" for unit, place, region in chosen]
    parts = cut_patches(images, [region for *_, region in chosen])
    return image_grid(parts, titles=titles, columns=min(count, len(images)))


def _region(best, places, rows, columns, image, unit) -> Patch:
    row, column = divmod(int(places[image, unit]), len(columns)) if len(rows) * len(columns) > 1 else (0, 0)
    # A place that lies all in what was padded sees nothing.
    slices = (slice(*map(int, ends if ends[0] < ends[1] else (0, 1))) for ends in (rows[row], columns[column]))
    return Patch(float(best[image, unit]), int(image), *slices)


def _seen(model, path, shape) -> tuple[np.ndarray, np.ndarray]:
    """What the places of a layer see; all of the image where that is not known, and where there are no places."""
    try:
        if path:
            return receptive_fields(model, path)
    except ZooError:
        pass
    return np.array([[0, shape[1]]]), np.array([[0, shape[2]]])
