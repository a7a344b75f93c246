"""Resizing inside a served graph."""

from keras import ops


def resize_antialiased(images, size: tuple[int, int], crop: bool = False):
    """Images resized bilinearly with antialiasing, as two matrix products.

    Pillow and `tf.image.resize(antialias=True)` compute the same; their kernel has no XLA form, matrix products do.

    Args:
        images: (batch, any height, any width, channels) float.
        size: (height, width) of the result.
        crop: whether to keep their proportions, by what their centre shows.

    Returns:
        (batch, *size, channels) float32.
    """
    images = ops.cast(images, "float32")
    given = ops.shape(images)[1:3]
    scales = [ops.cast(side, "float32") / wanted for side, wanted in zip(given, size, strict=True)]
    if crop:
        scales = [ops.minimum(*scales)] * 2
    rows, columns = (_weights(*sides) for sides in zip(given, size, scales, strict=True))
    return ops.einsum("ij,bjkc,lk->bilc", rows, images, columns)


def _weights(given, wanted: int, scale):
    """(wanted, given): how much each given pixel counts in each wanted one: a triangle as wide as the coarser grid."""
    centres = ops.cast(given, "float32") / 2 + (ops.arange(wanted, dtype="float32") + 0.5 - wanted / 2) * scale
    pixels = ops.cast(ops.arange(given), "float32") + 0.5
    weights = ops.maximum(0.0, 1.0 - ops.abs(pixels[None] - centres[:, None]) / ops.maximum(scale, 1.0))
    return weights / ops.sum(weights, axis=1, keepdims=True)
