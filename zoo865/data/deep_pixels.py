"""Grey pictures of more than 8 bits a pixel as those of 8: what is white in them."""

import numpy as np
from PIL import Image

from zoo865.errors import ZooError

BITS_PER_SAMPLE, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339  # tags of TIFF
BEYOND = 0.1  # share of white by which resampling may have driven floats below black
DIM = 1 / 16  # share of white below which the brightest of 32 bits makes no picture of any range that is used


def is_deep(image: Image.Image) -> bool:
    """Whether a picture of Pillow's holds whole numbers of more than 8 bits, or floats."""
    return image.mode == "F" or image.mode.startswith("I")


def in_8_bits(image: Image.Image) -> Image.Image:
    """A deep picture as one of mode L.

    Of unsigned 16 bits, and 12, white is the largest number there is. Other kinds are used for several ranges: of them
    white is the least of 1 (floats only), 255, 65,535 and the largest number that the brightest pixel lies within.
    Floats may lie a little beyond, as resampling leaves them: a picture whose white is 255 and whose brightest pixel
    is 2 would show nothing.

    Raises:
        ZooError: numbers below 0, not finite, or far below any white that they may have.
    """
    tags = getattr(image, "tag_v2", {})
    values = np.asarray(image)
    if image.mode == "F":
        white = _white_of_floats(values)
    elif image.mode.startswith("I;16"):
        white = 2 ** tags.get(BITS_PER_SAMPLE, (16,))[0] - 1
    elif tags.get(SAMPLE_FORMAT, (2,))[0] == 1:
        values = values.view("uint32")  # Pillow reads them as if they had a sign
        white = _white_of_integers(values, 2**32 - 1)
    else:
        white = _white_of_integers(values, 2 ** (tags.get(BITS_PER_SAMPLE, (32,))[0] - 1) - 1)
    grey = np.uint8(np.round(np.clip(values / np.float64(white), 0, 1) * 255))
    if tags.get(PHOTOMETRIC) == 0:  # white is 0, which Pillow heeds up to 8 bits
        grey = 255 - grey
    if "transparency" in image.info:
        grey[values == image.info["transparency"]] = 255
    return Image.fromarray(grey)


def _white_of_floats(values) -> int:
    if not np.isfinite(values).all():
        raise ZooError("it holds numbers that are not finite", "replace them by 0")
    lowest, brightest = values.min(), values.max()
    white = next((white for white in (1, 255, 65535) if brightest <= 2 * white), None)
    if white is None or lowest < -BEYOND * white:
        raise _unknown(lowest, brightest)
    return white


def _white_of_integers(values, largest: int) -> int:
    lowest, brightest = values.min(), values.max()
    white = next(white for white in sorted({255, 65535, largest}) if brightest <= white)
    if lowest < 0 or (white > 65535 and brightest < DIM * white):
        raise _unknown(lowest, brightest)
    return white


def _unknown(lowest, brightest) -> ZooError:
    said = f"its numbers go from {lowest:,.6g} to {brightest:,.6g}: what is black and what is white is not known"
    return ZooError(said, "save it with 8 or 16 bits, or as floats from 0 to 1")
