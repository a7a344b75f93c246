"""Batches of P classes with K examples: the layout, every class in turn, groups together, by seed and epoch alone."""

import numpy as np
import pytest

from zoo865.batches.class_balanced import ClassBalanced
from zoo865.data.features import Image, Label
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.errors import ZooError

NAMES = tuple(f"{group}/{number}" for group in ("Greek", "Latin", "Runes") for number in range(6))


def data_of(counts, names=NAMES):
    """Pictures whose first two pixels tell their class and which of its examples they are; the rest is 0."""
    labels = np.repeat(np.arange(len(counts)), counts)
    images = np.zeros((len(labels), 4, 4, 1), "uint8")
    images[:, 0, 0, 0] = 10 + labels
    images[:, 0, 1, 0] = np.concatenate([np.arange(count) for count in counts])
    part = Arrays(image=images, label=labels)
    return Data("drawn", Spec({"image": Image((4, 4, 1))}, {"label": Label(names)}), part, part, part)


def batches_of(data, batch_size, epoch=0, seed=3, **settings):
    feed = ClassBalanced(**settings).open(data, batch_size=batch_size, seed=seed)
    feed.begin_epoch(epoch)
    return feed, [(np.round(x.numpy() * 255).astype(int), y.numpy()) for x, y in feed.dataset]


def test_rows_of_a_class_stand_together_and_are_different_examples():
    feed, batches = batches_of(data_of([8] * 18), 20, examples_per_class=5)
    assert (feed.batch_size, feed.steps, len(batches)) == (20, 7, 7)
    for images, labels in batches:
        assert labels.shape == (4, 5)
        assert (labels == labels[:, :1]).all()
        assert len(set(labels[:, 0])) == 4, "no class twice"
        np.testing.assert_array_equal(images[:, 0, 0, 0].reshape(4, 5), 10 + labels)
        assert all(len(set(examples)) == 5 for examples in images[:, 0, 1, 0].reshape(4, 5))


def test_classes_take_turns():
    _, batches = batches_of(data_of([40] * 18), 24, examples_per_class=4)  # 30 batches of 6 classes
    order = np.concatenate([labels[:, 0] for _, labels in batches])
    assert all(set(part) == set(range(18)) for part in order.reshape(-1, 18))
    _, batches = batches_of(data_of([40] * 18), 20, examples_per_class=4)  # 5 of 18: rounds end within a batch
    counts = np.bincount(np.concatenate([labels[:, 0] for _, labels in batches]), minlength=18)
    assert counts.max() - counts.min() <= 1


def test_classes_of_a_group_come_together():
    _, batches = batches_of(data_of([40] * 18), 24, examples_per_class=4)
    assert all(len({label // 6 for label in labels[:, 0]}) == 1 for _, labels in batches)
    names = tuple(name.replace("/", " ") for name in NAMES)
    _, batches = batches_of(data_of([40] * 18, names), 24, examples_per_class=4)
    assert np.mean([len({label // 6 for label in labels[:, 0]}) for _, labels in batches]) > 2


def test_turned_pictures_are_of_other_classes():
    _, batches = batches_of(data_of([8] * 18), 48, examples_per_class=4, turns=True)
    seen = set()
    for images, labels in batches:
        for image, label in zip(images[..., 0], labels.ravel(), strict=True):
            turn, own = divmod(label, 18)
            assert np.rot90(image, -turn)[0, 0] == 10 + own, "turned anticlockwise by so many quarters"
            seen.add(turn)
    assert seen == {0, 1, 2, 3}


def test_the_epoch_and_the_seed_decide():
    data = data_of([8] * 18)

    def shown(**how):
        return np.stack([images for images, _ in batches_of(data, 24, augment="characters", **how)[1]])

    np.testing.assert_array_equal(shown(epoch=2), shown(epoch=2))
    assert (shown(epoch=2) != shown(epoch=3)).any()
    assert (shown(epoch=2) != shown(epoch=2, seed=4)).any()


def test_the_first_batch_is_as_shown():
    feed, batches = batches_of(data_of([8] * 18), 24, examples_per_class=4)
    raw, (seen, labels) = feed.first_batch()
    np.testing.assert_array_equal(raw["image"], np.round(seen * 255))
    np.testing.assert_array_equal(raw["label"], labels)
    np.testing.assert_array_equal(np.round(seen * 255), batches[0][0])
    feed, _ = batches_of(data_of([8] * 18), 24, examples_per_class=4, turns=True)
    raw, (_, labels) = feed.first_batch()
    np.testing.assert_array_equal(raw["label"], labels, "a turned picture is shown by the name of its class")


def test_small_classes():
    """Of a class with fewer examples some come twice; one with a single example is left out."""
    data = data_of([3, 1, 8, *[0] * 15])
    feed, batches = batches_of(data, 100, examples_per_class=5)
    assert feed.layout == (2, 5), "no more classes than there are"
    for images, labels in batches:
        assert set(labels[:, 0]) == {0, 2}
        assert set(images[images[:, 0, 0, 0] == 10][:, 0, 1, 0]) <= {0, 1, 2}


def test_what_cannot_be_learned_from_is_refused():
    with pytest.raises(ZooError, match="18 classes, only 0 with two examples"):
        ClassBalanced().open(data_of([1] * 18), batch_size=8, seed=0)
    with pytest.raises(ZooError, match="has 1 class, only 1 with two examples"):
        ClassBalanced().open(data_of([8, *[0] * 17]), batch_size=8, seed=0)
    with pytest.raises(ZooError, match="batches of 7 with 4 examples of a class have fewer than 2 classes"):
        ClassBalanced().open(data_of([8] * 18), batch_size=7, seed=0)
    with pytest.raises(ZooError, match="at least 2, not 1"):
        ClassBalanced(examples_per_class=1)
    part = Arrays(image=np.zeros((4, 4, 4, 1), "uint8"))
    unlabelled = Data("pictures", Spec({"image": Image((4, 4, 1))}), part, part, part)
    with pytest.raises(ZooError, match="pictures has no labels"):
        ClassBalanced().open(unlabelled, batch_size=8, seed=0)
