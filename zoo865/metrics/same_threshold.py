"""How near is near enough: the distance up to which two examples are taken for one class."""

from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

FEWEST = 20  # queries, below which they do not tell


@dataclass(frozen=True)
class SameThreshold:
    """A threshold that was found on classes that validate.

    Args:
        threshold: the Euclidean distance of two vectors of unit length.
        known_rejected: share of queries whose class is in the gallery that lie farther from all of it.
        unknown_accepted: share of queries of no class of the gallery that do not.
        gallery: classes of such a gallery, one example each.
        queries: how many told it.
    """

    threshold: float
    known_rejected: float
    unknown_accepted: float
    gallery: int
    queries: int

    name: ClassVar = "same_threshold"

    @classmethod
    def from_distances(cls, own: np.ndarray, others: np.ndarray) -> "SameThreshold | None":
        """The threshold at which as large a share of queries of no class of a gallery is taken for one of it as is
        rejected of those that have one there.

        Args:
            own: (queries,) distance of each to the example of its class.
            others: (queries, classes) distances to examples of other classes; inf where there is none.

        Returns:
            It; None where too few queries tell.

        Example:
            >>> found = SameThreshold.from_distances(np.linspace(0, 1, 100), np.full((100, 3), 0.9))
            >>> round(found.threshold, 2), round(found.known_rejected, 2), found.unknown_accepted
            (0.89, 0.1, 0.0)
        """
        if len(own) < FEWEST:
            return None
        stranger = others.min(1)  # how near a query is to the gallery, where its own class is not in it
        known = np.minimum(own, stranger)
        found = np.unique(np.concatenate([known, stranger]))
        accepted = np.searchsorted(np.sort(stranger), found, side="right") / len(own)
        rejected = 1 - np.searchsorted(np.sort(known), found, side="right") / len(own)
        place = np.abs(accepted - rejected).argmin()
        shares = float(rejected[place]), float(accepted[place])
        return cls(float(found[place]), *shares, int(np.median(np.isfinite(others).sum(1))), len(own))

    def about(self) -> dict:
        """What it is, for a card."""
        return asdict(self)
