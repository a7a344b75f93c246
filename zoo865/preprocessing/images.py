"""Pictures as a model sees them, as TensorFlow operations: what zoo865/data/pictures.py does, as a graph.

Drawings are framed bit for bit as there; what is only resized stays float, where Pillow rounds. The same function runs
in `tf.data`, in a SavedModel and, converted, in ONNX Runtime, and it compiles with XLA. So there is no loop: order
statistics are `top_k`, resizing is matrix products, and the one choice is a `tf.cond`.
"""

import numpy as np
import tensorflow as tf

# By the number of channels, 1 to 4: the matrix that makes RGBA of them, and the least that alpha can be.
AS_RGBA = np.eye(4, dtype="float32")[:, [[0, 0, 0, 0], [0, 0, 0, 1], [0, 1, 2, 0], [0, 1, 2, 3]]].swapaxes(0, 1)
LEAST_ALPHA = np.reshape((255, 0, 255, 0), (4, 1, 1, 1, 1)).astype("float32")
LUMA = (19595 / 65536, 38470 / 65536, 7471 / 65536)  # exact in float32, as are their products with bytes
DARK_GROUND, LIGHT_GROUND = 64.0, 191.0  # as in zoo865/data/pictures.py
FIXED_POINT = 2.0**22  # Pillow's weights are integers of this part


@tf.autograph.experimental.do_not_convert  # there is nothing to convert, and it takes seconds
def prepare_images(images, *, shape, ink="", ink_margin=None, crop=False, binary=False):
    """Pictures as a model sees them.

    Alpha is laid on white, and the channels become those of `shape`. Where the data are drawings, each image that has
    ink and ground the other way round is inverted, and images of another size are framed as the data were. All other
    images are resized.

    Args:
        images: (batch, any height, any width, 1 to 4 channels) uint8: grey, grey and alpha, RGB, or RGBA. Every axis
            may be unknown until the graph runs.
        shape: (height, width, channels) of the result, with 1 or 3 channels.
        ink: "light" or "dark" where the data are drawings, else "".
        ink_margin: how many pixels are free around a framed drawing; None where drawings are only resized.
        crop: whether resizing keeps the proportions, by what the centre shows.
        binary: whether every pixel becomes 0 or 1.

    Returns:
        (batch, *shape) float32 in [0, 1].
    """
    size = tuple(shape[:2])
    images, fits = _with_channels(images, shape[2]), _fits(images, size)

    def kept(images):
        return _with_ink(images, _on_dark(images), ink) if ink else images

    def fitted(images):
        if ink and ink_margin is not None:
            return _framed(images, size, ink, ink_margin)
        return resize_antialiased(kept(images), size, crop)

    if isinstance(fits, bool):
        images = kept(images) if fits else fitted(images)
    else:
        images = tf.cond(fits, lambda: kept(_first(images, size)), lambda: fitted(images))
    images.set_shape((None, *shape))
    images = images / _number(255)
    return tf.cast(images >= _number(0.5), tf.float32) if binary else images


def resize_antialiased(images, size, crop=False):
    """Images resized bilinearly with antialiasing, as two matrix products.

    Pillow and `tf.image.resize(antialias=True)` compute the same; their kernel has no XLA form, matrix products do.

    Args:
        images: (batch, any height, any width, channels) of any numbers.
        size: (height, width) of the result.
        crop: whether to keep their proportions, by what their centre shows.

    Returns:
        (batch, *size, channels) float32.
    """
    sides, weights = _sides(images), []
    scales = [tf.cast(side, tf.float32) / wanted for side, wanted in zip(sides, size, strict=True)]
    scales = [tf.minimum(*scales)] * 2 if crop else scales
    for side, wanted, scale in zip(sides, size, scales, strict=True):
        pixels = tf.cast(tf.range(side), tf.float32)
        steps = tf.range(wanted, dtype=tf.float32)[:, None] + (0.5 - wanted / 2)
        shares = _triangles(pixels, tf.cast(side, tf.float32) / 2.0 + steps * scale, scale)
        weights.append(shares / tf.reduce_sum(shares, axis=1, keepdims=True))
    return tf.einsum("ij,bjkc,lk->bilc", weights[0], tf.cast(images, tf.float32), weights[1])


def _triangles(pixels, centres, scale):
    """How much pixels count in the wanted ones around `centres`: triangles as wide as the coarser grid."""
    return tf.nn.relu(1.0 - tf.abs(pixels + 0.5 - centres) / tf.maximum(scale, 1.0))


def _number(value):
    """A constant for arithmetic on images: with one channel, a scalar would take ONNX Runtime 40 times as long."""
    return np.full((1, 1, 1, 1), value, "float32")


def _sides(images):
    """Height and width: numbers where the graph knows them, else scalar tensors."""
    return [images.shape[axis] or tf.shape(images)[axis] for axis in (1, 2)]


def _fits(images, size):
    """Whether nothing is to be resized: a bool where the graph knows, else a scalar tensor."""
    known = tuple(images.shape[1:3])
    if None not in known or any(side not in (None, wanted) for side, wanted in zip(known, size, strict=True)):
        return known == size
    return tf.reduce_all(tf.equal(tf.shape(images)[1:3], size))


def _first(images, size):
    """The images themselves, for they have that size; taken by index, as XLA compiles this for others too."""
    images = tf.gather(tf.gather(images, range(size[0]), axis=1), range(size[1]), axis=2)
    images.set_shape((None, *size, None))
    return images


def _with_channels(images, channels):
    """Images of 1 to 4 channels as float32, still whole numbers, of 1 or 3."""
    if images.shape[-1] == channels:
        return tf.cast(images, tf.float32)
    planes = _planes(images)
    if len(planes) in (2, 4):
        *planes, alpha = planes
        planes = [_number(255) - tf.round((_number(255) - plane) * alpha / _number(255)) for plane in planes]
    if channels == 1 and len(planes) == 3:
        red, green, blue = (plane * _number(luma) for plane, luma in zip(planes, LUMA, strict=True))
        return tf.floor(red + green + blue + _number(0.5))
    return tf.concat(planes * (channels // len(planes)), axis=-1)


def _planes(images):
    """The channels of images as a list of float32; four, where their number is unknown until the graph runs."""
    if images.shape[-1]:
        return tf.split(tf.cast(images, tf.float32), images.shape[-1], axis=-1)
    count = tf.shape(images)[-1]
    rgba = tf.matmul(tf.cast(images, tf.float32), tf.gather(AS_RGBA, count - 1)[:count])
    *colours, alpha = tf.split(rgba, 4, axis=-1)
    return [*colours, tf.maximum(alpha, tf.gather(LEAST_ALPHA, count - 1))]


def _border(images):
    """(batch, 1, 1, n): every value along the four edges, corners twice."""
    (height, width), channels = _sides(images), images.shape[-1]
    if isinstance(height, int) and isinstance(width, int):  # two operations for six
        places = np.arange(height * width * channels).reshape(height, width, channels)
        places = np.concatenate([edge.ravel() for edge in (places[0], places[-1], places[:, 0], places[:, -1])])
        return tf.gather(tf.reshape(images, (-1, 1, 1, height * width * channels)), places, axis=3)
    edges = tf.concat([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    return tf.reshape(edges, (-1, 1, 1, 2 * (height + width) * channels))


def _ground(images):
    """(batch, 1, 1, 1): what drawings stand on, the median along the border."""
    border = _border(images)
    half = (border.shape[-1] or tf.shape(border)[-1]) // 2
    return tf.reduce_mean(tf.math.top_k(border, half + 1).values[..., -2:], axis=-1, keepdims=True)


def _on_dark(images):
    """(batch, 1, 1, 1): whether `_ground` is below 128, without sorting.

    Most of the border tells; where it is half and half, the two values in the middle do.
    """
    border = _border(images)
    dark = border < 128.0
    below = tf.reduce_max(tf.where(dark, border, 0.0), axis=-1, keepdims=True)
    above = tf.reduce_min(tf.where(dark, 255.0, border), axis=-1, keepdims=True)
    majority = tf.reduce_sum(tf.where(dark, 256.0, -256.0), axis=-1, keepdims=True)
    return majority + 255.5 > below + above  # which matter where the majority is 0 only


def _ink_is_lighter(images, ground):
    """(batch, 1, 1, 1): whether ink is lighter than its ground: `_on_dark` of zoo865/data/pictures.py."""
    apart = tf.cast(images - ground, tf.float64)
    skew = tf.reduce_sum(apart * apart * apart, axis=(1, 2, 3), keepdims=True)
    dark = ground < 128.0
    unclear = (ground >= DARK_GROUND) & (ground <= LIGHT_GROUND) & tf.not_equal(skew, 0.0)
    return (unclear & (skew > 0.0)) | (tf.logical_not(unclear) & dark)


def _with_ink(images, on_dark, ink):
    """Images inverted unless their ink is such, "light" or "dark"."""
    wrong = tf.logical_not(on_dark) if ink == "light" else on_dark
    return tf.abs(images - 255.0 * tf.cast(wrong, tf.float32))


def _framed(images, size, ink, margin):
    """Ink cut out of its ground, scaled to leave `margin` pixels in `size`, centred by its mass.

    Every step rounds as NumPy and Pillow do, hence the float64. An empty sheet is resized as it is.
    """
    ground = _ground(images)
    on_dark = _ink_is_lighter(images, ground)
    light = _with_ink(images, on_dark, "light")
    found, empty = _found(light, tf.where(on_dark, ground, 255.0 - ground))
    boxes = [_box(found, empty, axis) for axis in (1, 2)]
    scale = (min(size) - 2 * margin) / tf.maximum(boxes[0][1], boxes[1][1])
    edges = [
        tf.where(empty, np.float64(wanted), tf.maximum(tf.round(edge * scale), 1.0))
        for (_, edge), wanted in zip(boxes, size, strict=True)
    ]
    rows, columns = (_weights(*box, *sides) for box, *sides in zip(boxes, edges, _sides(images), size, strict=True))
    lost = [edge - new for (_, edge), new in zip(boxes, edges, strict=True)]
    planes = _resized(tf.cast(tf.transpose(found, (0, 3, 1, 2)), tf.float64), rows, columns, *lost)
    masses = [tf.reduce_sum(planes, axis=(1, other), keepdims=True) for other in (3, 2)]
    down, across = (_shift(*sides, margin) for sides in zip(masses, edges, size, strict=True))
    planes = tf.matmul(tf.matmul(down, planes), tf.linalg.matrix_transpose(across))
    framed = tf.cast(tf.transpose(planes, (0, 2, 3, 1)), tf.float32)
    return framed if ink == "light" else _number(255) - framed


def _found(light, ground):
    """Light ink, whole numbers up to 255, and (batch, 1, 1, 1) whether there is none: then the images as they are."""
    strength = _strength(tf.nn.relu(light - ground))
    empty = strength < 16.0
    ground, strength = tf.where(empty, 0.0, ground), tf.where(empty, 255.0, strength)
    return tf.floor(tf.minimum(tf.nn.relu(light - ground), strength) / strength * _number(255)), empty


def _strength(ink):
    """(batch, 1, 1, 1): the 99.5th percentile of an image's values, NumPy's; where that is 0, the largest."""
    height, width = _sides(ink)
    count = height * width * ink.shape[-1]
    place = tf.cast(count - 1, tf.float64) * 0.995
    below = tf.floor(place)
    values = tf.math.top_k(tf.reshape(ink, (-1, 1, 1, count)), count - tf.cast(below, tf.int32)).values
    upper, lower = values[..., -2:][..., :1], values[..., -1:]
    strength = lower + (upper - lower) * tf.cast(place - below, tf.float32)
    return tf.where(strength > 0.0, strength, values[..., :1])


def _box(ink, empty, axis):
    """Where ink begins along an axis, and how far it reaches: (batch, 1, 1, 1) float64. All, if there is none."""
    count = _sides(ink)[axis - 1]
    peaks = tf.reshape(tf.reduce_max(ink, axis=(3 - axis, 3)), (-1, 1, 1, count))
    seen, places = (peaks > 64.0) | empty, tf.range(count)
    first = tf.reduce_min(tf.where(seen, places, count), axis=-1, keepdims=True)
    last = tf.reduce_max(tf.where(seen, places, -1), axis=-1, keepdims=True)
    return tf.cast(first, tf.float64), tf.cast(last + 1 - first, tf.float64)


def _resized(planes, rows, columns, lost_height, lost_width):
    """Planes (batch, channels, height, width) resized by weights in two passes, as Pillow rounds after each.

    Since version 13 it goes downwards first where the height loses more than twice what the width does.
    """
    columns = tf.linalg.matrix_transpose(columns)  # tf2onnx 1.17 drops `transpose_b` where it knows no shape
    down_first = tf.floor(tf.matmul(tf.floor(tf.matmul(rows, planes) + 0.5), columns) + 0.5)
    across_first = tf.floor(tf.matmul(rows, tf.floor(tf.matmul(planes, columns) + 0.5)) + 0.5)
    return tf.where((lost_height > 0.0) & (lost_height > 2.0 * lost_width), down_first, across_first)


def _weights(first, edge, new, given, wanted):
    """(batch, 1, wanted, given): how much each pixel of a box counts in each of `new` ones; 0 in those beyond."""
    rows, pixels = tf.range(wanted, dtype=tf.float64)[:, None], tf.cast(tf.range(given), tf.float64) - first
    shares = _triangles(pixels, (rows + 0.5) * (edge / new), edge / new)
    shares *= tf.cast((pixels >= 0.0) & (pixels < edge) & (rows < new), tf.float64)
    shares /= tf.maximum(tf.reduce_sum(shares, axis=-1, keepdims=True), 1e-9)
    return tf.floor(shares * FIXED_POINT + 0.5) / FIXED_POINT


def _shift(mass, edge, wanted, margin):
    """(batch, 1, wanted, wanted): moves what begins at 0 to where its mass, else its box, is central, but not out."""
    mass, places = tf.reshape(mass, (-1, 1, 1, wanted)), tf.range(wanted, dtype=tf.float64)
    total = tf.reduce_sum(mass, axis=-1, keepdims=True)
    centre = tf.reduce_sum(mass * (places + 0.5), axis=-1, keepdims=True) / tf.maximum(total, 1.0)
    centre = tf.where(total > 0.0, centre, edge / 2.0) if margin else edge / 2.0
    start = tf.clip_by_value(tf.round(wanted / 2.0 - centre), 0.0, wanted - edge)
    return tf.cast(tf.equal(places[:, None] - places, start), tf.float64)
