"""Where an image says what the network answers: Grad-CAM and Grad-CAM++.

The maps of a late layer are weighed by how much the answer hangs on each, and added up.

Papers: Selvaraju et al. 2017 (Grad-CAM); Chattopadhay, Sarkar, Howlader, Balasubramanian 2018 (Grad-CAM++).
"""

import keras
import numpy as np
from numpy.typing import ArrayLike

from zoo865.errors import ZooError
from zoo865.visualize.activations import Target, activations_of, as_images, gradients_of, maps_of, weights_of
from zoo865.visualize.layers import path_of


def grad_cam(model: keras.Model, images: ArrayLike, target: Target = None, layer: str | None = None) -> np.ndarray:
    """Grad-CAM (Selvaraju et al. 2017): each map counts by its mean slope.

    Args:
        model: from images to one answer.
        images: (batch, height, width, channels), as the model takes them.
        target: what of the answers is asked about; see `zoo865.visualize.activations`.
        layer: which gives the maps, by path or name; None for the last that does.

    Returns:
        (batch, rows, columns) float32 of the layer's maps, from 0 up.

    Raises:
        ZooError: no such layer or class, a layer without maps, a model without any, images of another shape.

    Example:
        >>> heat = grad_cam(model, images)
        >>> heat.shape, bool(heat.min() >= 0)
        ((8, 4, 4), True)
        >>> grad_cam(model, images, target=3, layer="stage1_conv_relu").shape
        (8, 14, 14)
    """
    maps, slope = _maps_and_gradients(model, images, target, layer)
    return np.maximum(np.einsum("bhwc,bc->bhw", maps, slope.mean((1, 2))), 0)


def grad_cam_plus_plus(
    model: keras.Model, images: ArrayLike, target: Target = None, layer: str | None = None
) -> np.ndarray:
    """Grad-CAM++ (Chattopadhay et al. 2018): places whose gradients rise count, so that several things are all found.

    Args:
        model, images, target, layer: as in `grad_cam`.

    Returns:
        As `grad_cam`.

    Raises:
        ZooError: as in `grad_cam`.

    Example:
        >>> grad_cam_plus_plus(model, images).shape
        (8, 4, 4)
    """
    maps, slope = _maps_and_gradients(model, images, target, layer)
    # Equation 19, of the exponential of the answer, whose higher gradients are powers of the first. As in the authors'
    # code, the shares of a map's places are made to add up to 1.
    below = 2 * slope**2 + maps.sum((1, 2), keepdims=True) * slope**3
    share = np.divide(slope**2, below, out=np.zeros_like(slope), where=below != 0)
    whole = share.sum((1, 2), keepdims=True)
    share = np.divide(share, whole, out=np.zeros_like(slope), where=whole != 0)
    weights = (share * np.maximum(slope, 0)).sum((1, 2))
    return np.maximum(np.einsum("bhwc,bc->bhw", maps, weights), 0)


def _maps_and_gradients(model, images, target, layer):
    images = as_images(model, images)
    layer = path_of(model, layer) if layer else list(maps_of(model, images))[-1]
    (maps,), answers = activations_of(model, images, [layer])
    if maps.ndim != 4:
        raise ZooError(f"layer {layer!r} has no feature maps", f"these have: {', '.join(maps_of(model, images))}")
    return maps, gradients_of(model, images, weights_of(target, answers), at=layer, given=maps)
