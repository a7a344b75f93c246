"""Words and the words around them, out of running text: skip-grams with negative sampling."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zoo865.batches.feed import Batches, Feed, keeping_errors
from zoo865.data.word_stream import PADDING, drawn, noise_shares, text_input, word_counts, word_stream
from zoo865.errors import ZooError
from zoo865.registry import batches

BLOCK = 1 << 20  # words that are read, and shuffled, at once
TOGETHER = 16  # batches that TensorFlow is handed at once


@batches
@dataclass(frozen=True)
class SkipGram(Batches):
    """Stretches of running text, in which every word is to be told from noise words by those around it.

    An example is a stretch of neighbouring words, whose pairs of a word and one in its window are learned together
    against the same noise words. Of Mikolov et al. 2013: frequent words are left out at random, and noise words are
    drawn by their counts to the power of 0.75. Pairs weigh as often as a window of random size shows them.

    Args:
        window: how far apart the words of a pair may stand.
        stretch: words of a stretch.
        noise: noise words of a stretch.
        subsample: the share of the text from which on a word is left out at random, more often the more frequent it
            is; 0 leaves none out.
        power: of the counts by which noise words are drawn.
        cap: a word that stands more often in a batch learns from all its places as much as from so many: their steps
            add up, for all were computed with the same vectors.

    Raises:
        ZooError: a number out of its range.

    Example:
        >>> SkipGram(window=5, stretch=32).width
        42
    """

    window: int = 5
    stretch: int = 32
    noise: int = 64
    subsample: float = 1e-4
    power: float = 0.75
    cap: float = 8.0

    def __post_init__(self):
        for name, least in (("window", 1), ("stretch", 1), ("noise", 1), ("subsample", 0), ("power", 0), ("cap", 1)):
            if not least <= (value := getattr(self, name)) < math.inf:
                raise ZooError(f"batches.{name} must be at least {least}, not {value}")

    @property
    def width(self) -> int:
        """Words of a stretch and of the windows that reach beyond it."""
        return self.stretch + 2 * self.window

    def open(self, data, *, batch_size: int, seed: int, model=None, steps_together: int = 1) -> "SkipGramFeed":
        """Opens the training texts: batches of {"words": (batch, width) int32 numbers of words, the first and the last
        `window` of which are only around others; "noise": (batch, noise) int32; "word_scale": (batch, stretch) and
        "context_scale": (batch, width + noise) float32, how much of their gradient words learn from}.

        Raises:
            ZooError: there are no texts, or fewer words than a window.
        """
        return SkipGramFeed(self, data, batch_size, seed)


class SkipGramFeed(Feed):
    """See `zoo865.batches.feed.Feed`."""

    def __init__(self, how: SkipGram, data, batch_size: int, seed: int):
        import tensorflow as tf

        self.how, self.seed = how, seed
        size = text_input(data.spec)[1].vocabulary_size
        self.stream = word_stream(data.train, data.spec, gap=how.window)
        counts = word_counts(self.stream, size)
        if counts.sum() <= how.window:
            wrong = f"{data.name} has {counts.sum()} known words, fewer than a window of {how.window} and one"
            raise ZooError(wrong, "give more text, or know rarer words: --set data_args.min_count=1")
        self.noise_shares = noise_shares(counts, how.power)
        self.kept = _kept(counts, how.subsample)
        gaps = len(self.stream) - counts.sum()
        stretches = int(((self.kept * counts).sum() + gaps) / how.stretch)
        self.batch_size = max(1, min(batch_size, stretches))
        self.steps = max(1, stretches // self.batch_size)
        self.examples_per_step = self.batch_size * how.stretch
        shapes = {"words": how.width, "noise": how.noise}
        scales = {"word_scale": how.stretch, "context_scale": how.width + how.noise}
        signature = {
            name: tf.TensorSpec((None, self.batch_size, width), kind)
            for widths, kind in ((shapes, tf.int32), (scales, tf.float32))
            for name, width in widths.items()
        }
        several = tf.data.Dataset.from_generator(keeping_errors(self, self._several), output_signature=signature)
        batches = several.unbatch().map(lambda x: (x,))
        self.dataset = batches.apply(tf.data.experimental.assert_cardinality(self.steps)).prefetch(tf.data.AUTOTUNE)

    def _several(self) -> Iterator[dict[str, np.ndarray]]:
        """Several batches at once, so that handing them over costs little."""
        random = np.random.default_rng([self.seed, self.epoch])
        stretches, size, left = self._stretches(random), len(self.noise_shares), self.steps
        while left:
            count = min(TOGETHER, left)
            left -= count
            words = np.stack([next(stretches) for _ in range(count * self.batch_size)])
            words = words.reshape(count, self.batch_size, -1).astype("int32")
            noise = drawn(self.noise_shares, (count, self.batch_size, self.how.noise), random)
            contexts = np.concatenate([words, noise], 2)
            middle = words[:, :, self.how.window : -self.how.window]
            yield {
                **{"words": words, "noise": noise},
                "word_scale": _scales(middle, size, self.how.cap),
                "context_scale": _scales(contexts, size, self.how.cap),
            }

    def _stretches(self, random: np.random.Generator) -> Iterator[np.ndarray]:
        """Stretches without end: the epoch ends by itself, and where chance left out more words than usual, it goes on
        with other draws of the same text.
        """
        how, window = self.how, self.how.window
        while True:
            for start in random.permutation(range(0, len(self.stream), BLOCK)):
                block = self.stream[start : start + BLOCK]
                block = block[random.random(len(block), "float32") < self.kept[block]]
                stretches = max(1, math.ceil((len(block) - 2 * window) / how.stretch))
                missing = stretches * how.stretch + 2 * window - len(block)
                block = np.concatenate([block, np.full(missing, PADDING, block.dtype)])
                found = np.lib.stride_tricks.sliding_window_view(block, how.width)[:: how.stretch]
                yield from found[random.permutation(len(found))]


def _kept(counts: np.ndarray, subsample: float) -> np.ndarray:
    """(words,) float32: the share of its places at which each word is kept, as word2vec's program computes it; padding
    always is.
    """
    kept = np.ones(len(counts), "float32")
    if subsample:
        often = counts > 0
        rarity = subsample * counts.sum() / counts[often]
        kept[often] = np.minimum(1, np.sqrt(rarity) + rarity)
    return kept


def _scales(numbers: np.ndarray, size: int, cap: float) -> np.ndarray:
    """(batches, batch, places) float32: of a word that stands more than `cap` times in a batch, `cap` over how often;
    of padding 0.
    """
    scales = np.empty(numbers.shape, "float32")
    for one, scale in zip(numbers, scales, strict=True):
        of_word = cap / np.maximum(np.bincount(one.ravel(), minlength=size), cap)
        of_word[PADDING] = 0
        scale[...] = of_word[one]
    return scales
