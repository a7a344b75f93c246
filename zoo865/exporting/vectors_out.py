"""A trained system's word vectors, to a file and for other systems."""

from pathlib import Path

import numpy as np

from zoo865.data.tokenizer import words_of
from zoo865.data.vector_files import dimensions_of, vector_file_to_write, write_vectors
from zoo865.data.word_stream import text_input
from zoo865.errors import ZooError
from zoo865.exporting.predictor import Predictor
from zoo865.files import file_to_write
from zoo865.preprocessing.word_vectors import GLOVE, GLOVE_DIMENSIONS
from zoo865.registry import list_systems
from zoo865.tasks.word_vectors import WordVectors


def find_vectors(source: str) -> tuple[str, int]:
    """Where word vectors are that a network may begin with, and how many dimensions they have; see
    `zoo865.preprocessing.word_vectors.matrix_of`.

    Args:
        source: "glove" for GloVe's published ones; a file; else as for `Predictor`.

    Raises:
        ZooError: there are none.
    """
    if source == GLOVE:
        return source, GLOVE_DIMENSIONS
    if Path(source).is_file():
        return source, dimensions_of(source)
    predictor = _with_vectors(source)
    ((name, feature),) = predictor.spec.inputs.items()
    return str(predictor.path.resolve()), predictor.run("vectors", **{name: feature.blank(1)})["vector"].shape[1]


def write_word_vectors(source, out, *, count: int | None = None, task=None) -> dict:
    """Writes the vectors of a system's words, as its export has them, the most frequent word first.

    Args:
        source: as for `Predictor`.
        out: NAME.txt, NAME.vec or NAME.bin; see `zoo865.data.vector_files.write_vectors`.
        count: how many words; None writes all.
        task: as for `Predictor`.

    Returns:
        {"export", "model", "out", "words": how many were written, "dimensions"}.

    Raises:
        ZooError: `out` cannot be written, the system has no word vectors, or no words are asked for.
    """
    out = file_to_write(vector_file_to_write(out))
    if count is not None and count < 1:
        raise ZooError(f"the number of words must be at least 1, not {count}")
    predictor = _with_vectors(source, task)
    name, text = text_input(predictor.spec)
    # The few words that the tokenizer would split, "harbour's" out of "harbour's's", cannot be asked about.
    words = [word for word in text.vocabulary if words_of(word) == [word]][:count]
    vectors = predictor.run("vectors", **{name: np.array(words, object)})["vector"]
    write_vectors(out, words, vectors)
    about = {"export": str(predictor.path), "model": predictor.origin, "out": str(out)}
    return {**about, "words": len(words), "dimensions": vectors.shape[1]}


def _with_vectors(source, task=None) -> Predictor:
    predictor = Predictor(source, task=task)
    if not isinstance(predictor.task, WordVectors):
        having = [system.name for system in list_systems() if system.task == WordVectors.__name__]
        raise ZooError(f"{predictor.details['name']} has no word vectors", f"those that have: {', '.join(having)}")
    return predictor
