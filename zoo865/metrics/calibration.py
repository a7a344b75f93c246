"""Whether a classifier is as sure as it is right (DeGroot and Fienberg 1983; Guo, Pleiss, Sun, Weinberger 2017)."""

import numpy as np

BINS = 15


def reliability(probabilities, labels, bins: int = BINS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answers by how sure they were, in bins of equal width.

    Args:
        probabilities: (examples, classes); the likeliest class is the answer.
        labels: (examples,) of the right classes.
        bins: how many; an edge belongs to the bin below it.

    Returns:
        (bins,) mean probability of the answers, (bins,) share of them that was right, both NaN where there are none;
        and (bins,) how many there are.
    """
    sure = probabilities.max(-1)
    place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], sure)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(place, sure, bins) / counts
        right = np.bincount(place, probabilities.argmax(-1) == labels, bins) / counts
    return confidence, right, counts


def expected_calibration_error(confidence, right, counts) -> float:
    """How far apart both are, mean over answers, 0 to 1; from what `reliability` gives."""
    return float(np.nansum(np.abs(confidence - right) * counts) / np.sum(counts))
