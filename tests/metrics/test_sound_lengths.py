"""Lengths of new sounds are those of sounds of their classes."""

import numpy as np
import pytest

from zoo865.metrics.sound_lengths import SoundLengths

pytestmark = pytest.mark.fast
CLASSES = {"digit": 3, "speaker": 2}


def test_lengths_are_drawn_as_they_were():
    random = np.random.default_rng(0)
    labels = {"digit": random.integers(0, 2, 4000), "speaker": random.integers(0, 2, 4000)}  # nobody says 2
    lengths = random.integers(100, 200, 4000) + 1000 * labels["digit"] + 300 * labels["speaker"]
    held = SoundLengths.of(lengths, labels, CLASSES)
    shares = random.random(2000)
    for digit in range(2):
        for speaker in range(2):
            drawn = held.draw(shares, {"digit": np.full(2000, digit), "speaker": np.full(2000, speaker)}, CLASSES)
            real = lengths[(labels["digit"] == digit) & (labels["speaker"] == speaker)]
            assert real.min() <= drawn.min() <= drawn.max() <= real.max()
            assert abs(drawn.mean() - real.mean()) < 3
    never = held.draw(shares, {"digit": np.full(2000, 2), "speaker": np.zeros(2000, int)}, CLASSES)
    assert abs(np.median(never) - np.median(lengths)) < 60  # of all


def test_without_classes():
    held = SoundLengths.of([5, 7], {}, {})
    assert held.draw(np.array([0.0, 0.5, 1.0]), {}, {}).tolist() == [5, 6, 7]
    assert SoundLengths(**{"deciles": np.array(held.about()["deciles"])}).draw(np.zeros(1), {}, {}).tolist() == [5]
