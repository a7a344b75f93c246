"""Flipped labels are found, by features that tell classes apart; and only where they do."""

import numpy as np
import pytest

from zoo865.metrics.label_mistakes import label_mistakes

pytestmark = pytest.mark.fast


def blobs(count=300, classes=3, apart=9.0, seed=0):
    """Points around as many centres as there are classes."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    centres = apart * np.eye(classes, 20)
    return centres[labels] + random.normal(size=(count, 20)), labels


@pytest.mark.parametrize("classes", [2, 3])
def test_flipped_labels_are_found_with_what_they_should_be(classes):
    features, labels = blobs(classes=classes)
    wrong = np.random.default_rng(1).permutation(300)[:15]
    given = labels.copy()
    given[wrong] = (labels[wrong] + 1) % classes
    found = label_mistakes(features, given)
    assert {one.index for one in found} <= set(wrong.tolist())
    assert len(found) >= 14  # of 15
    assert all(one.likely == labels[one.index] for one in found)
    assert [one.probability for one in found] == sorted((one.probability for one in found), reverse=True)


def test_right_labels_are_left_alone():
    assert label_mistakes(*blobs()) == []


def test_features_that_tell_nothing_flag_next_to_nothing():
    """Where classes cannot be told apart, no label is contradicted: 1,000 points of no class, 2 % at most."""
    features, labels = blobs(1000, apart=0.0)
    assert len(label_mistakes(features, labels)) <= 20


def test_copies_do_not_vouch_for_one_another():
    """Of a picture that was saved 40 times with a wrong label none is a witness of the others."""
    features, labels = blobs(120, classes=2, apart=8.0)
    copies = np.repeat(features[:1], 40, 0) + 1e-3 * np.random.default_rng(0).normal(size=(40, 20))
    features, labels = np.concatenate([features, copies]), np.concatenate([labels, np.full(40, 1)])
    groups = np.concatenate([np.arange(120), np.zeros(40, int)])
    wrong = {one.index for one in label_mistakes(features, labels, groups)}
    assert set(range(120, 160)) <= wrong
    assert 0 not in wrong


@pytest.mark.parametrize("labels", [[0] * 30, [0] * 29 + [1], [0] * 15 + [1] * 15])
def test_one_class_or_a_class_of_one_has_no_mistakes(labels):
    features = np.concatenate([np.zeros((15, 4)), np.ones((15, 4))]) + 0.01 * np.arange(30)[:, None]
    assert label_mistakes(features, labels) == []
