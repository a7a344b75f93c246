"""The two halves of every way of feeding: plain data in the recipe, and what it becomes when it is opened."""

import weakref
from collections.abc import Sequence

import keras


class Feed:
    """Opened batches: one finite data set that `fit` goes through again in every epoch. Subclasses set the attributes.

    Attributes:
        dataset: a tf.data.Dataset of known cardinality, of (x,), (x, y) or (x, y, weight).
        steps: batches in an epoch.
        batch_size: examples in a batch; a small set may have fewer than the recipe asks for.
        examples_per_step: what a training step counts as in examples per second: its batch, or an agent's steps.
        class_shares: None, or of which share of the examples each class is, where all classes shall count alike.
        epoch: the epoch that the next pass over the data set shows.
        failed: what went wrong while batches were made, or None (see `keeping_errors`).
    """

    dataset = None
    steps = 0
    batch_size = 0
    examples_per_step = 0
    class_shares: Sequence[float] | None = None
    epoch = 0
    failed: Exception | None = None

    def begin_epoch(self, epoch: int) -> None:
        """Called before an epoch's first batch: all order and randomness follow from the seed and `epoch`."""
        self.epoch = epoch

    def logs(self) -> dict[str, float]:
        """What the epoch's logs shall hold of it, when it has ended."""
        return {}

    def state(self) -> dict:
        """Arrays that a checkpoint must hold, where the feed remembers more than the epoch (a replay does)."""
        return {}

    def restore(self, state: dict) -> None:
        """Takes back what `state` gave."""

    def first_batch(self) -> tuple[dict, tuple]:
        """The first training batch of the first epoch, for people.

        Returns:
            The raw examples, name -> (batch, ...) array, {} where there are none that belong to it row by row; and the
            batch as the model sees it: (x,), (x, y) or (x, y, weight), in NumPy.
        """
        self.begin_epoch(0)
        return {}, keras.tree.map_structure(lambda tensor: tensor.numpy(), next(iter(self.dataset)))


class Batches:
    """A recipe's way of feeding. Subclasses are frozen dataclasses, marked with `zoo865.registry.batches`.

    What batches need of the model they ask of `model.for_batches()`, the one hook there is: an object whose attributes
    the way of feeding documents. A model that is fed examples alone needs none.
    """

    def open(self, data, *, batch_size: int, seed: int, model=None, steps_together: int = 1) -> Feed:
        """Opens the training examples of `data` for one run.

        Args:
            data: a `zoo865.data.spec.Data`.
            batch_size: examples in a batch.
            seed: from which, with the number of the epoch, all that is random follows.
            model: which is trained, for its `for_batches`.
            steps_together: training steps in one execution: so many batches are asked for before any is learned from.
        """
        raise NotImplementedError

    def axis(self, epochs: Sequence[int], steps_together: int) -> tuple[str, list]:
        """What curves are drawn over: its name, and where on it each of these epochs ends; by default epochs."""
        return "epoch", list(epochs)


def keeping_errors(feed: Feed, generator):
    """A generator function that keeps on `feed.failed` what it raises.

    TensorFlow tells of an error in `from_generator` as one of its own, in which ours is a line among a hundred; with
    what is kept here the loop raises ours. And it never lets go of a generator function: this one does not hold the
    feed, nor its data.
    """
    feed, generator = weakref.ref(feed), weakref.WeakMethod(generator)

    def generate():
        feed().failed = None
        try:
            yield from generator()()
        except Exception as error:
            feed().failed = error
            raise

    return generate
