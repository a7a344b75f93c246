"""What a layer looks for, and where it finds it: its filters and its maps, a picture for each.

Paper: Zeiler and Fergus 2014 (looking into convolutional networks).
"""

import keras
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from zoo865.errors import ZooError
from zoo865.visualize.activations import activations_of
from zoo865.visualize.grids import image_grid
from zoo865.visualize.layers import layers_of, path_of


def filters(model: keras.Model, layer: str) -> np.ndarray:
    """The kernels of a convolution as pictures, each over its whole range.

    Args:
        model: any Keras model.
        layer: a convolution, by path or name.

    Returns:
        (units, height, width, 1 or 3) float32 in [0, 1], grey where a weight is 0: in colours where the layer looks at
        three channels, else the kernel's strongest channel.

    Raises:
        ZooError: no such layer, or it is no convolution.

    Example:
        >>> filters(model, "stem").shape
        (16, 3, 3, 1)
    """
    path = path_of(model, layer)
    kernel = getattr(layers_of(model)[path], "kernel", None)
    if kernel is None or len(kernel.shape) != 4:
        raise ZooError(f"layer {path!r} has no filters", "choose a convolution")
    kernels = ops.convert_to_numpy(kernel).astype("float32")
    if isinstance(layers_of(model)[path], layers.DepthwiseConv2D):
        kernels = kernels.reshape(*kernels.shape[:2], 1, -1)
    elif isinstance(layers_of(model)[path], layers.Conv2DTranspose):
        kernels = kernels.swapaxes(2, 3)
    kernels = kernels.transpose(3, 0, 1, 2)
    if kernels.shape[-1] != 3:
        strongest = np.square(kernels).sum((1, 2)).argmax(-1)
        kernels = kernels[np.arange(len(kernels)), :, :, strongest][..., None]
    largest = np.abs(kernels).max((1, 2, 3), keepdims=True)
    return 0.5 + 0.5 * kernels / np.where(largest, largest, 1)


def feature_maps(model: keras.Model, images: ArrayLike, layer: str) -> np.ndarray:
    """What the units of a layer give at every place.

    Args:
        model: any Keras model from images.
        images: (batch, height, width, channels), as the model takes them.
        layer: by path or name.

    Returns:
        (batch, rows, columns, units) float32.

    Raises:
        ZooError: no such layer, or one without maps; images of another shape.

    Example:
        >>> feature_maps(model, images, "stage1_conv").shape
        (8, 14, 14, 8)
    """
    (values,), _ = activations_of(model, images, [layer])
    if values.ndim != 4:
        raise ZooError(f"layer {layer!r} has no feature maps", "choose one before pooling or flattening")
    return values


def filters_figure(model: keras.Model, layer: str, most: int = 64) -> Figure:
    """The first filters of a layer in a grid, each with its number.

    Args:
        model: any Keras model.
        layer: a convolution, by path or name.
        most: filters that are shown.

    Returns:
        A figure of 5 inches' width.

    Raises:
        ZooError: no such layer, or it is no convolution.

    Example:
        >>> len(filters_figure(model, "stem").axes[0].images)
        16
    """
    shown = filters(model, layer)[:most]
    return image_grid(shown, [str(unit) for unit in range(len(shown))], columns=8, heading=layer)


def feature_maps_figure(model: keras.Model, image: ArrayLike, layer: str, most: int = 64) -> Figure:
    """The strongest feature maps of a layer for an image (height, width, channels), each with its unit's number.

    Args:
        model: any Keras model from images.
        image: (height, width, channels), as the model takes it.
        layer: by path or name.
        most: maps that are shown.

    Returns:
        A figure of 5 inches' width.

    Raises:
        ZooError: no such layer, or one without maps; an image of another shape.

    Example:
        >>> len(feature_maps_figure(model, images[0], "stage1_conv", most=4).axes[0].images)
        4
    """
    maps = feature_maps(model, np.asarray(image)[None], layer)[0].transpose(2, 0, 1)
    units = np.sort(np.argsort(-maps.max((1, 2)))[:most])
    return image_grid(over_range(maps[units])[..., None], [str(unit) for unit in units], columns=8, heading=layer)


def over_range(maps) -> np.ndarray:
    """(count, ..., ...) maps as pictures in [0, 1], each from its least value to its greatest."""
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    return (maps - low) / np.where(high > low, high - low, 1)
