"""All training examples once an epoch, in a new order each time, optionally augmented."""

from dataclasses import dataclass

import numpy as np

from zoo865.batches.feed import keeping_errors
from zoo865.errors import ZooError, nearest


@dataclass(frozen=True)
class Shuffled:
    """Images in random order.

    Args:
        augment: the policy by which images are changed at random (zoo865/batches/augment.py).
        label: whether labels go with the images.
    """

    augment: str = "none"
    label: bool = True

    def open(self, data, *, batch_size: int, seed: int, model=None, steps_together: int = 1) -> "ShuffledFeed":
        """Opens the training examples: batches of images, (batch, height, width, channels) float32 in [0, 1], and
        labels, (batch,) int64. An incomplete last batch is left out; other examples every epoch.
        """
        return ShuffledFeed(data.train, min(batch_size, len(data.train)), seed, self.augment, self.label)


class ShuffledFeed:
    """See `zoo865.batches.feed.Feed`."""

    def __init__(self, split, batch_size: int, seed: int, augment: str, label: bool):
        import tensorflow as tf

        from zoo865.batches.augment import POLICIES

        if augment not in POLICIES:
            raise ZooError(f"unknown augmentation {augment!r}", nearest(augment, POLICIES))
        self.split, self.batch_size, self.examples_per_step, self.seed = split, batch_size, batch_size, seed
        self.epoch, self.steps = 0, len(split) // batch_size
        sample = split.take(np.arange(1))
        policy = POLICIES[augment]

        def as_seen(image, label_, batch_seed):
            image = policy(tf.cast(image, tf.float32) / 255.0, batch_seed)
            return (image, label_) if label else (image,)

        signature = (
            tf.TensorSpec((batch_size, *sample["image"].shape[1:]), tf.uint8),
            tf.TensorSpec((batch_size,), tf.int64),
            tf.TensorSpec((2,), tf.int64),
        )
        self.failed = None
        raw = tf.data.Dataset.from_generator(keeping_errors(self, self._raw_batches), output_signature=signature)
        seen = raw.map(as_seen, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        self.dataset = seen.apply(tf.data.experimental.assert_cardinality(self.steps)).prefetch(tf.data.AUTOTUNE)

    def _raw_batches(self):
        epoch = self.epoch
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.split))
        for step in range(self.steps):
            examples = self.split.take(order[step * self.batch_size : (step + 1) * self.batch_size])
            yield examples["image"], examples["label"], np.array([self.seed, epoch * self.steps + step])

    def begin_epoch(self, epoch: int) -> None:
        """Sets the epoch that the next pass over the data set shows."""
        self.epoch = epoch

    def told(self) -> dict:
        """Nothing."""
        return {}

    def state(self) -> dict:
        """Nothing: the epoch says all."""
        return {}

    def restore(self, state: dict) -> None:
        """Nothing to take back."""
