"""Generated images to a file or a folder."""

from pathlib import Path

import numpy as np

from zoo865.errors import ZooError
from zoo865.files import atomic, file_to_write, write_png
from zoo865.visualize.mosaic import mosaic


def write_images(images: np.ndarray, out) -> Path:
    """Writes images.

    Args:
        images: (count, height, width, 1 or 3) uint8.
        out: NAME.png for one picture, a grid; NAME.npy for the array; else a folder, new or empty, for a PNG each.

    Returns:
        `out`.

    Raises:
        ZooError: see `checked_place`; or the path cannot be written.
    """
    out = checked_place(out)
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


def checked_place(out) -> Path:
    """The file or folder to write images to, checked before the work starts.

    Raises:
        ZooError: it names another kind of file, a file in a missing folder, or a folder that is not empty.
    """
    out = Path(out)
    if out.suffix.lower() not in (".png", ".npy", ""):
        raise ZooError(f"cannot write images to {out}", "name grid.png, samples.npy, or a folder")
    if out.is_dir() and (out.suffix or any(out.iterdir())):
        raise ZooError(f"{out} is an existing folder", "name another path or an empty folder")
    return file_to_write(out) if out.suffix else out
