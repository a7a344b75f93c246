"""Vectors of words: words that are used alike lie close together."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from zoo865.data.features.text import numbers_by_word
from zoo865.data.tokenizer import words_of
from zoo865.data.word_stream import text_input, word_stream
from zoo865.errors import ZooError, counted, nearest
from zoo865.metrics.word_similarity import (
    analogy_accuracy,
    known_pairs,
    known_questions,
    neighbour_accuracy,
    similarity_correlation,
)
from zoo865.registry import task
from zoo865.tasks.task import Part, Reference, Signature, Task

WINDOW = 5  # within which words of held-out text are near


@task
@dataclass(frozen=True)
class WordVectors(Task):
    """Models have `vectors`, a float32 array of (vocabulary_size, dimensions) in NumPy; called with numbers of words,
    they give these words'.

    Args:
        nearest: how many of the nearest words an export answers with.
        similarities: files of word pairs that people have judged, as WordSim-353; on test the correlation with each is
            measured (see `zoo865.metrics.word_similarity`).
        analogies: a file of questions, as Google's, whose accuracy is measured on test; "" for none.

    Raises:
        ZooError: no nearest word is asked for.

    Example:
        >>> WordVectors(nearest=5).monitor
        ('val_neighbour_accuracy', 'max')
    """

    nearest: int = 10
    similarities: tuple[str, ...] = ()
    analogies: str = ""

    monitor: ClassVar = ("val_neighbour_accuracy", "max")
    unit: ClassVar = "words"
    usage: ClassVar = "predict RUN WORD"
    headline: ClassVar = ("neighbour_accuracy",)
    explained: ClassVar = {
        "neighbour_accuracy": "How often a word of held-out text lies closer to a word near it than to a random one.",
        "analogies": "The share of right answers to questions such as man : king = woman : ?",
    }

    def __post_init__(self):
        if self.nearest < 1:
            raise ZooError(f"nearest must be at least 1, not {self.nearest}")

    def model_args(self, spec) -> dict:
        """{"vocabulary_size": ...}."""
        return {"vocabulary_size": text_input(spec)[1].vocabulary_size}

    def measure(self, model, data, split: str) -> dict[str, float]:
        """neighbour_accuracy; on test also the correlation with each file of similarities, by the file's name, and the
        accuracy of analogies.
        """
        stream = word_stream(data.split(split), data.spec, gap=WINDOW)
        measures = {"neighbour_accuracy": neighbour_accuracy(model.vectors, stream, window=WINDOW)}
        if split == "test":
            numbers = numbers_of(data.spec)
            for path in self.similarities:
                measures[Path(path).stem], _ = similarity_correlation(model.vectors, numbers, path)
            if self.analogies:
                measures["analogies"], _ = analogy_accuracy(model.vectors, numbers, self.analogies)
        return measures

    def protocol(self, model, data) -> str:
        """How many pairs and questions of each file are of known words.

        Raises:
            ZooError: a file cannot be read, or has none: before training, not after it.
        """
        numbers = numbers_of(data.spec)
        said = [
            f"{Path(path).stem}: {counted(len(known_pairs(numbers, path)[2]), 'pair')} of known words."
            for path in self.similarities
        ]
        if self.analogies:
            said.append(
                f"analogies: {counted(len(known_questions(numbers, self.analogies)), 'question')} of known words."
            )
        return " ".join(said)

    def references(self, run) -> list[Reference]:
        """Random vectors."""
        return [Reference("random vectors", {"neighbour_accuracy": 0.5}, drawn=True)]

    def report_sections(self, run) -> Iterator[Part]:
        """See zoo865/tasks/word_vectors_report.py."""
        from zoo865.tasks.word_vectors_report import sections

        return sections(run)

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`serve`: words or sums of words, as "king - man + woman", (batch,) strings -> `word` (batch, nearest)
        strings, the nearest ones but those asked for, and their `similarity`, cosines in float32.
        `vectors`: texts, (batch,) strings -> `vector` (batch, dimensions) float32, the mean of their known words'.
        """
        from keras import Variable

        from zoo865.preprocessing.word_sums import mean_vector, nearest_words

        name, text = text_input(spec)
        table = Variable(model.vectors, trainable=False, name="vectors")  # as a constant, each function would hold it
        some = np.array(text.vocabulary[:4], object)
        functions = {
            "serve": lambda texts: nearest_words(texts, table, text.vocabulary, self.nearest),
            "vectors": lambda texts: {"vector": mean_vector(texts, table, text.vocabulary)},
        }
        given = {name: ((None,), "string")}
        return {key: Signature(function, given, {name: some}) for key, function in functions.items()}

    def preprocess(self, given: Any, spec) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
        """Words, or a sum of words.

        Raises:
            ZooError: a word is not known; those spelled alike are offered.
        """
        inputs, notes = super().preprocess(given, spec)
        ((name, text),) = inputs.items()
        known = numbers_of(spec)
        words = words_of(str(text))
        if not words:
            raise ZooError("a word is needed, but the text has none", "zoo865 predict RUN king")
        for word in words:
            if word not in known:
                raise ZooError(f"the word {word!r} is not in the vocabulary", nearest(word, known))
        return {name: text}, notes

    def decode(self, outputs, spec) -> list[dict]:
        """{"nearest": the words, "similarity": {word: cosine}}."""
        found = []
        for words, cosines in zip(outputs["word"], outputs["similarity"], strict=True):
            words = [word.decode() if isinstance(word, bytes) else str(word) for word in words]
            similarity = {word: float(cosine) for word, cosine in zip(words, cosines, strict=True) if word}
            found.append({"nearest": ", ".join(similarity), "similarity": similarity})
        return found


def numbers_of(spec) -> dict[str, int]:
    """Word -> its number."""
    return numbers_by_word(text_input(spec)[1].vocabulary)
