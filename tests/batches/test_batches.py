import gc

import numpy as np
import pytest

from zoo865.batches.feed import Feed, keeping_errors
from zoo865.batches.shuffled import Shuffled
from zoo865.data.features import Image, Label
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.errors import ZooError

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def numbered():
    """103 images that carry their number."""
    images = np.broadcast_to(np.arange(103, dtype="uint8")[:, None, None, None], (103, 8, 8, 1)).copy()
    split = Arrays(image=images, label=np.arange(103) % 10)
    return Data(
        "numbered", Spec({"image": Image((8, 8, 1))}, {"label": Label(tuple("0123456789"))}), split, split, split
    )


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


def test_a_feed_that_is_gone_makes_no_batches():
    class Counting(Feed):
        def numbers(self):
            yield from range(3)

    feed = Counting()
    numbers = keeping_errors(feed, feed.numbers)
    assert list(numbers()) == [0, 1, 2]
    del feed
    gc.collect()
    with pytest.raises(ZooError, match="the feed of this data set is gone"):
        list(numbers())


def test_images_alone(numbered):
    batches = epoch_of(Shuffled(label=False).open(numbered, batch_size=200, seed=0), 0)
    assert [len(batch) for batch in batches] == [1]
    assert batches[0][0].shape == (103, 8, 8, 1)
