"""The two halves of a way of feeding: settings in the recipe, and the data set that they open."""

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras

from zoo865.data.features import Feature
from zoo865.data.spec import Data, Spec
from zoo865.errors import ZooError

if TYPE_CHECKING:
    import tensorflow as tf


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

    Example:
        >>> from zoo865.batches.shuffled import Shuffled
        >>> feed = Shuffled().open(run.data, batch_size=100, seed=0)
        >>> feed.steps, feed.batch_size
        (10, 100)
    """

    dataset: "tf.data.Dataset"
    steps = 0
    batch_size = 0
    examples_per_step = 0
    class_shares: Sequence[float] | None = None
    epoch = 0
    failed: Exception | None = None

    def begin_epoch(self, epoch: int) -> None:
        """Called before an epoch's first batch: all order and randomness follow from the seed and `epoch`.

        Args:
            epoch: its number, from 0.

        Example:
            >>> from zoo865.batches.shuffled import Shuffled
            >>> feed = Shuffled().open(run.data, batch_size=100, seed=0)
            >>> feed.begin_epoch(3)
            >>> feed.epoch
            3
        """
        self.epoch = epoch

    def logs(self) -> dict[str, float]:
        """Numbers of its own for the epoch's logs.

        Returns:
            Name -> number.

        Example:
            >>> Feed().logs()
            {}
        """
        return {}

    def state(self) -> dict:
        """Arrays that a checkpoint must hold, where the feed remembers more than the epoch (a replay does).

        Returns:
            Name -> array.

        Example:
            >>> Feed().state()
            {}
        """
        return {}

    def restore(self, state: dict) -> None:
        """Restores what `state` returned.

        Args:
            state: name -> array.

        Example:
            >>> Feed().restore({})
        """

    def first_batch(self) -> tuple[dict, tuple]:
        """The first training batch of the first epoch, for people.

        Returns:
            The raw examples, name -> (batch, ...) array, {} where there are none that belong to it row by row; and the
            batch as the model sees it: (x,), (x, y) or (x, y, weight), in NumPy.

        Example:
            >>> from zoo865.batches.shuffled import Shuffled
            >>> raw, (x, y) = Shuffled().open(run.data, batch_size=100, seed=0).first_batch()
            >>> raw["image"].dtype, x.shape, y.shape
            (dtype('uint8'), (100, 28, 28, 1), (100,))
        """
        self.begin_epoch(0)
        return {}, keras.tree.map_structure(lambda tensor: tensor.numpy(), next(iter(self.dataset)))


class Batches:
    """A recipe's way of feeding. Subclasses are frozen dataclasses, marked with `zoo865.registry.batches`.

    What batches need of the model they ask of `model.for_batches()`, the one hook there is: an object whose attributes
    the way of feeding documents. A model that is fed examples alone needs none.

    Example:
        >>> from zoo865.batches.shuffled import Shuffled
        >>> isinstance(Shuffled(), Batches)
        True
    """

    def open(self, data: Data, *, batch_size: int, seed: int, model: Any, steps_together: int = 1) -> Feed:
        """Opens the training examples of `data` for one run.

        Args:
            data: a `zoo865.data.spec.Data`.
            batch_size: examples in a batch.
            seed: from which, with the number of the epoch, all that is random follows.
            model: which is trained, for its `for_batches`.
            steps_together: training steps per execution: that many batches are drawn before any is learned from.

        Returns:
            The opened batches.

        Example:
            >>> from zoo865.batches.shuffled import Shuffled
            >>> x, y = next(iter(Shuffled().open(run.data, batch_size=4, seed=0).dataset))
            >>> x.shape, y.dtype.name
            (TensorShape([4, 28, 28, 1]), 'int64')
        """
        raise NotImplementedError

    def axis(self, epochs: Sequence[int], steps_together: int) -> tuple[str, list[int]]:
        """What curves are drawn over: its name, and where on it each of these epochs ends; by default epochs.

        Args:
            epochs: how many have passed, in rising order.
            steps_together: as in `open`.

        Returns:
            A name, and as many numbers as epochs.

        Example:
            >>> Batches().axis([1, 2], steps_together=16)
            ('epoch', [1, 2])
        """
        return "epoch", list(epochs)


def dataset_of(
    feed: Feed, spec: Spec, batches: Callable[[], Iterator], targets: Any, as_seen: Callable
) -> "tf.data.Dataset":
    """The data set of a feed that brings examples from raw to what a model sees, several batches at a time.

    Args:
        feed: whose `batch_size` and `steps` are set.
        spec: of the data.
        batches: a method of the feed that yields the batches of its epoch: raw examples, name -> (batch, ...) array;
            targets; a seed, (2,) integers.
        targets: the `tf.TensorSpec` of these targets, or several in a dict.
        as_seen: (raw examples, targets, seed) -> what `fit` is given, in TensorFlow's graph.
    """
    import tensorflow as tf

    signature = tensor_specs(spec.inputs, feed.batch_size), targets, tf.TensorSpec((2,), tf.int64)
    raw = tf.data.Dataset.from_generator(keeping_errors(feed, batches), output_signature=signature)
    as_seen = tf.autograph.experimental.do_not_convert(as_seen)  # there is nothing to convert, and it takes seconds
    seen = raw.map(as_seen, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return seen.apply(tf.data.experimental.assert_cardinality(feed.steps)).prefetch(tf.data.AUTOTUNE)


def tensor_specs(features: Mapping[str, Feature], count: int) -> "dict[str, tf.TensorSpec]":
    """What TensorFlow must know of so many raw examples of some features, by their names."""
    import tensorflow as tf

    return {name: tf.TensorSpec((count, *feature.shape), feature.dtype) for name, feature in features.items()}


def keeping_errors(feed: Feed, generator):
    """A generator function that keeps on `feed.failed` what it raises.

    TensorFlow tells of an error in `from_generator` as one of its own, in which ours is a line among a hundred; with
    what is kept here the loop raises ours. And it never lets go of a generator function: this one does not hold the
    feed, nor its data.
    """
    kept, made_by = weakref.ref(feed), weakref.WeakMethod(generator)

    def generate():
        feed, batches = kept(), made_by()
        if feed is None or batches is None:
            raise ZooError("the feed of this data set is gone", "hold it in a variable while its dataset is read")
        feed.failed = None
        try:
            yield from batches()
        except Exception as error:
            feed.failed = error
            raise

    return generate
