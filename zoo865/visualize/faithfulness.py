"""Whether a map of what matters can be trusted: by taking away what it names, and by making the network forget.

Papers: Petsiuk, Das, Saenko 2018 (deletion and insertion); Adebayo et al. 2018 (parameter randomisation).
"""

import contextlib
from collections.abc import Callable

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike
from scipy import ndimage
from scipy.special import softmax
from scipy.stats import spearmanr

from zoo865.visualize.activations import activations_of, as_images
from zoo865.visualize.grids import enlarged


def deletion_and_insertion(
    model: keras.Model, images: ArrayLike, maps: np.ndarray, classes: ArrayLike | None = None, steps: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """How the class's probability goes when pixels are taken away, and brought back, the most important first.

    A good map has a low deletion and a high insertion; a map of noise says what is chance.

    Args:
        model: from images to the logits of classes, softmax left out or not.
        images: (batch, height, width, channels), as the model takes them.
        maps: (batch, any height, any width), the more the more important.
        classes: (batch,) or one; None for what each image is taken for. A single answer has two classes: 1 above 0.
        steps: on the way.

    Returns:
        Twice (batch,) mean probabilities on the way: from the image to its own mean colour; from the image blurred
        until it says nothing, to itself.

    Raises:
        ZooError: images of another shape.

    Example:
        >>> heat = np.random.default_rng(0).random((2, 28, 28))  # says nothing: chance
        >>> deletion, insertion = deletion_and_insertion(model, images[:2], heat, steps=4)
        >>> deletion.shape, bool(0 <= insertion.min() <= insertion.max() <= 1)
        ((2,), True)
    """
    images = as_images(model, images)
    if classes is None:
        classes = _probabilities(model, images).argmax(-1)
    classes, found = np.broadcast_to(classes, len(images)), []
    for image, heat, label in zip(images, maps, classes, strict=True):
        order = np.argsort(-enlarged(heat, image.shape[:2]).ravel(), kind="stable")
        rank = np.empty(len(order), int)
        rank[order] = np.arange(len(order))
        gone = (rank.reshape(image.shape[:2]) < np.linspace(0, len(order), steps + 1)[:, None, None])[..., None]
        blurred = ndimage.gaussian_filter(image, (*(side / 8 for side in image.shape[:2]), 0))
        found.append(
            [
                _probabilities(model, np.where(gone, image.mean((0, 1)), image))[:, label].mean(),
                _probabilities(model, np.where(gone, image, blurred))[:, label].mean(),
            ]
        )
    return tuple(np.transpose(found))


def randomisation(model: keras.Model, images: ArrayLike, method: Callable[..., np.ndarray], seed: int = 0) -> float:
    """How alike a method's maps are for the network and for one whose weights have been shuffled.

    Args:
        model: from images to the answers for classes.
        images: (batch, height, width, channels), as the model takes them.
        method: model, images, classes -> (batch, height, width) maps; see `for_and_against`.
        seed: of the shuffling.

    Returns:
        The mean absolute rank correlation (Spearman) over images: near 1, the maps show the image and not the network.
        Images without a map, all of one value, are left out; NaN where fewer than half are left.

    Example:
        >>> sizes = lambda model, images, classes: np.abs(images).mean(-1)  # asks no network
        >>> round(randomisation(model, images, sizes), 3)
        1.0
    """
    images = np.asarray(images)
    classes = activations_of(model, images)[1].argmax(-1)
    learned = method(model, images, classes)
    with shuffled_weights(model, seed):
        forgotten = method(model, images, classes)
    pairs = [(a.ravel(), b.ravel()) for a, b in zip(learned, forgotten, strict=True) if np.ptp(a) and np.ptp(b)]
    found = [abs(spearmanr(*pair).statistic) for pair in pairs]
    return float(np.mean(found)) if 2 * len(found) >= len(images) else float("nan")


def for_and_against(method):
    """Of a method that shows only what speaks for classes (Grad-CAM), one that takes off what speaks against them.

    A ReLU hides the latter; of a network that has forgotten everything that is often all.
    """

    def both(model, images, classes):
        def against(answers):
            return -ops.sum(answers * np.eye(answers.shape[-1], dtype="float32")[classes], -1)

        return method(model, images, classes) - method(model, images, against)

    return both


@contextlib.contextmanager
def shuffled_weights(model, seed: int = 0):
    """For the body, each kernel of the model holds its own values in another order.

    What normalises stays as it is, else most units fall silent.
    """
    weights, random = model.get_weights(), np.random.default_rng(seed)
    model.set_weights([random.permutation(a.ravel()).reshape(a.shape) if a.ndim > 1 else a for a in weights])
    try:
        yield
    finally:
        model.set_weights(weights)


def _probabilities(model, images) -> np.ndarray:
    logits = activations_of(model, images.astype("float32"))[1].astype("float64")
    if logits.shape[-1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], -1)
    return softmax(logits, -1)
