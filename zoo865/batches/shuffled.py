"""All training examples once per epoch, reshuffled each time, optionally augmented."""

from dataclasses import dataclass

import numpy as np

from zoo865.batches.feed import Batches, Feed, dataset_of, tensor_specs
from zoo865.data.statistics import class_counts
from zoo865.errors import ZooError
from zoo865.registry import batches


@batches
@dataclass(frozen=True)
class Shuffled(Batches):
    """Examples in random order.

    Args:
        augment: the policy by which images are changed at random (zoo865/batches/augment.py), or "sounds"
            (zoo865/batches/augment_sounds.py).
        label: whether labels, or what else the targets are, go with the examples.
        mix: "mixup" (Zhang et al. 2018) lays a second image over each, "cutmix" (Yun et al. 2019) puts a piece of one
            in; labels become shares of the classes. "none" mixes nothing.
        balance: whether all classes count alike, however many examples each has (see `LogitAdjusted`).
        unchanged: fraction of the images that are not augmented, like the images at inference.

    Example:
        >>> mixed = Shuffled(augment="digits", mix="mixup").open(run.data, batch_size=4, seed=0)
        >>> x, y = next(iter(mixed.dataset))
        >>> y.shape, np.round(y.numpy().sum(-1), 4).tolist()  # shares of classes
        (TensorShape([4, 10]), [1.0, 1.0, 1.0, 1.0])
    """

    augment: str = "none"
    label: bool = True
    mix: str = "none"
    balance: bool = False
    unchanged: float = 0.0

    def open(self, data, *, batch_size: int, seed: int, model=None, steps_together: int = 1) -> "ShuffledFeed":
        """Opens the training examples: batches of what `zoo865.preprocessing.prepare` makes of them, images augmented,
        and targets: (batch,) int64 labels, or shares of the classes, (batch, classes) float32, where images are mixed;
        of several targets name -> tensor. An incomplete last batch is left out; other examples every epoch.
        """
        return ShuffledFeed(data, min(batch_size, len(data.train)), seed, self)


class ShuffledFeed(Feed):
    """See `zoo865.batches.feed.Feed`."""

    def __init__(self, data, batch_size: int, seed: int, how: Shuffled):
        self.split, self.spec, self.seed = data.train, data.spec, seed
        self.batch_size = self.examples_per_step = batch_size
        self.steps = len(self.split) // batch_size
        self.targets = self.spec.targets if how.label else {}
        if how.balance:
            self.class_shares = self._shares()
        targets = tensor_specs(self.targets, batch_size)
        self.dataset = dataset_of(self, self.spec, self._raw_batches, targets, self._as_seen(how))

    def first_batch(self):
        """The first batch, raw and as the model sees it."""
        _, seen = super().first_batch()
        return next(self._raw_batches())[0], seen

    def _as_seen(self, how: Shuffled):
        """(raw examples, targets, seed) -> what `fit` is given, in TensorFlow's graph."""
        import tensorflow as tf

        from zoo865.batches.augment import augmenting, mixing
        from zoo865.preprocessing import prepare

        changed, mixed = augmenting(how.augment, self.spec), mixing(how.mix, self.spec)

        def as_seen(raw, targets, batch_seed):
            plain = prepare(self.spec, raw)
            seen = changed(plain, batch_seed)
            if how.unchanged:
                stays = tf.random.stateless_uniform((self.batch_size,), batch_seed) < how.unchanged

                def either(own, new):
                    return tf.where(tf.reshape(stays, (-1, *[1] * (own.shape.rank - 1))), own, new)

                seen = tf.nest.map_structure(either, plain, seen)
            if not targets:
                return (seen,)
            if mixed:
                seen, targets = mixed(seen, targets, batch_seed)
            return (seen, targets if len(targets) > 1 else next(iter(targets.values())))

        return as_seen

    def _shares(self) -> list[float]:
        """(classes,) of the examples."""
        if not self.spec.class_names or not self.targets:
            raise ZooError("balancing classes needs labels, but the data have none", "--set batches.balance=false")
        counts = class_counts(self.split, len(self.spec.class_names))
        return (np.maximum(counts, 1) / counts.sum()).tolist()

    def _raw_batches(self):
        epoch = self.epoch
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.split))
        for step in range(self.steps):
            examples = self.split.take(order[step * self.batch_size : (step + 1) * self.batch_size])
            groups = (
                {name: feature.stack(examples[name]) for name, feature in features.items()}
                for features in (self.spec.inputs, self.targets)
            )
            yield *groups, np.array([self.seed, epoch * self.steps + step])
