"""Reading pictures of any format, and fitting them to what a model was trained on."""

import numpy as np
from PIL import ExifTags, Image

from zoo865.data import deep_pixels
from zoo865.data.picture_files import opened
from zoo865.errors import ZooError

TURNS = {  # EXIF's orientation -> what undoes it
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = (
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
    Image.Transpose.ROTATE_90,
)
MOST_CHANNELS = 4  # of arrays: RGBA
DARK_GROUND, LIGHT_GROUND = 64, 191  # between, a drawing's ink tells whether its ground is the dark or the light of it
THROUGH = {"LAB": "RGB", "La": "LA"}  # modes that Pillow converts to one other alone
# As the names of pictures end; what is in a file is told by its content.
SUFFIXES = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".avif", ".heic", ".heif", ".hif"),
    *(".gif", ".bmp", ".dib", ".tif", ".tiff", ".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm"),
)


def read(given, channels: int, size: tuple[int, int] | None = None, crop: bool = False) -> np.ndarray:
    """A picture as uint8 (height, width, channels).

    Its format is recognised by content, not by its suffix. The camera's rotation (EXIF) is applied, pixels of
    more than 8 bits are scaled to 8 (`zoo865.data.deep_pixels`), transparency is laid on white, CMYK and palettes
    become RGB; of an animation the first frame is taken, of several pages the first.

    Args:
        given: the file's path, its bytes, or an open one.
        channels: 1 for grey, 3 for RGB.
        size: (height, width) to resize to; None keeps the picture's own.
        crop: whether to keep its proportions then, by what its centre shows.

    Raises:
        ZooError: no such file, or not a whole picture.
    """
    with opened(given) as image:
        if size:
            image.draft("L" if channels == 1 else "RGB", (size[1] * 2, size[0] * 2))
        image.load()
        return from_pil(image, channels, size, crop)


def from_pil(image: Image.Image, channels: int, size: tuple[int, int] | None = None, crop: bool = False) -> np.ndarray:
    """A PIL image as uint8 (height, width, channels), upright; `size` and `crop` as for `read`."""
    if not min(image.size):
        raise ZooError(f"a picture of {image.height} x {image.width} is empty", "give one with pixels")
    way = turn_of(image)
    image = deep_pixels.in_8_bits(image) if deep_pixels.is_deep(image) else image
    image = image if way is None else image.transpose(way)
    if through := THROUGH.get(image.mode):
        image = image.convert(through)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("L" if channels == 1 else "RGB")
    if size and image.size != (size[1], size[0]):
        box = centre((image.height, image.width), size) if crop else None
        image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR, box)
    return np.asarray(image, "uint8").reshape(image.height, image.width, channels)


def is_grey(image: Image.Image) -> bool:
    """Whether a picture of Pillow's can have no colours."""
    return image.mode in ("1", "L") or deep_pixels.is_deep(image)


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """How to rotate a picture upright, by the orientation tag of the camera (EXIF, or XMP).

    Of what cameras and editors note nothing else is read: a broken tag costs the tag, never the photo.
    """
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # Pillow raises whatever the broken bytes lead it to
        return None


def from_array(array, channels: int) -> np.ndarray:
    """One image of numbers as uint8 (height, width, channels).

    Args:
        array: (height, width) or (height, width, 1 to 4 channels): grey, grey and alpha, RGB, or RGBA; uint8, or
            floats in [0, 1].
        channels: how many channels the result has.

    Raises:
        ZooError: another shape, or values out of range.
    """
    array = np.asarray(array)
    if array.dtype.kind not in "biuf":
        raise ZooError(f"an array of {array.dtype} is not an image", "give uint8, or floats in [0, 1]")
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[-1] > MOST_CHANNELS:
        raise ZooError(f"an image must have shape (height, width) or (height, width, 1 to 4), not {array.shape}")
    if not min(array.shape):
        raise ZooError(f"a picture of {array.shape[0]} x {array.shape[1]} is empty", "give one with pixels")
    if array.dtype != np.uint8:
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise ZooError(f"values of a {array.dtype} image must lie in [0, 1]", "or give uint8 from 0 to 255")
        array = np.uint8(np.round(array * 255.0))
    if array.shape[-1] == channels:
        return array
    return from_pil(Image.fromarray(array.squeeze(-1) if array.shape[-1] == 1 else array), channels)


def centre(given: tuple[int, int], wanted: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest piece, in the middle of a picture, with the proportions of another size: left, top, right, bottom.

    Args:
        given: (height, width) of the picture.
        wanted: (height, width) whose proportions are meant.
    """
    scale = min(given[0] / wanted[0], given[1] / wanted[1])
    top, left = (max(0.0, (side - scale * other) / 2) for side, other in zip(given, wanted, strict=True))
    return left, top, given[1] - left, given[0] - top


def resize(image: np.ndarray, size: tuple[int, int], crop: bool = False) -> np.ndarray:
    """A uint8 image (height, width, channels) resized to `size` (height, width), antialiased; see `read`."""
    pil = Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)
    return from_pil(pil, image.shape[-1], size, crop)


def binarized(images, random) -> np.ndarray:
    """uint8 images whose every pixel becomes 255 with the probability of its brightness, else 0.

    Args:
        images: uint8.
        random: a NumPy generator.
    """
    return (random.random(images.shape) < images / 255.0).astype("uint8") * np.uint8(255)


def ground(image: np.ndarray) -> float:
    """The background brightness of a drawing: the median along its border, 0 to 255."""
    return float(np.median(np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])))


def as_bytes(images) -> np.ndarray:
    """Floats in [0, 1] as uint8 from 0 to 255."""
    return np.round(np.clip(np.asarray(images, "float32"), 0, 1) * 255).astype("uint8")


def changes_of(image: np.ndarray, feature) -> tuple[str, ...]:
    """What preparing does to a drawing, in words: nothing, or it is inverted, or cut out and centred, or both.

    Args:
        image: uint8 (height, width, channels).
        feature: a `zoo865.data.features.Image`: what the model was trained on.
    """
    return _in_words(feature, *_changes(image, feature))


def _changes(image: np.ndarray, feature) -> tuple[bool, bool]:
    """Whether preparing inverts a drawing, and whether it frames it; other pictures neither."""
    if not feature.ink:
        return False, False
    framed = feature.ink_margin is not None and image.shape[:2] != feature.shape[:2]
    on_dark = _on_dark(image) if framed else ground(image) < 128
    return on_dark != (feature.ink == "light"), framed


def _on_dark(image: np.ndarray) -> bool:
    """Whether a drawing's ink is lighter than its ground.

    Where the ground is neither dark nor light, as of paper in dim light, what differs most from it tells: cubes keep
    the sign, and let strokes count for more than uneven light does.
    """
    level = ground(image)
    if not DARK_GROUND <= level <= LIGHT_GROUND:
        return level < 128
    skew = ((image - np.float64(level)) ** 3).sum()
    return bool(skew > 0 if skew else level < 128)


def _in_words(feature, inverted: bool, framed: bool) -> tuple[str, ...]:
    notes = []
    if inverted:
        notes.append("inverted: dark ink on light" if feature.ink == "light" else "inverted: light ink on dark")
    if framed:
        notes.append("cropped and centred")
    return tuple(notes)


def as_trained(image: np.ndarray, feature) -> tuple[np.ndarray, tuple[str, ...]]:
    """Fits a person's picture to the images that a model was trained on, as the graph of an export does it
    (zoo865/preprocessing/images.py): for exports that were made before graphs did, and for folders of drawings.

    Where the data are drawings, ink and ground are swapped if they are the other way round, and a picture of another
    size is framed as the set was: the ink cut out, scaled to leave the set's margin, and centred by its mass.

    Args:
        image: uint8 (height, width, channels).
        feature: a `zoo865.data.features.Image`: what the model was trained on.

    Returns:
        uint8 of the feature's shape, and what was done, in words.
    """
    size, (inverted, framed) = feature.shape[:2], _changes(image, feature)
    image = 255 - image if inverted else image
    if framed:
        image = _framed(image if feature.ink == "light" else 255 - image, size, feature.ink_margin)
        image = image if feature.ink == "light" else 255 - image
    image = image if image.shape[:2] == size else resize(image, size, feature.crop)
    return image, _in_words(feature, inverted, framed)


def _framed(image: np.ndarray, size: tuple[int, int], margin: int) -> np.ndarray:
    """Light ink cut out of its ground, scaled to leave `margin` pixels in `size`, centred by its mass."""
    ink = np.clip(image.astype("float32") - ground(image), 0, None)
    strength = np.percentile(ink, 99.5) or ink.max()
    if strength < 16:  # an empty sheet: nothing to cut out
        return resize(image, size)
    ink = (np.clip(ink / strength, 0, 1) * 255).astype("uint8")
    seen = ink.max(-1) > 64
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = (min(size) - 2 * margin) / max(ink.shape[:2])
    ink = resize(ink, tuple(max(1, round(edge * scale)) for edge in ink.shape[:2]))
    mass = ink.sum(-1, dtype="float64")
    framed = np.zeros((*size, image.shape[-1]), "uint8")
    corner = []
    for axis in (0, 1):
        # A hair line in a big picture may leave nothing: its box is centred then.
        by_mass = margin and mass.any()
        centre = (mass.sum(1 - axis) * (np.arange(ink.shape[axis]) + 0.5)).sum() / mass.sum() if by_mass else 0
        start = round(size[axis] / 2 - (centre or ink.shape[axis] / 2))
        corner.append(int(np.clip(start, 0, size[axis] - ink.shape[axis])))
    framed[corner[0] : corner[0] + ink.shape[0], corner[1] : corner[1] + ink.shape[1]] = ink
    return framed
