"""Pairs of words that stand near each other in running text, with how often they do."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zoo865.batches.feed import Batches, Feed, keeping_errors
from zoo865.data.cooccurrence import cooccurrence
from zoo865.data.word_stream import text_input, word_stream
from zoo865.errors import ZooError
from zoo865.registry import batches

TOGETHER = 16  # batches that TensorFlow is handed at once


@batches
@dataclass(frozen=True)
class CoOccurrences(Batches):
    """Every pair of a word and one of its contexts once an epoch, shuffled, with their co-occurrence count.

    The text is read and counted once, before the first epoch. Each pair takes 20 bytes of memory, and 50 while they are
    counted.

    Args:
        window: how far apart the words of a pair may stand; at a distance d they count as 1 / d.

    Raises:
        ZooError: no window.

    Example:
        >>> CoOccurrences().window
        10
    """

    window: int = 10

    def __post_init__(self):
        if self.window < 1:
            raise ZooError(f"batches.window must be at least 1, not {self.window}")

    def open(self, data, *, batch_size: int, seed: int, model=None, steps_together: int = 1) -> "CoOccurrencesFeed":
        """Opens the training texts: batches of {"word": (batch,) int32 number of a word, "context": (batch,) int32 of
        one near it, "count": (batch,) float32}.

        Raises:
            ZooError: there are no texts, or no two known words stand near each other.
        """
        return CoOccurrencesFeed(self, data, batch_size, seed)


class CoOccurrencesFeed(Feed):
    """See `zoo865.batches.feed.Feed`."""

    def __init__(self, how: CoOccurrences, data, batch_size: int, seed: int):
        import tensorflow as tf

        self.seed = seed
        stream = word_stream(data.train, data.spec, gap=how.window)
        counts = cooccurrence(stream, text_input(data.spec)[1].vocabulary_size, window=how.window).tocoo()
        if not counts.nnz:
            wrong = f"{data.name} has no two known words within {how.window} of each other"
            raise ZooError(wrong, "give more text, or know rarer words: --set data_args.min_count=1")
        self.pairs = {
            **{"word": counts.row.astype("int32", copy=False), "context": counts.col.astype("int32", copy=False)},
            "count": counts.data.astype("float32"),
        }
        self.batch_size = min(batch_size, counts.nnz)
        self.steps = counts.nnz // self.batch_size
        # Told is how fast text is learned from, as of other ways to feed it: an epoch goes through all of its words.
        self.examples_per_step = max(1, int(np.count_nonzero(stream)) // self.steps)
        signature = {name: tf.TensorSpec((None, self.batch_size), array.dtype) for name, array in self.pairs.items()}
        several = tf.data.Dataset.from_generator(keeping_errors(self, self._several), output_signature=signature)
        batches = several.unbatch().map(lambda x: (x,))
        self.dataset = batches.apply(tf.data.experimental.assert_cardinality(self.steps)).prefetch(tf.data.AUTOTUNE)

    def _several(self) -> Iterator[dict[str, np.ndarray]]:
        """Several batches at once, so that handing them over costs little."""
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.pairs["count"]))
        order = order[: self.steps * self.batch_size].reshape(self.steps, self.batch_size)
        for start in range(0, self.steps, TOGETHER):
            places = order[start : start + TOGETHER]
            yield {name: array[places] for name, array in self.pairs.items()}
