"""Batches of two views of each picture: the layout, what a view shows, by seed and epoch alone, no label."""

import numpy as np
import pytest

from zoo865.batches.augment import policy_of, seeded
from zoo865.batches.views import Views
from zoo865.data.features import Image, Text
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.errors import ZooError

pytestmark = pytest.mark.fast
SHAPE = (12, 12, 1)


class Unlabelled(Arrays):
    """Pictures that nobody may ask for labels."""

    @property
    def labels(self):
        raise AssertionError("labels were read")


def data_of(images):
    part = Unlabelled(image=images)
    return Data("pictures", Spec({"image": Image(SHAPE)}), part, part, part)


@pytest.fixture(scope="module")
def plain():
    """23 pictures, each all of one shade of grey, which is its number."""
    return data_of(np.broadcast_to(np.arange(100, 123, dtype="uint8")[:, None, None, None], (23, *SHAPE)).copy())


@pytest.fixture(scope="module")
def noise():
    return data_of(np.random.default_rng(0).integers(0, 256, (23, *SHAPE), "uint8"))


def batches_of(data, batch_size=10, epoch=0, seed=3, **settings):
    feed = Views(**settings).open(data, batch_size=batch_size, seed=seed)
    feed.begin_epoch(epoch)
    return feed, [(x.numpy(), y.numpy()) for x, y in feed.dataset]


def test_consecutive_rows_show_the_same_picture(plain):
    """The middle of a picture turned, shifted and zoomed is as grey as before; its edges come from outside."""
    feed, batches = batches_of(plain, augment="digits")
    assert (feed.batch_size, feed.steps, len(batches)) == (10, 4, 4)
    seen = []
    for views, pictures in batches:
        assert views.shape == (10, *SHAPE)
        assert pictures.shape == (5, 2)
        np.testing.assert_array_equal(pictures[:, 0], pictures[:, 1])
        middles = 255 * views[:, 5:7, 5:7, 0].reshape(5, 2, 4)
        np.testing.assert_allclose(middles, np.broadcast_to(100 + pictures[:, :, None], (5, 2, 4)), atol=0.1)
        assert (views[::2] != views[1::2]).any((1, 2, 3)).all(), "two views of a picture differ"
        seen += pictures[:, 0].tolist()
    assert len(set(seen)) == 20, "no picture twice an epoch"


def test_views_are_what_the_policy_makes_of_pictures(noise):
    feed, batches = batches_of(noise, epoch=2)
    changed = seeded(policy_of("views").layers(1))
    for step, (views, pictures) in enumerate(batches):
        images = noise.train.arrays["image"][pictures.ravel()] / np.float32(255)
        by_hand = changed(images, np.array([3, 2 * feed.steps + step]))
        np.testing.assert_allclose(views, np.asarray(by_hand), atol=1e-5)


def test_the_epoch_and_the_seed_decide(noise):
    def shown(**how):
        return np.stack([views for views, _ in batches_of(noise, **how)[1]])

    np.testing.assert_array_equal(shown(epoch=2), shown(epoch=2))
    assert (shown(epoch=2) != shown(epoch=3)).any()
    assert (shown(epoch=2) != shown(epoch=2, seed=4)).any()


def test_the_first_batch_is_as_shown(noise):
    feed, batches = batches_of(noise, augment="none")
    raw, (seen, pictures) = feed.first_batch()
    np.testing.assert_array_equal(raw["image"], np.round(255 * seen).astype("uint8"))
    np.testing.assert_array_equal(raw["image"], noise.train.arrays["image"][pictures])
    np.testing.assert_array_equal(seen, batches[0][0])


def test_few_pictures(noise):
    feed, _ = batches_of(noise, batch_size=1000)
    assert (feed.batch_size, feed.steps) == (46, 1)
    with pytest.raises(ZooError, match="batches of 3 views of pictures have fewer than 2 pictures"):
        batches_of(noise, batch_size=3)
    part = Arrays(text=["one", "two"])
    texts = Data("texts", Spec({"text": Text(5, ("one", "two"))}), part, part, part)
    with pytest.raises(ZooError, match="needs images"):
        batches_of(texts)
