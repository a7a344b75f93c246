"""Least certain first: against a rule by hand, and by what it is for: fewer labels for the same accuracy."""

import numpy as np
import pytest

from zoo865.metrics.active_learning import UNLABELLED, density, least_certain, standardized

pytestmark = pytest.mark.fast


def test_what_lies_between_the_classes_comes_first():
    features = standardized([[0.0], [10.0], [5.1], [9.0], [1.0], [4.0]])
    order, likely = least_certain(features, [0, 1, *[UNLABELLED] * 4])
    assert order.tolist() == [2, 5, 3, 4] or order.tolist() == [2, 5, 4, 3]
    assert dict(zip(order.tolist(), likely.tolist(), strict=True)) == {2: 1, 5: 0, 3: 1, 4: 0}


def test_a_sorted_folder_shows_every_class_soon():
    order, likely = least_certain(np.zeros((100, 2)), [UNLABELLED] * 100)
    assert sorted(order) == list(range(100))
    assert set(order[:8] // 25) == {0, 1, 2, 3}
    assert set(likely) == {UNLABELLED}


def test_of_two_that_are_as_uncertain_the_one_that_others_are_like_comes_first():
    random = np.random.default_rng(0)
    crowd = np.array([5.0, 5.0, 0.0]) + 0.1 * random.normal(size=(30, 3))
    features = standardized(np.concatenate([[[0.0, 9.0, 0.0], [9.0, 0.0, 0.0], [5.0, 5.0, -9.0]], crowd]))
    order, _ = least_certain(features, [0, 1, *[UNLABELLED] * 31], density(features))
    assert order[0] != 2
    assert density(features)[2] < density(features)[3:].min()
    # Of each of the first two one neighbour is its equal, the other its opposite.
    assert density(standardized([[1.0, 0.0], [1.0, 0.0], [-2.0, 0.0]]))[:2] == pytest.approx([0, 0], abs=1e-6)


def test_nothing_is_left_when_all_are_labelled():
    assert [len(part) for part in least_certain(np.zeros((3, 2)), [0, 1, 0])] == [0, 0]


def test_fewer_labels_reach_the_same_accuracy():
    """Two clouds of 200 points that touch: the border is found by those near it, not by those far from it."""
    random = np.random.default_rng(0)
    truth = np.arange(400) % 2
    features = standardized(random.normal(size=(400, 2)) + 3.0 * truth[:, None])

    def right(labels):
        order, likely = least_certain(features, labels)
        return np.mean(likely == truth[order])

    chosen = np.full(400, UNLABELLED)
    for _ in range(30):
        first = least_certain(features, chosen)[0][0]
        chosen[first] = truth[first]
    drawn = np.where(random.permutation(400) < 60, truth, UNLABELLED)
    assert right(chosen) >= right(drawn)


def test_units_of_features_do_not_matter_and_are_taken_out_once():
    """The answers are those of a pipeline that scales by itself, for features of whatever units."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    random = np.random.default_rng(1)
    features, labels = random.normal(size=(60, 4)), np.full(60, UNLABELLED)
    labels[:9] = np.arange(9) % 3
    order, likely = least_certain(standardized(features), labels)
    again = least_certain(standardized(features * [1, 1000, 0.01, 7] + [0, 5, -3, 100]), labels)
    assert (order.tolist(), likely.tolist()) == tuple(part.tolist() for part in again)
    scaled = StandardScaler().fit(features)
    model = make_pipeline(scaled, LogisticRegression(C=2 / 4, class_weight="balanced", max_iter=1000))
    model[1].fit(scaled.transform(features)[:9], labels[:9])
    probabilities = model.predict_proba(features)
    assert likely.tolist() == probabilities.argmax(1)[order].tolist()
    margins = np.sort(probabilities, 1) @ [0, -1, 1]
    assert order.tolist() == sorted(range(9, 60), key=margins.__getitem__)
