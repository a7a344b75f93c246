"""Images side by side in one."""

import math

import numpy as np


def mosaic(images, columns: int | None = None) -> np.ndarray:
    """Images side by side in one, a dark line between them.

    Args:
        images: (count, height, width, 1 or 3) uint8.
        columns: images in a row; None makes it about square.

    Returns:
        (rows * (height + 1) - 1, columns * (width + 1) - 1, 1 or 3) uint8.
    """
    columns = min(len(images), columns or math.ceil(math.sqrt(len(images))))
    count, height, width, channels = images.shape
    rows = math.ceil(count / columns)
    framed = np.full((rows * columns, height + 1, width + 1, channels), 64, "uint8")
    framed[:count, :height, :width] = images
    whole = framed.reshape(rows, columns, height + 1, width + 1, channels).swapaxes(1, 2)
    return whole.reshape(rows * (height + 1), columns * (width + 1), channels)[:-1, :-1]
