"""Which pixels an answer hangs on: integrated gradients, SmoothGrad, occlusion.

Papers: Sundararajan, Taly, Yan 2017 (integrated gradients); Smilkov et al. 2017 (SmoothGrad); Zeiler and Fergus 2014
(occlusion).
"""

import functools

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from zoo865.errors import ZooError
from zoo865.visualize.activations import Target, activations_of, as_images, gradients_of, weights_of


def integrated_gradients(
    model: keras.Model,
    images: ArrayLike,
    target: Target = None,
    baseline: ArrayLike | None = None,
    steps: int = 32,
    error: float | None = 0.01,
) -> np.ndarray:
    """The gradients along the way from a baseline to an image, times that way (Sundararajan et al. 2017).

    What all pixels have together is the answer for the image minus that for the baseline.

    Args:
        model: from images to one answer.
        images: (batch, height, width, channels), as the model takes them.
        target: what of the answers is asked about; see `zoo865.visualize.activations`.
        baseline: an image that says nothing, or its value everywhere; None for the grey midway between the image's
            darkest and brightest values. Of what equals the baseline nothing can be told: black tells nothing of the
            ground of a light digit.
        steps: points on the way.
        error: by how large a share the pixels' sum may be wrong; where it is by more, there are three times as many
            points, up to 81 times as many. None leaves them as they are.

    Returns:
        (batch, height, width, channels) float32; see `over_channels`.

    Raises:
        ZooError: no such class, images of another shape.

    Example:
        >>> heat = integrated_gradients(model, images[:1], target=3, baseline=0.0)
        >>> logits = model.predict(np.stack([images[0], 0 * images[0]]), verbose=0)[:, 3]
        >>> bool(np.isclose(heat.sum(), logits[0] - logits[1], rtol=0.02))  # completeness
        True
    """
    images = as_images(model, images)
    target, found = _fixed(model, images, target), []
    for place, image in enumerate(images):
        asked, grey = _of_one(target, place), (image.min() + image.max()) / 2
        way = image - np.asarray(grey if baseline is None else baseline, "float32")
        start, end = _scores(model, np.stack([image - way, image]), asked)
        slope, count, shares = 0.0, steps, (np.arange(steps) + 0.5) / steps
        while True:
            points = image - (1 - shares).astype("float32")[:, None, None, None] * way
            slope = slope + _gradients(model, points, asked).sum(0)
            whole = (way * slope).sum() / count
            if error is None or abs(whole - (end - start)) <= error * abs(end - start) or count == 81 * steps:
                break
            count *= 3  # a third of the new points are the old ones
            shares = (np.arange(count)[np.arange(count) % 3 != 1] + 0.5) / count
        found.append(way * slope / count)
    return np.stack(found)


def smooth_grad(
    model: keras.Model, images: ArrayLike, target: Target = None, noise: float = 0.15, count: int = 32, seed: int = 0
) -> np.ndarray:
    """The mean slope over noisy copies of each image (Smilkov et al. 2017).

    Args:
        model, images, target: as in `integrated_gradients`.
        noise: its spread, as a share of the image's range.
        count: copies.
        seed: of the noise.

    Returns:
        (batch, height, width, channels) float32; see `over_channels`.

    Raises:
        ZooError: no such class, images of another shape.

    Example:
        >>> smooth_grad(model, images[:2], count=4).shape
        (2, 28, 28, 1)
    """
    images = as_images(model, images)
    target, random, found = _fixed(model, images, target), np.random.default_rng(seed), []
    for place, image in enumerate(images):
        spread = noise * (image.max() - image.min())
        copies = image + spread * random.standard_normal((count, *image.shape), "float32")
        found.append(_gradients(model, copies, _of_one(target, place)).mean(0))
    return np.stack(found)


def occlusion(
    model: keras.Model, images: ArrayLike, target: Target = None, patch: int | None = None, stride: int | None = None
) -> np.ndarray:
    """How far the answer falls where a grey patch hides a part of the image (Zeiler and Fergus 2014).

    Args:
        model, images, target: as in `integrated_gradients`.
        patch: pixels of its side; None for a fifth of the image's shorter one.
        stride: pixels from one place to the next; None for half a patch.

    Returns:
        (batch, height, width) float32: the mean fall over the patches that hide a pixel.

    Raises:
        ZooError: no such class, images of another shape.

    Example:
        >>> occlusion(model, images[:2], patch=14, stride=14).shape
        (2, 28, 28)
    """
    images = as_images(model, images)
    target, (height, width) = _fixed(model, images, target), images.shape[1:3]
    patch = patch or max(1, min(height, width) // 5)
    stride = stride or max(1, patch // 2)
    if stride > patch:
        raise ZooError(
            f"patches of {patch} pixels with stride {stride} leave gaps", "use a stride up to the patch size"
        )
    places = [(top, left) for top in _starts(height, patch, stride) for left in _starts(width, patch, stride)]
    found = np.zeros((len(images), height, width), "float32")
    for place, image in enumerate(images):
        hidden = np.repeat(image[None], len(places) + 1, 0)
        for copy, (top, left) in zip(hidden, places, strict=False):
            copy[top : top + patch, left : left + patch] = image.mean((0, 1))
        *scores, whole = _scores(model, hidden, _of_one(target, place))
        times = np.zeros((height, width), "float32")
        for score, (top, left) in zip(scores, places, strict=True):
            found[place, top : top + patch, left : left + patch] += whole - score
            times[top : top + patch, left : left + patch] += 1
        found[place] /= times
    return found


def over_channels(attributions: np.ndarray) -> np.ndarray:
    """Attributions (batch, height, width, channels) as maps (batch, height, width): how much, of either sign.

    Args:
        attributions: (batch, height, width, channels) floats.

    Returns:
        (batch, height, width) of the same dtype, from 0 up.

    Example:
        >>> over_channels(np.array([[[[-2.0, 1.0]]]]))
        array([[[3.]]])
    """
    return np.abs(attributions).sum(-1)


def _starts(side: int, patch: int, stride: int) -> list[int]:
    """Where patches begin that cover a side, the last at its end."""
    return sorted({*range(0, max(1, side - patch), stride), max(0, side - patch)})


def _fixed(model, images, target):
    """The target for copies of the images: the class that each image is taken for, where none is given."""
    if target is not None:
        return target
    answers = activations_of(model, images)[1]
    if answers.shape[-1] == 1:
        return [functools.partial(_signed, sign) for sign in np.sign(answers[:, 0])]
    return answers.argmax(-1)


def _signed(sign, answers):
    """A single answer, or its opposite."""
    return float(sign) * answers[..., 0]


def _of_one(target, place: int):
    return target if callable(target) or np.ndim(target) == 0 else target[place]


def _scores(model, images, target) -> np.ndarray:
    """(batch,) the target's values."""
    answers = activations_of(model, images)[1]
    if callable(target):
        return ops.convert_to_numpy(target(ops.convert_to_tensor(answers)))
    return (answers * weights_of(target, answers)).sum(tuple(range(1, answers.ndim)))


def _gradients(model, images, target) -> np.ndarray:
    """How a target hangs on images. A class counts alike for all; of a function it follows from the answers."""
    answers = activations_of(model, images if callable(target) else images[:1])[1]
    weights = weights_of(target, answers)
    return gradients_of(model, images, np.broadcast_to(weights, (len(images), *weights.shape[1:])))
