"""Texts of about the same length together, so that batches are little padding."""

import math
from dataclasses import dataclass

import numpy as np

from zoo865.batches.feed import Batches, Feed, keeping_errors
from zoo865.data.statistics import in_chunks
from zoo865.data.word_pieces import word_pieces
from zoo865.data.word_stream import text_input
from zoo865.errors import ZooError
from zoo865.preprocessing import prepared
from zoo865.registry import batches

MULTIPLE = 16  # words: lengths of batches are multiples of it, so that few shapes are compiled


@batches
@dataclass(frozen=True)
class ByLength(Batches):
    """All training texts once an epoch, but for those of an incomplete batch, in random order; each batch of texts of
    similar length, cut at its longest.

    Every epoch sorts the texts by length, after shifting the logarithm of each length at random, cuts them into
    batches and shuffles these: the batches of one epoch are not those of the next.

    Args:
        jitter: the standard deviation of the shift: 0.02 lets texts of 100 and of 102 words change places, and
            leaves a tenth of padding; 0.1, a quarter; 0 sorts exactly.
        pieces: for language models: all of every text, in pieces of so many words, without labels; 0: its first words,
            as many as the data say, with its label.

    Raises:
        ZooError: a number below 0.

    Example:
        >>> ByLength().jitter
        0.02
    """

    jitter: float = 0.02
    pieces: int = 0

    def __post_init__(self):
        for name in ("jitter", "pieces"):
            if not 0 <= (value := getattr(self, name)) < math.inf:
                raise ZooError(f"batches.{name} must be at least 0, not {value}")

    def open(self, data, *, batch_size: int, seed: int, model=None, steps_together: int = 1) -> "ByLengthFeed":
        """Opens the training texts: batches of numbers of words, (batch, longest) int32, padded with 0 at the end, and
        labels, (batch,) int64, where it is no pieces that are shown. An incomplete last batch is left out: other texts
        every epoch.
        """
        return ByLengthFeed(self, data, batch_size, seed)


class ByLengthFeed(Feed):
    """See `zoo865.batches.feed.Feed`."""

    def __init__(self, how: ByLength, data, batch_size: int, seed: int):
        import tensorflow as tf

        self.how, self.split, self.seed = how, data.train, seed
        self.name, self.text = text_input(data.spec)
        if how.pieces:
            self.words, self.labels = word_pieces(data.train, data.spec, how.pieces), None
        else:
            chunks = [(prepared(data.spec, examples), examples["label"]) for examples in in_chunks(data.train)]
            self.words, self.labels = (np.concatenate(part) for part in zip(*chunks, strict=True))
        self.lengths = np.maximum(1, (self.words > 0).sum(1))
        self.batch_size = self.examples_per_step = min(batch_size, len(self.words))
        self.steps = len(self.words) // self.batch_size
        signature: tuple = (tf.TensorSpec((self.batch_size, None), tf.int32),)
        if self.labels is not None:
            signature = (*signature, tf.TensorSpec((self.batch_size,), tf.int64))
        every = tf.data.Dataset.from_generator(keeping_errors(self, self._batches), output_signature=signature)
        self.dataset = every.apply(tf.data.experimental.assert_cardinality(self.steps)).prefetch(tf.data.AUTOTUNE)

    def first_batch(self):
        """The first batch, raw and as the model sees it; pieces as the words of their numbers."""
        _, seen = super().first_batch()
        if not self.how.pieces:
            return self.split.take(self._order()[0]), seen
        return {self.name: np.array([self.text.show(words) for words in seen[0]], object)}, seen

    def _order(self) -> np.ndarray:
        """(steps, batch) which texts make up the batches of the epoch."""
        random = np.random.default_rng([self.seed, self.epoch])
        return order_by_length(self.lengths, self.batch_size, self.how.jitter, random)

    def _batches(self):
        for places in self._order():
            longest = self.lengths[places].max()
            words = self.words[places, : -(-longest // MULTIPLE) * MULTIPLE].astype("int32")
            yield (words,) if self.labels is None else (words, self.labels[places])


def order_by_length(lengths: np.ndarray, batch_size: int, jitter: float, random: np.random.Generator) -> np.ndarray:
    """Batches of examples of similar length, in random order; those of an incomplete batch, drawn at random, are left
    out.

    Args:
        lengths: (examples,) from 1 on.
        batch_size: examples in a batch.
        jitter: the standard deviation by which the logarithm of each length is shifted before they are sorted.
        random: from which all that is random comes.

    Returns:
        (batches, batch_size) indices.

    Example:
        >>> order_by_length(np.array([9, 1, 8, 2]), 2, 0.0, np.random.default_rng(0)).tolist()
        [[2, 0], [1, 3]]
    """
    steps = len(lengths) // batch_size
    mixed = random.permutation(len(lengths))[: steps * batch_size]
    shifted = np.log(lengths[mixed]) + random.normal(0, jitter, len(mixed))
    order = mixed[np.argsort(shifted, kind="stable")].reshape(steps, batch_size)
    return random.permutation(order)
