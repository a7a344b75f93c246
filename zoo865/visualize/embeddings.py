"""A map of what a network makes of many examples: alike things lie together.

Papers: Hotelling 1933 (principal components); van der Maaten and Hinton 2008 (t-SNE).
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from zoo865.errors import ZooError
from zoo865.visualize.charts import scatter


def embedding_map(features: ArrayLike, method: str = "pca", seed: int = 0) -> np.ndarray:
    """Places in a plane.

    Args:
        features: (examples, ...) numbers of each example, as `zoo865.visualize.activations_of` gives them.
        method: "pca", the plane in which they spread most; or "t-sne", which keeps neighbours, not distances.
        seed: of t-SNE's start.

    Returns:
        (examples, 2) float32.

    Raises:
        ZooError: another method, or fewer than three examples.

    Example:
        >>> embedding_map(images).shape
        (8, 2)
    """
    features = np.asarray(features, "float32")
    features = features.reshape(len(features), -1)
    if len(features) < 3:
        raise ZooError(f"{len(features)} examples are too few for an embedding map", "give at least three")
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if method == "pca":
        return PCA(2, random_state=seed).fit_transform(features)
    if method == "t-sne":
        few = PCA(min(50, *features.shape), random_state=seed).fit_transform(features)
        return TSNE(2, perplexity=min(30, (len(few) - 1) / 3), random_state=seed).fit_transform(few)
    raise ZooError(f"unknown method {method!r}", "choose pca or t-sne")


def embedding_map_figure(
    features: ArrayLike, labels: ArrayLike, class_names: Sequence[str], method: str = "pca", seed: int = 0
) -> Figure:
    """What `embedding_map` gives, a colour a class.

    Args:
        features, method, seed: as in `embedding_map`.
        labels: (examples,) integers, indices into the names.
        class_names: of the classes.

    Returns:
        A figure of a page's width.

    Raises:
        ZooError: another method, or fewer than three examples.

    Example:
        >>> figure = embedding_map_figure(images, [0, 1, 0, 1, 0, 1, 0, 1], ["even", "odd"])
        >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
        ['even', 'odd']
    """
    return scatter(embedding_map(features, method, seed), labels, class_names)
