"""How near is near enough, against counting by hand."""

import numpy as np
import pytest

from zoo865.metrics.same_threshold import SameThreshold

pytestmark = pytest.mark.fast


def test_as_many_strangers_pass_as_known_ones_are_rejected():
    random = np.random.default_rng(0)
    own, others = random.normal(1.0, 0.3, 400), np.sort(random.normal(2.2, 0.3, (400, 12)), axis=1)
    others[::7, -3:] = np.inf  # some galleries are smaller
    found = SameThreshold.from_distances(own, others)
    rejected = np.mean([min(mine, *rest) > found.threshold for mine, rest in zip(own, others, strict=True)])
    accepted = np.mean([min(rest) <= found.threshold for rest in others])
    assert (found.known_rejected, found.unknown_accepted) == pytest.approx((rejected, accepted))
    assert abs(accepted - rejected) <= 1.01 / 400
    assert 0 < accepted < 0.1
    assert (found.gallery, found.queries) == (12, 400)


def test_where_nothing_is_alike_nobody_is_mistaken():
    found = SameThreshold.from_distances(np.full(30, 0.2), np.full((30, 4), 1.5))
    assert (found.known_rejected, found.unknown_accepted) == (0, 0)
    assert 0.2 <= found.threshold < 1.5


def test_too_few_queries_tell_nothing():
    assert SameThreshold.from_distances(np.zeros(19), np.ones((19, 4))) is None
