"""Batches of two views of each picture, for learning without labels which belong together."""

from dataclasses import dataclass

import numpy as np

from zoo865.batches.feed import Batches, Feed, dataset_of
from zoo865.errors import ZooError
from zoo865.registry import batches

VIEWS = 2  # of each picture


@batches
@dataclass(frozen=True)
class Views(Batches):
    """Pictures in random order, each changed at random twice: half as many pictures as the recipe's batch size. Labels
    are never read.

    Args:
        augment: the policy by which pictures are changed (zoo865/batches/augment.py).

    Example:
        >>> x, y = next(iter(Views().open(run.data, batch_size=20, seed=0).dataset))
        >>> x.shape, y.shape, bool((y[:, 0] == y[:, 1]).numpy().all())
        (TensorShape([20, 28, 28, 1]), TensorShape([10, 2]), True)
    """

    augment: str = "views"

    def open(self, data, *, batch_size: int, seed: int, model=None, steps_together: int = 1) -> "ViewsFeed":
        """Opens the training examples: batches of what `zoo865.preprocessing.prepare` makes of them, changed,
        (pictures * 2, ...), the views of a picture in consecutive rows; and of the pictures' numbers, (pictures, 2)
        int64, whose shape tells losses the layout of the rows, as in `zoo865.batches.class_balanced`. An incomplete
        last batch is left out; other pictures every epoch.

        Raises:
            ZooError: fewer than two pictures in a batch, or no pictures.
        """
        return ViewsFeed(self, data, batch_size, seed)


class ViewsFeed(Feed):
    """See `zoo865.batches.feed.Feed`."""

    def __init__(self, how: Views, data, batch_size: int, seed: int):
        import tensorflow as tf

        from zoo865.batches.augment import augmenting
        from zoo865.preprocessing import prepare

        self.split, self.spec, self.seed = data.train, data.spec, seed
        self.pictures = min(batch_size // VIEWS, len(self.split))
        if self.pictures < 2:
            wrong = f"batches of {batch_size} views of {data.name} have fewer than 2 pictures"
            raise ZooError(wrong, "views are told from those of other pictures: raise batch_size, or give more data")
        self.batch_size = self.examples_per_step = VIEWS * self.pictures
        self.steps = len(self.split) // self.pictures
        changed = augmenting(how.augment, self.spec)

        def as_seen(raw, pictures, seed):
            return changed(prepare(self.spec, raw), seed), pictures

        signature = tf.TensorSpec((self.pictures, VIEWS), tf.int64)
        self.dataset = dataset_of(self, self.spec, self._batches, signature, as_seen)

    def first_batch(self):
        """The first batch, raw and as the model sees it; the pictures' numbers one a row."""
        _, (seen, pictures) = super().first_batch()
        return self.split.take(pictures.ravel()), (seen, pictures.ravel())

    def _batches(self):
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.split))
        for step in range(self.steps):
            pictures = order[step * self.pictures : (step + 1) * self.pictures, None].repeat(VIEWS, axis=1)
            examples = self.split.take(pictures.ravel())
            raw = {name: feature.stack(examples[name]) for name, feature in self.spec.inputs.items()}
            yield raw, pictures, np.array([self.seed, self.epoch * self.steps + step])
