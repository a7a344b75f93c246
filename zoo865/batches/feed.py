"""The two halves of every way of feeding: plain data in the recipe, and what it becomes when it is opened."""

import weakref
from typing import Protocol


class Feed(Protocol):
    """Opened batches: one finite data set that `fit` goes through again in every epoch.

    Attributes:
        dataset: a tf.data.Dataset of known cardinality, of (x,), (x, y) or (x, y, weight).
        steps: batches in an epoch.
        batch_size: examples in a batch; a small set may have fewer than the recipe asks for.
        examples_per_step: what a training step counts as in examples per second: its batch, or an agent's steps.
        failed: what went wrong while batches were made, or None (see `keeping_errors`).
    """

    dataset: object
    steps: int
    batch_size: int
    examples_per_step: int
    failed: Exception | None

    def begin_epoch(self, epoch: int) -> None:
        """Called before an epoch's first batch: all order and randomness follow from the seed and `epoch`."""
        ...

    def told(self) -> dict[str, float]:
        """What the epoch's logs shall hold of it, when it has ended; {} where there is nothing to tell."""
        ...

    def state(self) -> dict:
        """Arrays that a checkpoint must hold; {} unless the feed remembers more than the epoch (a replay does)."""
        ...

    def restore(self, state: dict) -> None:
        """Takes back what `state` gave."""
        ...


class Batches(Protocol):
    """A recipe's way of feeding: a frozen dataclass."""

    def open(self, data, *, batch_size: int, seed: int, model, steps_together: int) -> Feed:
        """Opens the training examples of `data` for one run, in which so many steps go together in one execution."""
        ...


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
