"""Resizing inside a served graph."""

from keras import ops


def resize_antialiased(images, size: tuple[int, int]):
    """Images resized bilinearly with antialiasing, as two matrix products.

    Pillow and `tf.image.resize(antialias=True)` compute the same; their kernel has no XLA form, matrix products do.

    Args:
        images: (batch, any height, any width, channels) float.
        size: (height, width) of the result.

    Returns:
        (batch, *size, channels) float32.
    """
    images = ops.cast(images, "float32")
    rows = _weights(ops.shape(images)[1], size[0])
    columns = _weights(ops.shape(images)[2], size[1])
    return ops.einsum("ij,bjkc,lk->bilc", rows, images, columns)


def _weights(given, wanted: int):
    """(wanted, given): how much each given pixel counts in each wanted one: a triangle as wide as the coarser grid."""
    scale = ops.cast(given, "float32") / wanted
    centres = (ops.arange(wanted, dtype="float32") + 0.5) * scale
    pixels = ops.cast(ops.arange(given), "float32") + 0.5
    weights = ops.maximum(0.0, 1.0 - ops.abs(pixels[None] - centres[:, None]) / ops.maximum(scale, 1.0))
    return weights / ops.sum(weights, axis=1, keepdims=True)
