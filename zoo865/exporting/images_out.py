"""Generated images to a file or a folder."""

from pathlib import Path

import numpy as np

from zoo865.files import atomic, checked_place, write_png
from zoo865.visualize.mosaic import mosaic

SUFFIXES, NAMES = (".png", ".npy"), "images: name grid.png, samples.npy, or a folder"


def write_images(images: np.ndarray, out) -> Path:
    """Writes images.

    Args:
        images: (count, height, width, 1 or 3) uint8.
        out: NAME.png for one picture, a grid; NAME.npy for the array; else a folder, new or empty, for a PNG each.

    Returns:
        `out`.

    Raises:
        ZooError: see `zoo865.files.checked_place`; or the path cannot be written.
    """
    out = checked_place(out, SUFFIXES, NAMES)
    if out.suffix.lower() == ".png":
        write_png(out, mosaic(images))
        return out
    with atomic(out) as temporary:
        if out.suffix.lower() == ".npy":
            with open(temporary, "wb") as file:
                np.save(file, images)
        else:
            digits = len(str(len(images)))
            for number, image in enumerate(images, 1):
                write_png(temporary / f"{number:0{digits}}.png", image)
    return out
