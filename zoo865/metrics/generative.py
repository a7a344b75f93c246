"""How near made images come to real ones, by what a judge (zoo865/metrics/reference_classifier.py) sees in both.

All take features, (images, numbers) arrays of real and of made images from the same judge. Figures of different judges,
or of different numbers of images, are not to be compared.
"""

import numpy as np

AT_ONCE = 1000  # rows of a matrix of pairs that are in memory together


def frechet_distance(real, made) -> float:
    """The distance of two normal distributions that are fitted to the features: 0 for the same ones, lower is nearer.

    With the features of an Inception network it is known as FID (Heusel et al. 2017). It falls with the number of
    images, also for real ones: beside it belongs what as many real images have against the same others.
    """
    real, made = np.asarray(real, "float64"), np.asarray(made, "float64")
    of_real, of_made = (np.cov(features, rowvar=False).reshape(features.shape[1], -1) for features in (real, made))
    apart = np.square(real.mean(0) - made.mean(0)).sum()
    # The trace of sqrtm(A B) is that of the symmetric sqrtm(sqrt(A) B sqrt(A)), whose eigenvalues are real.
    values, vectors = np.linalg.eigh(of_real)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ of_made @ root).clip(0)).sum()
    return float(apart + np.trace(of_real) + np.trace(of_made) - 2 * shared)


def kernel_distance(real, made) -> float:
    """The squared maximum mean discrepancy by the kernel (x y / numbers + 1) ** 3, without bias: about 0 for the same
    distributions, however many images there are. Known as KID (Binkowski et al. 2018).
    """
    real, made = np.asarray(real, "float64"), np.asarray(made, "float64")
    of_real, of_made = (_kernel_sum(x, x) - _kernel(np.square(x).sum(1), x.shape[1]).sum() for x in (real, made))
    inside = of_real / (len(real) * (len(real) - 1)) + of_made / (len(made) * (len(made) - 1))
    return float(inside - 2 * _kernel_sum(real, made) / (len(real) * len(made)))


def precision_and_recall(real, made, neighbours: int = 3) -> tuple[float, float]:
    """The share of made images that lie among the real ones, and of real ones that lie among the made.

    An image lies among others where it is no further from one of them than that one's k-th nearest of its own kind is
    (Kynkaanniemi et al. 2019).

    Args:
        real, made: features.
        neighbours: k.
    """
    real, made = np.asarray(real, "float64"), np.asarray(made, "float64")
    return _share_among(made, real, neighbours), _share_among(real, made, neighbours)


def nearest(x, others) -> tuple[np.ndarray, np.ndarray]:
    """For each row of `x` the index of the nearest row of `others`, and its Euclidean distance."""
    x, others = np.asarray(x, "float32"), np.asarray(others, "float32")
    indices, squares = [], []
    for part in _in_parts(x):
        found = _squares(part, others)
        indices.append(found.argmin(1))
        squares.append(found.min(1))
    return np.concatenate(indices), np.sqrt(np.concatenate(squares))


def _kernel(products, numbers: int):
    return (products / numbers + 1) ** 3


def _kernel_sum(x, y) -> float:
    return sum(_kernel(part @ y.T, x.shape[1]).sum() for part in _in_parts(x))


def _share_among(x, others, neighbours: int) -> float:
    # The nearest of its own kind is itself: the k-th is the one at place k, counted from 0.
    reach = np.concatenate(
        [np.partition(_squares(part, others), neighbours, 1)[:, neighbours] for part in _in_parts(others)]
    )
    return float(np.concatenate([(_squares(part, others) <= reach).any(1) for part in _in_parts(x)]).mean())


def _squares(x, y) -> np.ndarray:
    """(rows of x, rows of y) squared distances."""
    return (np.square(x).sum(1)[:, None] + np.square(y).sum(1) - 2 * x @ y.T).clip(0)


def _in_parts(x):
    return (x[start : start + AT_ONCE] for start in range(0, len(x), AT_ONCE))
