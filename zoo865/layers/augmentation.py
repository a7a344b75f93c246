"""Random changes of images that Keras lacks or makes slowly: turn, shift, zoom and shear at once, and elastic.

Keras has a layer for each of the first four, and resamples the image in each; its elastic layer takes ten times as long
as the others and moves every pixel along one diagonal only, since both directions are drawn from one seed.

Like Keras' own random layers these work inside tf.data, on every backend.
"""

import math
from typing import Any

import keras
import numpy as np

from zoo865.private_keras import DataLayer, seed_generator

Bound = float | tuple[float, float]


class RandomAffine(DataLayer):
    """Turns, shifts, zooms and slants each image at random, with one bilinear resampling.

    Args:
        rotation: degrees, anticlockwise.
        shift: share of the height and of the width, each drawn for itself.
        zoom: share; 0.1 makes what is shown 1.1 times as large, height and width each for itself.
        shear: degrees by which what was upright slants.
        fill_mode: what comes from outside, "constant" (0) or "reflect".
        seed: of the random numbers.

    Each of the first four is a bound b, for values from -b to b, or a range (low, high), uniformly.

    (batch, height, width, channels) -> the same, float32.

    Example:
        >>> turned = RandomAffine(rotation=(90, 90))(images[:1])  # a quarter turn, always
        >>> bool(np.allclose(turned[0], np.rot90(images[0]), atol=1e-3))
        True
    """

    def __init__(
        self,
        rotation: Bound = 0.0,
        shift: Bound = 0.0,
        zoom: Bound = 0.0,
        shear: Bound = 0.0,
        fill_mode: str = "constant",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bounds = {"rotation": rotation, "shift": shift, "zoom": zoom, "shear": shear}
        self.fill_mode, self.seed, self.generator = fill_mode, seed, keras.random.SeedGenerator(seed)

    def call(self, images, training=True):
        """Changed images in training, else those given."""
        if not training:
            return images
        numpy, height, width = self.backend.numpy, images.shape[1], images.shape[2]
        seed = seed_generator(self)
        draws = self.backend.random.uniform((6, self.backend.shape(images)[0]), seed=seed)
        angle = _between(self.bounds["rotation"], draws[0]) * math.radians(1)
        shear = numpy.tan(_between(self.bounds["shear"], draws[1]) * math.radians(1))
        scale_y, scale_x = (1.0 / (1.0 + _between(self.bounds["zoom"], draws[i])) for i in (2, 3))
        cos, sin = numpy.cos(angle), numpy.sin(angle)
        # The matrix maps a point of the result to the point of the image that it shows, both seen from the centre.
        xx, xy = cos * scale_x, (cos * shear - sin) * scale_x
        yx, yy = sin * scale_y, (sin * shear + cos) * scale_y
        centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
        to_x = centre_x - xx * centre_x - xy * centre_y + _between(self.bounds["shift"], draws[4]) * width
        to_y = centre_y - yx * centre_x - yy * centre_y + _between(self.bounds["shift"], draws[5]) * height
        zero = numpy.zeros_like(xx)
        transforms = numpy.stack([xx, xy, to_x, yx, yy, to_y, zero, zero], axis=1)
        return self.backend.image.affine_transform(
            images, transforms, interpolation="bilinear", fill_mode=self.fill_mode, data_format="channels_last"
        )

    def compute_output_shape(self, input_shape):
        """That of the input."""
        return input_shape

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), **self.bounds, "fill_mode": self.fill_mode, "seed": self.seed}


class RandomElastic(DataLayer):
    """Moves every pixel a little, neighbours alike, as if the image were drawn on rubber.

    After Simard, Steinkraus, Platt 2003, who draw a field for every pixel and smooth it by a Gaussian; here it is drawn
    on a coarse grid and interpolated, which is a product of small matrices.

    Args:
        strength: standard deviation of the displacements, as a share of the image's larger side; or a range (low, high)
            from which each image's is drawn.
        cells: how many grid cells lie along each side; the more, the finer the waves.
        seed: of the random numbers.

    (batch, height, width, channels) -> the same, float32. What comes from outside is the nearest border.

    Example:
        >>> RandomElastic(strength=0.05, seed=1)(images).shape
        TensorShape([8, 28, 28, 1])
        >>> bool(np.allclose(RandomElastic(strength=0.0)(images), images, atol=1e-5))
        True
    """

    def __init__(self, strength: Bound = 0.02, cells: int = 4, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.strength, self.cells = strength, cells
        self.seed, self.generator = seed, keras.random.SeedGenerator(seed)

    def call(self, images, training=True):
        """Changed images in training, else those given."""
        if not training:
            return images
        numpy = self.backend.numpy
        count, height, width = self.backend.shape(images)[0], images.shape[1], images.shape[2]
        seed = seed_generator(self)
        grid = self.backend.random.normal((count, 2, self.cells + 1, self.cells + 1), seed=seed)
        low, high = (self.strength, self.strength) if isinstance(self.strength, (int, float)) else self.strength
        size = max(height, width) * (low + (high - low) * self.backend.random.uniform((count, 1, 1, 1), seed=seed))
        rows, columns = (self._weights(side) for side in (height, width))
        moved = size * numpy.einsum("hi,bdij,wj->bdhw", rows, grid, columns)
        y = numpy.clip(moved[:, 0] + numpy.arange(height, dtype="float32")[:, None], 0.0, height - 1.0)
        x = numpy.clip(moved[:, 1] + numpy.arange(width, dtype="float32"), 0.0, width - 1.0)
        return self._sampled(images, y, x)

    def _weights(self, side):
        """(side, cells + 1): how much a pixel takes of each grid line, by a raised cosine; every pixel moves as far."""
        distance = np.abs((np.arange(side)[:, None] + 0.5) / side * self.cells - np.arange(self.cells + 1))
        weights = np.cos(np.pi / 4 * np.minimum(distance, 2)) ** 2
        return np.float32(weights / np.linalg.norm(weights, axis=1, keepdims=True))

    def _sampled(self, images, y, x):
        """The images at these places, bilinearly."""
        numpy = self.backend.numpy
        (_, height, width, channels), count = images.shape, self.backend.shape(images)[0]
        top, left = (numpy.minimum(numpy.floor(at), side - 2.0) for at, side in ((y, height), (x, width)))
        down, right = (y - top)[..., None], (x - left)[..., None]
        first = self.backend.cast(top * width + left, "int32")
        first = first + numpy.arange(count, dtype="int32")[:, None, None] * (height * width)
        flat = numpy.reshape(images, (-1, channels))
        corner = [numpy.take(flat, first + step, axis=0) for step in (0, 1, width, width + 1)]
        upper, lower = corner[0] + right * (corner[1] - corner[0]), corner[2] + right * (corner[3] - corner[2])
        return upper + down * (lower - upper)

    def compute_output_shape(self, input_shape):
        """That of the input."""
        return input_shape

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "strength": self.strength, "cells": self.cells, "seed": self.seed}


def _between(bound, share):
    """Values at shares (0 to 1) of a range (low, high), or of the one from -bound to bound."""
    low, high = (-bound, bound) if isinstance(bound, (int, float)) else bound
    return low + (high - low) * share
