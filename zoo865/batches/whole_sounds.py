"""Sounds of about the same length together, as levels; long ones in pieces that begin with what is heard before."""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np

from zoo865.batches.by_length import order_by_length
from zoo865.batches.feed import Batches, Feed, keeping_errors
from zoo865.data.spec import Spec, Split
from zoo865.data.statistics import in_chunks
from zoo865.errors import ZooError
from zoo865.preprocessing.mu_law import mu_law_levels
from zoo865.registry import batches

PADDING = -1  # the level behind the end of a sound


@batches
@dataclass(frozen=True)
class WholeSounds(Batches):
    """All training sounds once an epoch, but for those of an incomplete batch, in random order; each batch of sounds
    of similar length, as `zoo865.batches.by_length.ByLength` has texts.

    Of the model it wants `for_batches()`, with `frame`, of which lengths are multiples, and `context`, how many samples
    before its first one a piece begins with.

    Args:
        jitter: the standard deviation by which the logarithm of each length is shifted before they are sorted.
        longest: samples, at least twice the context; of longer sounds every piece of so many is an example.

    Raises:
        ZooError: a jitter below 0, or pieces of less than a sample.

    Example:
        >>> WholeSounds().longest
        16384
    """

    jitter: float = 0.02
    longest: int = 1 << 14

    def __post_init__(self):
        if not self.jitter >= 0:
            raise ZooError(f"batches.jitter must be at least 0, not {self.jitter}")
        if self.longest < 1:
            raise ZooError(f"batches.longest must be at least 1, not {self.longest}")

    def open(self, data, *, batch_size: int, seed: int, model, steps_together: int = 1) -> "WholeSoundsFeed":
        """Opens the training sounds: batches as `as_pieces` has them."""
        return WholeSoundsFeed(self, data, batch_size, seed, model.for_batches())


class WholeSoundsFeed(Feed):
    """See `zoo865.batches.feed.Feed`."""

    def __init__(self, how: WholeSounds, data, batch_size: int, seed: int, wanted):
        import tensorflow as tf

        self.how, self.seed, self.spec, self.split, self.wanted = how, seed, data.spec, data.train, wanted
        self.levels, self.labels = levels_and_labels(data.train, data.spec)
        longest = max(how.longest // wanted.frame * wanted.frame, 2 * wanted.context)
        self.pieces = pieces_of([len(one) for one in self.levels], longest, wanted.context)
        self.lengths = self.pieces[:, 2] - self.pieces[:, 1]
        self.batch_size = self.examples_per_step = min(batch_size, len(self.pieces))
        self.steps = len(self.pieces) // self.batch_size
        signature = {"levels": tf.TensorSpec((self.batch_size, None), tf.int32)}
        signature |= {name: tf.TensorSpec((self.batch_size,), tf.int32) for name in ("first", "length", *self.labels)}
        every = tf.data.Dataset.from_generator(keeping_errors(self, self._batches), output_signature=(signature,))
        self.dataset = every.apply(tf.data.experimental.assert_cardinality(self.steps)).prefetch(tf.data.AUTOTUNE)

    def first_batch(self):
        """The first batch as the model sees it, with the sounds that it is of."""
        _, seen = super().first_batch()
        return self.split.take(self.pieces[self._order()[0], 0]), seen

    def _order(self) -> np.ndarray:
        random = np.random.default_rng([self.seed, self.epoch])
        return order_by_length(self.lengths, self.batch_size, self.how.jitter, random)

    def _batches(self):
        for places in self._order():
            yield (as_pieces(self.levels, self.labels, self.pieces[places], self.wanted.frame),)


def levels_and_labels(split: Split, spec: Spec) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """The levels of each sound of a split, (samples,) uint8, and the number of its class by every label."""
    name = next(name for name, feature in spec.inputs.items() if feature is spec.sound)
    levels: list[np.ndarray] = []
    labels: dict[str, list] = {label: [] for label in spec.labels}
    for examples in in_chunks(split):
        levels += [mu_law_levels(sound).astype("uint8") for sound in examples[name]]
        for label, found in labels.items():
            found.append(examples[label])
    return levels, {label: np.concatenate(found).astype("int32") for label, found in labels.items()}


def pieces_of(lengths: list[int], longest: int, context: int) -> np.ndarray:
    """Which pieces sounds consist of: (pieces, 3) int, the sound's number, where the piece begins and ends in it; from
    the second on it begins with the last samples of the one before, by which a model knows that it is no beginning.

    Raises:
        ValueError: the second piece would begin where the sound does.

    Example:
        >>> pieces_of([3, 10], longest=4, context=2).tolist()
        [[0, 0, 3], [1, 0, 4], [1, 2, 8], [1, 6, 10]]
    """
    if longest <= context:
        raise ValueError(f"pieces of {longest} samples are no longer than their context of {context}")
    found = [
        (number, max(0, start - context), min(start + longest, length))
        for number, length in enumerate(lengths)
        for start in range(0, length, longest)
    ]
    return np.array(found)


def as_pieces(
    levels: list[np.ndarray], labels: Mapping[str, np.ndarray], pieces: np.ndarray, frame: int
) -> dict[str, np.ndarray]:
    """Pieces as a model is fed them, with the numbers of their sounds' classes.

    Args:
        levels: of each sound.
        labels: name -> (sounds,) int32.
        pieces: (batch, 3), see `pieces_of`.
        frame: of which the length is a multiple, see `_padded`.

    Returns:
        "levels" (batch, samples) int32, padded with -1 at the end; "first" (batch,) int32, the place in its sound at
        which each begins, "length" (batch,) int32, of the whole sound; and (batch,) int32 by the name of each label.
    """
    numbers, starts, ends = pieces.T
    batch = np.full((len(pieces), _padded(int((ends - starts).max()), frame)), PADDING, "int32")
    for row, (number, start, end) in zip(batch, pieces, strict=True):
        row[: end - start] = levels[number][start:end]
    lengths = np.array([len(levels[number]) for number in numbers], "int32")
    of_class = {label: found[numbers] for label, found in labels.items()}
    return {"levels": batch, "first": starts.astype("int32"), "length": lengths, **of_class}


def _padded(longest: int, frame: int) -> int:
    """The length of a batch in whole frames; on JAX, which compiles a step for each length, one of few lengths, at most
    an eighth above.
    """
    frames = -(-longest // frame)
    together = 1 << max(0, frames.bit_length() - 4) if keras.backend.backend() == "jax" else 1
    return -(-frames // together) * together * frame
