import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

import zoo865
from zoo865.batches.augment import affine
from zoo865.batches.shuffled import Shuffled
from zoo865.data.spec import Arrays, Data, Spec


@pytest.fixture(scope="module")
def numbered():
    """103 images that carry their number."""
    images = np.broadcast_to(np.arange(103, dtype="uint8")[:, None, None, None], (103, 8, 8, 1)).copy()
    split = Arrays(image=images, label=np.arange(103) % 10)
    return Data("numbered", Spec({"image": ((8, 8, 1), "uint8")}, tuple("0123456789")), split, split, split)


def epoch_of(feed, epoch):
    feed.begin_epoch(epoch)
    return [tuple(np.asarray(part) for part in batch) for batch in feed.dataset]


def test_every_example_at_most_once_an_epoch_in_a_new_order(numbered):
    feed = Shuffled().open(numbered, batch_size=10, seed=3)
    assert feed.steps == int(feed.dataset.cardinality()) == 10
    first, second = (np.concatenate([images for images, _ in epoch_of(feed, epoch)]) for epoch in (0, 1))
    for images in (first, second):
        assert images.shape == (100, 8, 8, 1)
        assert len(np.unique(np.round(images[:, 0, 0, 0] * 255))) == 100
    assert not np.array_equal(first, second)
    for images, labels in epoch_of(feed, 0):
        np.testing.assert_array_equal(np.round(images[:, 0, 0, 0] * 255) % 10, labels)


def test_an_epoch_follows_from_seed_and_number_alone(numbered):
    """Also out of order and in another process's feed: what exact resume rests on."""
    shuffled = Shuffled(augment="digits")
    feed, other = (shuffled.open(numbered, batch_size=16, seed=5) for _ in range(2))
    sixth = epoch_of(feed, 6)
    epoch_of(other, 2)
    for (images, labels), (same_images, same_labels) in zip(sixth, epoch_of(other, 6), strict=True):
        np.testing.assert_array_equal(images, same_images)
        np.testing.assert_array_equal(labels, same_labels)
    another_seed = epoch_of(shuffled.open(numbered, batch_size=16, seed=6), 6)
    assert not np.array_equal(sixth[0][1], another_seed[0][1])


def test_images_alone(numbered):
    batches = epoch_of(Shuffled(label=False).open(numbered, batch_size=200, seed=0), 0)
    assert [len(batch) for batch in batches] == [1]
    assert batches[0][0].shape == (103, 8, 8, 1)


def test_unknown_augmentation(numbered):
    with pytest.raises(zoo865.ZooError, match="did you mean digits"):
        Shuffled(augment="digit").open(numbered, batch_size=8, seed=0)


def test_affine_equals_scipy():
    """One resampling by the matrix zoom x rotation x shear about the centre, then the shift."""
    images = np.random.default_rng(0).random((6, 12, 15, 2)).astype("float32")
    bounds = {"rotation": 30, "shift": 0.1, "zoom": 0.2, "shear": 15}
    seed = tf.constant([4, 2])
    result = affine(tf.constant(images), seed, **bounds).numpy()
    turn, slant, zoom_y, zoom_x, shift_x, shift_y = tf.random.stateless_uniform((6, 6), seed, -1.0, 1.0).numpy()
    for i in range(6):
        angle, shear = np.radians(30 * turn[i]), np.tan(np.radians(15 * slant[i]))
        # SciPy's axes: rows (y) first
        zoom = np.diag([1 / (1 + 0.2 * zoom_y[i]), 1 / (1 + 0.2 * zoom_x[i])])
        rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        matrix = zoom @ rotation @ np.array([[1, 0], [shear, 1]])
        centre = np.array([5.5, 7.0])
        offset = centre - matrix @ centre + [0.1 * 12 * shift_y[i], 0.1 * 15 * shift_x[i]]
        for channel in range(2):
            image = np.pad(images[i, ..., channel], 3)  # SciPy's constant mode does not blend with what is outside
            moved = scipy.ndimage.affine_transform(image, matrix, offset + 3 - matrix @ [3, 3], order=1)[3:-3, 3:-3]
            np.testing.assert_allclose(result[i, ..., channel], moved, atol=1e-4)


def test_affine_without_bounds_changes_nothing():
    images = np.random.default_rng(0).random((3, 9, 9, 1)).astype("float32")
    np.testing.assert_allclose(affine(tf.constant(images), tf.constant([1, 2])), images, atol=1e-6)
