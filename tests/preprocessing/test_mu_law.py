"""Mu-law by its definition (ITU-T G.711), and the same in NumPy and in a graph."""

import numpy as np
import pytest
from keras import ops

from zoo865.preprocessing.mu_law import LEVELS, SILENCE, mu_law_levels, mu_law_samples

pytestmark = pytest.mark.fast
EVERY = (np.arange(-(2**15), 2**15) / 2**15).astype("float32")  # of 16 bits


def test_every_sample_of_16_bits_becomes_the_nearest_level_of_the_formula():
    curve = np.sign(EVERY) * np.log1p(255 * np.abs(EVERY.astype("float64"))) / np.log(256)
    wanted = (curve + 1) / 2 * 255
    levels = mu_law_levels(EVERY)
    assert np.abs(levels - wanted).max() < 0.5001
    assert (np.diff(levels) >= 0).all()
    assert (levels[0], levels[2**15], levels[-1]) == (0, SILENCE, 255)
    np.testing.assert_array_equal(ops.convert_to_numpy(mu_law_levels(ops.convert_to_tensor(EVERY), ops)), levels)


def test_levels_come_back():
    samples = mu_law_samples()
    np.testing.assert_array_equal(mu_law_levels(samples), np.arange(LEVELS))
    heard = samples[mu_law_levels(EVERY)]
    assert (np.abs(heard - EVERY) <= 0.0222 * (np.abs(EVERY) + 1 / 255)).all()  # half of the way to the next level
    assert mu_law_levels(np.float32([-3, 7])).tolist() == [0, 255]
