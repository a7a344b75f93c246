"""The image that a unit wants: noise that climbs, step by step, to what wakes it most.

What climbs freely ends in a pattern that no eye reads. So the image is shifted a little before every step, which fine
patterns do not survive, and is smoothed.

Papers: Erhan, Bengio, Courville, Vincent 2009 (activation maximisation); Yosinski et al. 2015 (blur); Mordvintsev,
Olah, Tyka 2015 (shifts); Mahendran and Vedaldi 2015 (total variation, decay).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure
from scipy import ndimage

from zoo865.visualize.activations import activations_of, as_images, gradients_of, weights_of
from zoo865.visualize.grids import image_grid
from zoo865.visualize.layers import path_of


def maximize_activations(
    model: keras.Model,
    units: Iterable[int],
    layer: str | None = None,
    *,
    image_shape: tuple[int, int, int] | None = None,
    low: float = 0.0,
    high: float = 1.0,
    steps: int = 200,
    rate: float = 0.05,
    shift: float = 0.06,
    blur: float = 0.6,
    variation: float = 0.2,
    ground: float = 0.5,
    decay: float = 0.6,
    seed: int = 0,
) -> np.ndarray:
    """Images that activate units most, one per unit.

    Args:
        model: from images to one answer.
        units: of the layer, or classes.
        layer: by path or name; None for the model's answers.
        image_shape: (height, width, channels); None for the model's own.
        low, high: between which the model's pixels lie.
        steps: to climb.
        rate: how far a pixel goes in a step, on average, as a share of high - low.
        shift: by how much the image is shifted at most, as a share of its sides.
        blur: standard deviation in pixels of the blur after every fourth step; it dwindles to 0.
        variation: how much differences between neighbours count against what the unit gains.
        ground: the shade of nothing, as a share: 0 for light ink on a dark ground.
        decay: how much being off that shade counts against what the unit gains.
        seed: of noise and shifts.

    Returns:
        (units, height, width, channels) float32 from low to high.

    Raises:
        ZooError: no such layer or unit.

    Example:
        >>> maximize_activations(model, [3, 7], steps=2).shape
        (2, 28, 28, 1)
    """
    random, units = np.random.default_rng(seed), np.asarray(list(units))
    shape = image_shape or model.input_shape[1:]
    layer = layer and path_of(model, layer)
    images = as_images(model, ground + 0.05 * random.standard_normal((len(units), *shape)))
    given, answers = activations_of(model, low + (high - low) * images, [layer] if layer else [])
    weights = weights_of(units, given[0] if layer else answers)
    for step in range(steps):
        left = 1 - step / steps
        moved = [int(random.integers(-reach, reach + 1)) for reach in (int(shift * side) for side in shape[:2])]
        images = np.roll(images, moved, (1, 2))
        slope = gradients_of(model, low + (high - low) * images, weights, of=layer)
        slope = _unit(slope) - variation * _unit(_roughness(images)) - decay * np.sign(images - ground)
        images = np.clip(images + rate * left * _unit(slope), 0, 1)
        images = np.roll(images, [-by for by in moved], (1, 2))
        if step % 4 == 0:
            images = ndimage.gaussian_filter(images, (0, blur * left, blur * left, 0))
    return low + (high - low) * images


def maximized_activations_figure(
    model: keras.Model,
    units: Iterable[int],
    layer: str | None = None,
    titles: Sequence[str] | None = None,
    **options: Any,
) -> Figure:
    """What `maximize_activations` finds, in a grid, each with its unit's number.

    Args:
        model, units, layer: as in `maximize_activations`.
        titles: a short text above each image; None for the units' numbers.
        options: further arguments of `maximize_activations`.

    Returns:
        A figure of 5 inches' width.

    Raises:
        ZooError: no such layer or unit.

    Example:
        >>> figure = maximized_activations_figure(model, [3, 7], steps=2)
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['3', '7']
    """
    images = maximize_activations(model, units, layer, **options)
    span = images - images.min((1, 2, 3), keepdims=True)
    return image_grid(span / span.max((1, 2, 3), keepdims=True), titles or [str(unit) for unit in units])


def _unit(slope) -> np.ndarray:
    """Of each image the slope whose mean size is 1."""
    return slope / np.maximum(np.abs(slope).mean((1, 2, 3), keepdims=True), 1e-12)


def _roughness(images) -> np.ndarray:
    """Slope of the squared differences between neighbours (total variation, squared)."""
    slope = np.zeros_like(images)
    for axis in (1, 2):
        difference = np.diff(images, axis=axis)
        pad = [(0, 0)] * 4
        slope += np.pad(difference, [*pad[:axis], (1, 0), *pad[axis + 1 :]])
        slope -= np.pad(difference, [*pad[:axis], (0, 1), *pad[axis + 1 :]])
    return slope
