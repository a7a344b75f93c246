"""Whether a map of what matters can be trusted: by taking away what it names, and by making the network forget.

Papers: Petsiuk, Das, Saenko 2018 (deletion and insertion); Adebayo et al. 2018 (parameter randomisation).
"""

import contextlib

import numpy as np
from scipy import ndimage
from scipy.stats import spearmanr

from zoo865.visualize.grids import enlarged
from zoo865.visualize.inside import as_images, read


def deletion_and_insertion(model, images, maps, classes=None, steps: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """How the class's probability goes when pixels are taken away, and brought back, the most important first.

    A good map has a low deletion and a high insertion; a map of noise says what is chance.

    Args:
        model: from images to the logits of classes, softmax left out or not.
        images: (batch, height, width, channels), as the model takes them.
        maps: (batch, any height, any width), the more the more important.
        classes: (batch,) or one; None for what each image is taken for.
        steps: on the way.

    Returns:
        Twice (batch,) mean probabilities on the way: from the image to its own mean colour; from the image blurred
        until it says nothing, to itself.

    Raises:
        ZooError: images of another shape.
    """
    images = as_images(model, images)
    if classes is None:
        classes = read(model, images)[1].argmax(-1)
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


def randomisation(model, images, method, seed: int = 0) -> float:
    """How alike a method's maps are for the network and for one whose weights have been shuffled.

    Args:
        model: from images to the answers for classes.
        images: (batch, height, width, channels), as the model takes them.
        method: model, images, classes -> (batch, height, width) maps.
        seed: of the shuffling.

    Returns:
        The mean absolute rank correlation (Spearman) over images: near 1, the maps show the image and not the network.
    """
    classes = read(model, images)[1].argmax(-1)
    learned = method(model, images, classes)
    with shuffled_weights(model, seed):
        forgotten = method(model, images, classes)
    return float(np.mean([_alike(a.ravel(), b.ravel()) for a, b in zip(learned, forgotten, strict=True)]))


def _alike(one, other) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:  # a map of one value alone goes with nothing
        return 0.0
    return abs(spearmanr(one, other).statistic)


@contextlib.contextmanager
def shuffled_weights(model, seed: int = 0):
    """For the body, each array of the model's weights holds its own values in another order."""
    weights, random = model.get_weights(), np.random.default_rng(seed)
    model.set_weights([random.permutation(array.ravel()).reshape(array.shape) for array in weights])
    try:
        yield
    finally:
        model.set_weights(weights)


def _probabilities(model, images) -> np.ndarray:
    logits = read(model, images.astype("float32"))[1].astype("float64")
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    return odds / odds.sum(-1, keepdims=True)
