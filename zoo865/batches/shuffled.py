"""All training examples once an epoch, in a new order each time, optionally augmented."""

from dataclasses import dataclass

import numpy as np

from zoo865.batches.feed import keeping_errors
from zoo865.data.spec import class_counts, class_weights


@dataclass(frozen=True)
class Shuffled:
    """Images in random order.

    Args:
        augment: the policy by which images are changed at random (zoo865/batches/augment.py).
        label: whether labels go with the images.
        mix: "mixup" (Zhang et al. 2018) lays a second image over each, "cutmix" (Yun et al. 2019) puts a piece of one
            in; labels become shares of the classes. "none" mixes nothing.
        balance: whether all classes count alike, however many examples each has: an example's weight in the loss is
            in inverse proportion to the number of its class.
    """

    augment: str = "none"
    label: bool = True
    mix: str = "none"
    balance: bool = False

    def open(self, data, *, batch_size: int, seed: int, model=None, steps_together: int = 1) -> "ShuffledFeed":
        """Opens the training examples: batches of images, (batch, height, width, channels) float32 in [0, 1], and
        labels, (batch,) int64, or shares of the classes, (batch, classes) float32, where images are mixed. An
        incomplete last batch is left out; other examples every epoch. Where classes are balanced weights go with them,
        (batch,) float32, 1 on average.
        """
        return ShuffledFeed(data, min(batch_size, len(data.train)), seed, self)


class ShuffledFeed:
    """See `zoo865.batches.feed.Feed`."""

    def __init__(self, data, batch_size: int, seed: int, how: Shuffled):
        import tensorflow as tf

        from zoo865.batches.augment import mixing, policy_of, seeded

        self.split, self.batch_size, self.examples_per_step, self.seed = data.train, batch_size, batch_size, seed
        self.epoch, self.steps = 0, len(self.split) // batch_size
        shape, classes = self.split.take(np.arange(1))["image"].shape[1:], len(data.spec.class_names)
        changed, mixed = seeded(policy_of(how.augment).layers(shape[-1])), mixing(how.mix)
        weights = tf.constant(class_weights(class_counts(self.split, classes)) if how.balance else [], tf.float32)

        def as_seen(image, label, batch_seed):
            image, weight = changed(tf.cast(image, tf.float32) / 255.0, batch_seed), ()
            if how.balance:
                weight = (tf.gather(weights, label),)
            if mixed:
                image, label = mixed(image, tf.one_hot(label, classes), batch_seed)
            return (image, label, *weight) if how.label else (image,)

        signature = (
            tf.TensorSpec((batch_size, *shape), tf.uint8),
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
