"""How far an input lies from the training data: in what a classifier's last layer reads, by one normal distribution.

Papers: Lee, Lee, Lee, Shin 2018 (Mahalanobis distance in a network's features tells what is out of distribution);
Kamoi and Kobayashi 2020 (it does so without classes); Tipping and Bishop 1999 (one variance for all but the
leading directions, by scikit-learn's PCA).
"""

from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

FALSE_ALARMS = 0.01  # share of validation examples at 1 or beyond
MOST = 2048  # examples of training, and of validation, that are looked at
FEWEST = 10  # below, they do not tell how far is far
MOST_FEATURES = 8192  # of which the directions take two megabytes in a graph
DIRECTIONS = 64


@dataclass(frozen=True)
class FeatureDistance:
    """The distance of features from those of the training data; 1 is what 1 % of the validation examples exceed.

    Args:
        mean: (features,) float32 of the training examples.
        directions: (features, leading) float32: orthogonal, those in which training examples vary most.
        deviations: (leading,) float32: their standard deviations, times `threshold`.
        other_deviation: that in every other direction, times `threshold`.
        threshold: the Mahalanobis distance that 1 % of examples like those of validation exceed.
        training_examples, validation_examples: how many told it.
    """

    mean: np.ndarray
    directions: np.ndarray
    deviations: np.ndarray
    other_deviation: float
    threshold: float
    training_examples: int
    validation_examples: int

    name: ClassVar = "feature_distance"

    @classmethod
    def from_features(cls, training: np.ndarray, validation: np.ndarray) -> "FeatureDistance | None":
        """Of features (examples, features) of training and of validation examples; None where they tell nothing: too
        few, all alike, or no numbers.
        """
        from sklearn.decomposition import PCA

        training, validation = np.asarray(training, "float64"), np.asarray(validation, "float64")
        if min(len(training), len(validation)) < FEWEST or not np.isfinite([training.sum(), validation.sum()]).all():
            return None
        analysis = PCA(min(DIRECTIONS, len(training) // 2, training.shape[1]), random_state=0)
        analysis.fit_transform(training)
        directions = analysis.components_.T
        # Of features that never vary in training, variation is told by the share of rounding, not by none.
        other = max(analysis.noise_variance_, 1e-6 * training.var(0).mean())
        if not other > 0:
            return None
        known = np.sqrt(np.maximum(analysis.explained_variance_, other)), np.sqrt(other)
        threshold = _exceeded_by_few(_distance(np, validation, analysis.mean_, directions, *known))
        mean, along, deviations = (
            array.astype("float32") for array in (analysis.mean_, directions, known[0] * threshold)
        )
        other_deviation = float(known[1] * threshold)
        return cls(mean, along, deviations, other_deviation, threshold, len(training), len(validation))

    def __call__(self, features):
        """(batch, features) tensor -> (batch,) float32 distances."""
        from keras import ops

        features = ops.cast(features, "float32")
        return _distance(ops, features, self.mean, self.directions, self.deviations, self.other_deviation)

    def about(self) -> dict:
        """What it was told by, for a card."""
        kept = ("threshold", "training_examples", "validation_examples")
        return {"false_alarms": FALSE_ALARMS, **{name: value for name, value in asdict(self).items() if name in kept}}


def _exceeded_by_few(distances: np.ndarray) -> float:
    """What 1 % of such distances exceed. Fewer than a hundred do not tell: then by a normal distribution of their
    logarithms, as wide as so few leave it.
    """
    count = len(distances)
    if count * FALSE_ALARMS >= 1:
        return float(np.quantile(distances, 1 - FALSE_ALARMS, method="higher"))
    from scipy.stats import t

    logs = np.log(np.maximum(distances, np.median(distances) / 10))
    wide = t.isf(FALSE_ALARMS, count - 1) * np.sqrt(1 + 1 / count)
    return float(np.exp(logs.mean() + wide * logs.std(ddof=1)))


def _distance(numpy, features, mean, directions, deviations, other_deviation):
    """By NumPy, or by `keras.ops`, which has its names."""
    centred = features - mean
    leading = numpy.matmul(centred, directions)
    # What the leading directions leave: the difference of two sums of squares would lose its digits in float32.
    others = centred - numpy.matmul(leading, numpy.transpose(directions))
    squares = numpy.sum(numpy.square(leading / deviations), -1) + numpy.sum(numpy.square(others / other_deviation), -1)
    return numpy.sqrt(squares)
