"""A map of what a network makes of many examples: alike things lie together.

Papers: Hotelling 1933 (principal components); van der Maaten and Hinton 2008 (t-SNE).
"""

import numpy as np
from matplotlib.figure import Figure

from zoo865.errors import ZooError
from zoo865.visualize.charts import scatter


def embedding_map(features, method: str = "pca", seed: int = 0) -> np.ndarray:
    """Places in a plane.

    Args:
        features: (examples, ...) numbers of each example, as `zoo865.visualize.activations_of` gives them.
        method: "pca", the plane in which they spread most; or "t-sne", which keeps neighbours, not distances.
        seed: of t-SNE's start.

    Returns:
        (examples, 2) float32.

    Raises:
        ZooError: another method, or fewer than three examples.
    """
    features = np.asarray(features, "float32").reshape(len(features), -1)
    if len(features) < 3:
        raise ZooError(f"{len(features)} examples make no map", "give at least three")
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if method == "pca":
        return PCA(2, random_state=seed).fit_transform(features)
    if method == "t-sne":
        few = PCA(min(50, *features.shape), random_state=seed).fit_transform(features)
        return TSNE(2, perplexity=min(30, (len(few) - 1) / 3), random_state=seed).fit_transform(few)
    raise ZooError(f"no map {method!r}", "there are pca and t-sne")


def embedding_map_figure(features, labels, class_names, method: str = "pca", seed: int = 0) -> Figure:
    """What `embedding_map` gives, a colour a class."""
    return scatter(embedding_map(features, method, seed), labels, class_names)
