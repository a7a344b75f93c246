"""How long sounds are, by class: a new one is as long as one that was heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

SHARES = np.linspace(0, 1, 11)


@dataclass(frozen=True)
class SoundLengths:
    """Lengths of training sounds, in samples.

    Args:
        deciles: (combinations of classes + 1, 11) int32: from the shortest to the longest; zeros for combinations that
            do not occur; the last row is of all sounds.

    Example:
        >>> lengths = SoundLengths.of([100, 200, 300], {"digit": np.array([0, 0, 1])}, {"digit": 2})
        >>> lengths.draw(np.array([0.0, 0.5, 1.0]), {"digit": np.array([0, 0, 1])}, {"digit": 2}).tolist()
        [100, 150, 300]
    """

    deciles: np.ndarray

    name: ClassVar = "lengths"

    @classmethod
    def of(cls, lengths, labels: Mapping[str, np.ndarray], classes: Mapping[str, int]) -> "SoundLengths":
        """Those of sounds.

        Args:
            lengths: (sounds,) samples.
            labels: name -> (sounds,) integers.
            classes: name -> how many classes there are.
        """
        lengths, rows = np.asarray(lengths), _rows(labels, classes, len(lengths))
        count = int(np.prod(list(classes.values()), dtype=int))
        found = [lengths[rows == row] for row in range(count)] + [lengths]
        return cls(np.array([np.quantile(one, SHARES) if len(one) else 0 * SHARES for one in found]).astype("int32"))

    def draw(self, shares: np.ndarray, labels: Mapping[str, np.ndarray], classes: Mapping[str, int]) -> np.ndarray:
        """(count,) int32 lengths, at these shares of those of each combination of classes, or else of all."""
        rows = _rows(labels, classes, len(shares))
        rows = np.where(self.deciles[rows, -1] > 0, rows, len(self.deciles) - 1)
        drawn = [np.interp(share, SHARES, self.deciles[row]) for share, row in zip(shares, rows, strict=True)]
        return np.array(drawn).round().astype("int32")

    def about(self) -> dict:
        """For an export and a card."""
        return {"deciles": self.deciles.tolist()}


def _rows(labels, classes, count: int) -> np.ndarray:
    """(count,) the number of each combination of classes, in the order of their names in `classes`."""
    if not classes:
        return np.zeros(count, int)
    return np.ravel_multi_index([np.asarray(labels[name]) for name in classes], tuple(classes.values()))
