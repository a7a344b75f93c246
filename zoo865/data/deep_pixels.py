"""Grey pictures with more than 8 bits per pixel, converted to 8 bits: which value is white."""

import numpy as np
from PIL import Image

from zoo865.errors import ZooError

BITS_PER_SAMPLE, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339  # tags of TIFF
BEYOND = 0.1  # share of white by which resampling may have driven floats below black, and beyond white
BRIGHT = 0.5  # share of white that the brightest pixel must reach where white can only be told by it


def is_deep(image: Image.Image) -> bool:
    """Whether a picture of Pillow's holds whole numbers of more than 8 bits, or floats."""
    return image.mode == "F" or image.mode.startswith("I")


def in_8_bits(image: Image.Image) -> Image.Image:
    """A deep picture as one of mode L.

    Of unsigned 16 bits, and 12, white is the largest number there is. Other kinds are used for several ranges: of them
    white is the least of 1 (floats), 255, 65,535 and the largest number that the brightest pixel lies within, floats a
    little beyond, as resampling leaves them. It must come near: what reaches 310 or 4,095 is kelvin, metres or 12 bits,
    and would be shown clipped or black. Below the least white any brightness is taken.

    Raises:
        ZooError: numbers below 0, not finite, or of none of these ranges.
    """
    tags = getattr(image, "tag_v2", {})
    values = np.asarray(image)
    if image.mode == "F":
        white = _white_of_floats(values)
    elif image.format == "PPM":
        white = 65535  # to which Pillow scales it
    elif image.mode.startswith("I;16"):
        white = 2 ** tags.get(BITS_PER_SAMPLE, (16,))[0] - 1
    elif tags.get(SAMPLE_FORMAT, (2,))[0] == 1:
        values = values.view("uint32")  # Pillow reads them as if they had a sign
        white = _white_of_integers(values, 2**32 - 1)
    else:
        white = _white_of_integers(values, 2 ** (tags.get(BITS_PER_SAMPLE, (32,))[0] - 1) - 1)
    grey = np.round(np.clip(values / np.float64(white), 0, 1) * 255).astype("uint8")
    if tags.get(PHOTOMETRIC) == 0:  # white is 0, which Pillow heeds up to 8 bits
        grey = 255 - grey
    if "transparency" in image.info:
        grey[values == image.info["transparency"]] = 255
    return Image.fromarray(grey)


def _white_of_floats(values) -> int:
    if not np.isfinite(values).all():
        raise ZooError("it has non-finite values", "replace them with 0")
    return _white(values, (1, 255, 65535), BEYOND)


def _white_of_integers(values, largest: int) -> int:
    return _white(values, sorted({255, 65535, largest}), 0)


def _white(values, whites, beyond: float) -> int:
    """The one of `whites`, from the least, that numbers go up to, and beyond by a share of it."""
    lowest, brightest = values.min(), values.max()
    white = next((white for white in whites if brightest <= white * (1 + beyond)), 0)
    told = white and (white == whites[0] or brightest >= white * BRIGHT)
    if not told or lowest < -beyond * white:
        raise _unknown(lowest, brightest)
    return white


def _unknown(lowest, brightest) -> ZooError:
    said = f"its values go from {lowest:,.6g} to {brightest:,.6g}, so black and white are unknown"
    return ZooError(said, "save it with 8 or 16 bits, or as floats from 0 to 1")
