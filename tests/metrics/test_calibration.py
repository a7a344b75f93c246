"""Calibration against a loop over bins, scikit-learn's curve, and answers whose calibration is known."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from zoo865.metrics.calibration import expected_calibration_error, reliability

pytestmark = pytest.mark.fast


def answers(seed: int, count: int = 3000, classes: int = 4, sharp: float = 2.0):
    random = np.random.default_rng(seed)
    logits = sharp * random.standard_normal((count, classes))
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = np.array([random.choice(classes, p=row) for row in probabilities])
    return probabilities, labels


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_a_loop_over_the_bins_and_scikit_learn_say(seed):
    probabilities, labels = answers(seed)
    probabilities = probabilities**2 / (probabilities**2).sum(1, keepdims=True)  # surer than it is right
    confidence, right, counts = reliability(probabilities, labels)
    sure, correct = probabilities.max(1), probabilities.argmax(1) == labels
    expected = 0.0
    for place in range(15):
        inside = (sure > place / 15) & (sure <= (place + 1) / 15)
        assert counts[place] == inside.sum()
        if inside.any():
            expected += abs(correct[inside].mean() - sure[inside].mean()) * inside.mean()
    assert expected_calibration_error(confidence, right, counts) == pytest.approx(expected)
    shares, means = calibration_curve(correct, sure, n_bins=15, strategy="uniform")
    np.testing.assert_allclose(right[counts > 0], shares)
    np.testing.assert_allclose(confidence[counts > 0], means)
    assert np.isnan(right[counts == 0]).all()


def test_answers_drawn_from_their_own_probabilities_are_calibrated_and_sharper_ones_are_not():
    probabilities, labels = answers(0, count=20_000)
    honest = expected_calibration_error(*reliability(probabilities, labels))
    sharper = probabilities**3 / (probabilities**3).sum(1, keepdims=True)
    assert honest < 0.015
    assert expected_calibration_error(*reliability(sharper, labels)) > 0.1


def test_certain_answers():
    """All certain, three of four right: a quarter too sure."""
    probabilities = np.eye(2)[[0, 0, 0, 0]]
    confidence, right, counts = reliability(probabilities, np.array([0, 0, 0, 1]))
    assert (confidence[-1], right[-1], counts[-1], counts.sum()) == (1, 0.75, 4, 4)
    assert expected_calibration_error(confidence, right, counts) == 0.25
