"""Fitting pictures to what a model was trained on, as plain TensorFlow operations: zoo865/data/pictures.py as a graph.

The same function runs in `tf.data`, in a SavedModel's signature and, converted, in ONNX Runtime, and it compiles with
XLA. So sorting is `top_k`, resizing is two matrix products, and the one choice made while running is one `tf.cond`.
"""

import numpy as np
import tensorflow as tf

# By the number of channels, 1 to 4: which of them are red, green, blue and alpha; and the least that alpha can be.
PLANES = ((0, 0, 0, 0), (0, 0, 0, 1), (0, 1, 2, 0), (0, 1, 2, 3))
LEAST_ALPHA = (255.0, 0.0, 255.0, 0.0)
LUMA = (19595.0, 38470.0, 7471.0)  # of 65536
FIXED_POINT = 2.0**22


def prepare_images(images, *, shape, ink="", ink_margin=None, crop=False, binary=False):
    """Pictures as a model sees them.

    Alpha is laid on white and the channels become those of `shape`. Where the data are drawings, ink and ground are
    swapped in each image that has them the other way round. Images of another size are framed as the data were (see
    `ink_margin`), or else resized.

    Args:
        images: (batch, any height, any width, 1 to 4 channels) uint8; the channels are grey, grey and alpha, RGB, or
            RGBA. Static or dynamic in every axis.
        shape: (height, width, channels) of the result; 1 or 3 channels.
        ink: "light" or "dark", of the data's drawings; "" where they are none.
        ink_margin: how many pixels stay free around a framed drawing; None where drawings are only resized.
        crop: whether resizing keeps the proportions, by what the centre shows.
        binary: whether every pixel becomes 0 or 1.

    Returns:
        (batch, *shape) float32 in [0, 1].
    """
    size = tuple(shape[:2])
    images = _with_channels(images, shape[2])

    def as_it_is():
        exact = tf.gather(tf.gather(images, range(size[0]), axis=1), range(size[1]), axis=2)
        return exact if not ink else _turned(exact, _on_dark(exact), ink)

    def fitted():
        if not ink:
            return resize_antialiased(images, size, crop)
        if ink_margin is None:
            return resize_antialiased(_turned(images, _on_dark(images), ink), size, crop)
        ground = _ground(images)
        light = _turned(images, ground < 128.0, "light")
        light = _framed(light, tf.minimum(ground, 255.0 - ground), size, ink_margin)
        return light if ink == "light" else 255.0 - light

    fits = _fits(images, size)
    if isinstance(fits, bool):
        images = as_it_is() if fits else fitted()
    else:
        images = tf.cond(fits, as_it_is, fitted)
    images.set_shape((None, *shape))
    images = images / 255.0
    return tf.cast(images >= 0.5, tf.float32) if binary else images


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
    given = [tf.cast(side, tf.float32) for side in _sides(images)]
    scales = [side / wanted for side, wanted in zip(given, size, strict=True)]
    scales = [tf.minimum(*scales)] * 2 if crop else scales
    weights = []
    for side, wanted, scale in zip(given, size, scales, strict=True):
        centres = side / 2.0 + (tf.range(wanted, dtype=tf.float32) + 0.5 - wanted / 2.0) * scale
        shares = _triangles(tf.range(side), centres[:, None], scale)
        weights.append(shares / tf.reduce_sum(shares, axis=1, keepdims=True))
    return tf.einsum("ij,bjkc,lk->bilc", weights[0], tf.cast(images, tf.float32), weights[1])


def _triangles(pixels, centres, scale):
    """How much pixels count in the wanted ones at `centres`: a triangle as wide as the coarser grid."""
    return tf.maximum(1.0 - tf.abs(pixels + 0.5 - centres) / tf.maximum(scale, 1.0), 0.0)


def _sides(images):
    """Height and width as two scalars: static where known."""
    dynamic = tf.shape(images)
    return [images.shape[axis] or dynamic[axis] for axis in (1, 2)]


def _fits(images, size):
    """Whether no resizing is needed: a bool where the graph knows it, else a scalar tensor."""
    known = tuple(images.shape[1:3])
    if None not in known or any(side not in (None, wanted) for side, wanted in zip(known, size, strict=True)):
        return known == size
    return tf.reduce_all(tf.equal(tf.shape(images)[1:3], size))


def _with_channels(images, channels):
    """uint8 images of 1 to 4 channels as float32, whole numbers, of 1 or 3."""
    given = images.shape[-1]
    if given is None:
        images, given = _rgba(images), 4
    images = tf.cast(images, tf.float32)
    if given in (2, 4):  # as Pillow's alpha_composite rounds it
        images = 255.0 - tf.round((255.0 - images[..., :-1]) * images[..., -1:] / 255.0)
    if channels == 1 and given > 2:
        return tf.floor((tf.reduce_sum(images * LUMA, axis=-1, keepdims=True) + 32768.0) / 65536.0)
    return tf.tile(images, (1, 1, 1, 3)) if channels == 3 and given < 3 else images


def _rgba(images):
    """uint8 images of 1 to 4 channels, which only running tells, as RGBA in float32."""
    index = tf.shape(images)[-1] - 1
    images = tf.cast(tf.gather(images, tf.gather(PLANES, index), axis=-1), tf.float32)
    return tf.concat([images[..., :3], tf.maximum(images[..., 3:], tf.gather(LEAST_ALPHA, index))], axis=-1)


def _border(images):
    """(batch, 1, 1, n): every value along the four edges, corners twice."""
    height, width, channels = *_sides(images), images.shape[-1]
    if isinstance(height, int) and isinstance(width, int):  # two operations for six
        places = np.arange(height * width * channels).reshape(height, width, channels)
        places = np.concatenate([edge.ravel() for edge in (places[0], places[-1], places[:, 0], places[:, -1])])
        return tf.gather(tf.reshape(images, (-1, 1, 1, height * width * channels)), places, axis=3)
    edges = tf.concat([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    return tf.reshape(edges, (-1, 1, 1, 2 * (height + width) * channels))


def _ground(images):
    """(batch, 1, 1, 1): what drawings stand on, the median along the border."""
    border = _border(images)
    count = border.shape[-1] or tf.shape(border)[-1]
    return tf.reduce_mean(tf.math.top_k(border, count // 2 + 1).values[..., -2:], axis=-1, keepdims=True)


def _on_dark(images):
    """(batch, 1, 1, 1): whether `_ground` is below 128, without sorting.

    It is where most values are; where exactly half are, the middle two decide.
    """
    border = _border(images)
    count = border.shape[-1] or tf.cast(tf.shape(border)[-1], tf.float32)
    dark = border < 128.0
    below = tf.reduce_max(tf.where(dark, border, 0.0), axis=-1, keepdims=True)
    above = tf.reduce_min(tf.where(dark, 255.0, border), axis=-1, keepdims=True)
    more = tf.reduce_sum(tf.cast(dark, tf.float32), axis=-1, keepdims=True) - count / 2
    return more > (below + above - 255.5) / 512.0


def _turned(images, dark, ink):
    """Images inverted where their ground is not the one that such ink stands on."""
    wrong = tf.logical_not(dark) if ink == "light" else dark
    return tf.abs(images - 255.0 * tf.cast(wrong, tf.float32))


def _framed(images, ground, size, margin):
    """Light ink cut out of its ground, scaled to leave `margin` pixels in `size`, centred by its mass.

    Every step rounds as NumPy and Pillow do, hence the float64.
    """
    ink = tf.maximum(images - ground, 0.0)
    strength = _strength(ink)
    empty = strength < 16.0
    ink = tf.floor(tf.minimum(ink / tf.maximum(strength, 16.0), 1.0) * 255.0)
    boxes = [_box(ink, empty, axis) for axis in (1, 2)]
    longest = tf.maximum(boxes[0][1], boxes[1][1])
    scale = (min(size) - 2 * margin) / longest
    new = [
        tf.where(empty, np.float64(wanted), tf.maximum(tf.round(edge * scale), 1.0))
        for (_, edge), wanted in zip(boxes, size, strict=True)
    ]
    ink = tf.cast(tf.transpose(tf.where(empty, images, ink), (0, 3, 1, 2)), tf.float64)
    rows, columns = (
        _pillows_weights(*box, *sides)
        for box, sides in zip(boxes, zip(new, _sides(images), size, strict=True), strict=True)
    )
    tall = (boxes[0][1] > new[0]) & (boxes[0][1] - new[0] > 2.0 * (boxes[1][1] - new[1]))
    ink = tf.where(
        tall,
        _across(_down(ink, rows), columns),
        _down(_across(ink, columns), rows),
    )
    down, right = (
        _shift(tf.reduce_sum(ink, axis=(1, other), keepdims=True), edge, wanted, margin)
        for other, edge, wanted in zip((3, 2), new, size, strict=True)
    )
    ink = tf.matmul(tf.matmul(down, ink), tf.transpose(right, (0, 1, 3, 2)))
    return tf.cast(tf.transpose(ink, (0, 2, 3, 1)), tf.float32)


def _down(ink, rows):
    return tf.floor(tf.matmul(rows, ink) + 0.5)


def _across(ink, columns):
    return tf.floor(tf.matmul(ink, tf.transpose(columns, (0, 1, 3, 2))) + 0.5)


def _strength(ink):
    """(batch, 1, 1, 1): the 99.5th percentile of an image's values as NumPy has it, or the largest where it is 0."""
    height, width = _sides(ink)
    count = height * width * ink.shape[-1]
    index = tf.cast(count - 1, tf.float64) * 0.995
    below = tf.floor(index)
    values = tf.math.top_k(tf.reshape(ink, (-1, 1, 1, count)), count - tf.cast(below, tf.int32)).values
    pair = values[..., -2:]
    lower, upper = pair[..., -1:], pair[..., :1]
    strength = lower + (upper - lower) * tf.cast(index - below, tf.float32)
    return tf.where(strength > 0.0, strength, values[..., :1])


def _box(ink, empty, axis):
    """Where the ink begins along an axis, and how far it reaches; (batch, 1, 1, 1) float64. Empty: everything."""
    count = _sides(ink)[axis - 1]
    peaks = tf.reduce_max(ink, axis=(3 - axis, 3), keepdims=True)
    seen = tf.reshape(peaks, (-1, 1, 1, count)) > 64.0
    places = tf.range(count)
    first = tf.reduce_min(tf.where(seen | empty, places, count), axis=-1, keepdims=True)
    last = tf.reduce_max(tf.where(seen | empty, places, -1), axis=-1, keepdims=True)
    return tf.cast(first, tf.float64), tf.cast(last + 1 - first, tf.float64)


def _pillows_weights(first, edge, new, given, wanted):
    """(batch, 1, wanted, given): resizes a box to `new` pixels as Pillow does, in its fixed point."""
    scale = edge / new
    rows = tf.range(wanted, dtype=tf.float64)[:, None]
    pixels = tf.cast(tf.range(given), tf.float64) - first
    shares = _triangles(pixels, (rows + 0.5) * scale, scale)
    shares *= tf.cast((pixels >= 0.0) & (pixels < edge) & (rows < new), tf.float64)
    shares /= tf.maximum(tf.reduce_sum(shares, axis=-1, keepdims=True), 1e-9)
    return tf.floor(shares * FIXED_POINT + 0.5) / FIXED_POINT


def _shift(mass, edge, wanted, margin):
    """(batch, 1, wanted, wanted): moves ink that begins at 0 to where its mass is central, if there it is whole."""
    mass = tf.reshape(mass, (-1, 1, 1, wanted))
    places = tf.range(wanted, dtype=tf.float64)
    total = tf.reduce_sum(mass, axis=-1, keepdims=True)
    centre = tf.reduce_sum(mass * (places + 0.5), axis=-1, keepdims=True) / tf.maximum(total, 1.0)
    centre = tf.where(total > 0.0, centre, edge / 2.0) if margin else edge / 2.0
    start = tf.clip_by_value(tf.round(wanted / 2.0 - centre), 0.0, wanted - edge)
    return tf.cast(tf.equal(places[:, None] - places, start), tf.float64)
