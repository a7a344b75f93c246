"""All words of a split one after another as numbers, on disk: texts of any size, in bounded memory."""

import tempfile
from collections.abc import Sequence

import numpy as np

from zoo865.data.features import Text
from zoo865.data.features.text import numbers_by_word
from zoo865.data.spec import Spec, Split
from zoo865.data.statistics import in_chunks
from zoo865.data.tokenizer import words_of
from zoo865.errors import ZooError

PADDING = 0  # the number of no word


def text_input(spec: Spec) -> tuple[str, Text]:
    """The name of the one input of texts, and its feature.

    Raises:
        ZooError: the examples are no texts.
    """
    texts = [(name, feature) for name, feature in spec.inputs.items() if isinstance(feature, Text)]
    if len(texts) != 1:
        held = ", ".join(f"{name} ({feature.kind})" for name, feature in spec.inputs.items())
        raise ZooError(f"texts are needed, but the data have {held}", "give a text file or a folder of them: --data")
    return texts[0]


def word_stream(split: Split, spec: Spec, *, gap: int) -> np.ndarray:
    """The numbers of a split's words in order; words that the vocabulary does not hold are left out.

    Args:
        split: of texts.
        spec: with their vocabulary.
        gap: how many zeros stand before, between and after texts, so that no window reaches from one to another.

    Returns:
        (words and zeros,) uint16, or int32 for large vocabularies; in a temporary file, mapped into memory, which goes
        with the array.
    """
    name, text = text_input(spec)
    dtype = np.dtype("uint16" if text.vocabulary_size < 2**16 else "int32")
    numbers = numbers_by_word(text.vocabulary)
    blank = np.full(gap, PADDING, dtype)
    with tempfile.TemporaryFile() as file:
        file.write(blank.tobytes())
        for examples in in_chunks(split):
            for one in examples[name]:
                known = [number for word in words_of(one) if (number := numbers.get(word))]
                file.write(np.array(known, dtype).tobytes() + blank.tobytes())
        file.flush()
        return np.memmap(file, dtype, "r")


def word_counts(stream: np.ndarray, vocabulary_size: int, block: int = 1 << 22) -> np.ndarray:
    """(vocabulary_size,) int64: how often each number stands in a stream; padding counts as never."""
    counts = np.zeros(vocabulary_size, "int64")
    for start in range(0, len(stream), block):
        counts += np.bincount(stream[start : start + block], minlength=vocabulary_size)
    counts[PADDING] = 0
    return counts


def noise_shares(counts: np.ndarray, power: float) -> np.ndarray:
    """(words,) how likely each word is drawn as noise: in proportion to its count raised to a power."""
    raised = np.where(counts > 0, counts, 0).astype("float64") ** power * (counts > 0)
    return raised / raised.sum()


def drawn(shares: np.ndarray, shape: Sequence[int], random: np.random.Generator) -> np.ndarray:
    """Random words of these shares, int32 numbers of any shape."""
    reached = np.cumsum(shares)
    places = np.searchsorted(reached, random.random(tuple(shape)) * reached[-1], side="right")
    return places.astype("int32")
