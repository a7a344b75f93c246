"""What a unit is for: the regions of many images that wake it most, cut out as far as it can see.

Papers: Zeiler and Fergus 2014; Girshick, Donahue, Darrell, Malik 2014 (regions that wake a unit).
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from zoo865.errors import ZooError
from zoo865.visualize.grids import image_grid
from zoo865.visualize.inside import AT_ONCE, as_images, read
from zoo865.visualize.layers import path_of
from zoo865.visualize.receptive_field import receptive_fields


@dataclass(frozen=True)
class Region:
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


def strongest_regions(model, images, layer: str | None = None, units=None, count: int = 9) -> dict[int, list[Region]]:
    """The regions that wake units most, at most one an image.

    Args:
        model: from images to one answer.
        images: (many, height, width, channels), as the model takes them.
        layer: by path or name; None for the model's answers, whose units see the whole image.
        units: which; None for all.
        count: regions a unit, at most.

    Returns:
        Unit -> its regions, the strongest first.

    Raises:
        ZooError: no such layer or unit; a layer of which it is not known how far it sees; images of another shape.
    """
    images = as_images(model, images)
    layer = layer and path_of(model, layer)
    best, places = [], []
    for start in range(0, len(images), AT_ONCE):
        given, answers = read(model, images[start : start + AT_ONCE], [layer] if layer else [])
        values = given[0] if layer else answers
        values = values.reshape(len(values), -1, values.shape[-1])  # all places in a row
        places.append(values.argmax(1))
        best.append(values.max(1))
    shape = (given[0] if layer else answers).shape
    best, places = np.concatenate(best), np.concatenate(places)
    units = range(shape[-1]) if units is None else units
    if wrong := [unit for unit in units if not 0 <= unit < shape[-1]]:
        raise ZooError(f"no unit {wrong[0]}: there are {shape[-1]}", f"give one from 0 to {shape[-1] - 1}")
    if len(shape) == 4:
        rows, columns = receptive_fields(model, layer)
    else:
        rows, columns = (np.array([[0, side]]) for side in images.shape[1:3])
    found = {}
    for unit in units:
        order = np.argsort(-best[:, unit], kind="stable")[:count]
        at = (np.unravel_index(places[image, unit], (len(rows), len(columns))) for image in order)
        found[int(unit)] = [
            Region(float(best[image, unit]), int(image), slice(*map(int, rows[row])), slice(*map(int, columns[column])))
            for image, (row, column) in zip(order, at, strict=True)
        ]
    return found


def cut_out(images, regions) -> list[np.ndarray]:
    """The regions' pixels, each (height, width, channels)."""
    return [images[region.image][region.rows, region.columns] for region in regions]


def strongest_regions_figure(model, images, layer: str | None = None, units=(0,), count: int = 9) -> Figure:
    """The regions that wake units most: a row a unit, its number at the left; regions at edges are smaller."""
    found = strongest_regions(model, images, layer, units, count)
    titles = [
        f"{unit}: {region.value:.3g}" if place == 0 else f"{region.value:.3g}"
        for unit, regions in found.items()
        for place, region in enumerate(regions)
    ]
    parts = [part for regions in found.values() for part in cut_out(images, regions)]
    return image_grid(parts, titles=titles, columns=min(count, len(images)))
