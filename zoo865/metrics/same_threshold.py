"""How near is near enough: the distance up to which two examples are taken for one class."""

from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

UNKNOWN_ACCEPTED = 0.05  # share of examples of no class of a gallery that are taken for one of it
FEWEST = 20  # queries, below which they do not tell


@dataclass(frozen=True)
class SameThreshold:
    """A threshold that was found on classes that validate.

    Args:
        threshold: the Euclidean distance of two vectors of unit length.
        known_rejected: share of queries whose class is in the gallery that lie farther from all of it.
        gallery: classes of such a gallery, one example each.
        queries: how many told it.
    """

    threshold: float
    known_rejected: float
    gallery: int
    queries: int

    name: ClassVar = "same_threshold"

    @classmethod
    def from_distances(cls, own: np.ndarray, others: np.ndarray) -> "SameThreshold | None":
        """The threshold at which 5 % of queries of no class of a gallery are taken for one of it.

        Args:
            own: (queries,) distance of each to the example of its class.
            others: (queries, classes) distances to examples of other classes; inf where there is none.

        Returns:
            It; None where too few queries tell.

        Example:
            >>> found = SameThreshold.from_distances(np.linspace(0, 1, 100), np.full((100, 3), 0.9))
            >>> round(found.threshold, 3), round(found.known_rejected, 2)
            (0.9, 0.0)
        """
        if len(own) < FEWEST:
            return None
        nearest = others.min(1)
        threshold = float(np.quantile(nearest, UNKNOWN_ACCEPTED, method="lower"))
        rejected = float((np.minimum(own, nearest) > threshold).mean())
        return cls(threshold, rejected, int(np.median(np.isfinite(others).sum(1))), len(own))

    def about(self) -> dict:
        """What it is, for a card."""
        return {"unknown_accepted": UNKNOWN_ACCEPTED, **asdict(self)}
