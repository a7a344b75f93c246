"""Language models: which word comes next."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.data.features.text import UNKNOWN_WORDS
from zoo865.data.spec import Arrays
from zoo865.data.statistics import spread, spread_over
from zoo865.data.word_pieces import word_pieces
from zoo865.data.word_stream import PADDING, text_input
from zoo865.errors import ZooError
from zoo865.inference import compiled
from zoo865.preprocessing import prepared
from zoo865.registry import task
from zoo865.tasks.examples import serving
from zoo865.tasks.task import Part, Reference, ReportSection, Signature, Task

PIECE, PIECES = 64, 1_024  # words of a held-out piece, and how many are measured: the softmax is over all words
TEXTS, TOGETHER = 512, 16  # held-out texts that pieces are of, and pieces that the model is asked about at once


@task
@dataclass(frozen=True)
class LanguageModel(Task):
    """Models have `read_onward`: numbers of words, (batch, words) int32, padded with 0 at the end -> (batch, steps,
    dimensions) float32, what is known after 2, 4, 6, ... of them; and `next_words`: that, (..., dimensions) -> (...,
    vocabulary_size) float32, the log-probabilities of the word that follows.

    Args:
        nearest: how many of the most probable words an export answers with.

    Raises:
        ZooError: no word is asked for.

    Example:
        >>> LanguageModel().monitor
        ('val_perplexity', 'min')
    """

    nearest: int = 10

    monitor: ClassVar = ("val_perplexity", "min")
    unit: ClassVar = "texts"
    usage: ClassVar = "predict RUN 'I have never seen such a'"
    headline: ClassVar = ("perplexity",)
    explained: ClassVar = {
        "perplexity": "Among how many equally likely words a held-out one would be as hard to guess; lower is better.",
    }

    def __post_init__(self):
        if self.nearest < 1:
            raise ZooError(f"nearest must be at least 1, not {self.nearest}")

    def model_args(self, spec) -> dict:
        """{"vocabulary": the words}."""
        return {"vocabulary": text_input(spec)[1].vocabulary}

    def measure(self, model, data, split: str) -> dict[str, float]:
        """perplexity: of every second word, from the third on, of pieces of 64 words; of at most 1,024 pieces, always
        the same.
        """
        pieces, nats = _pieces(data, split), []
        for start in range(0, len(pieces), TOGETHER):
            some = pieces[start : start + TOGETHER]
            states = compiled(model.read_onward)(some)[:, : PIECE // 2 - 1]
            answers = np.array(compiled(model.next_words)(states))
            expected = _expected(some)
            chosen = np.take_along_axis(answers, expected[..., None], axis=2)[..., 0]
            nats.append(-chosen[expected != PADDING])
        return {"perplexity": float(np.exp(np.concatenate(nats).mean()))}

    def references(self, run) -> list[Reference]:
        """What who knows nothing but the frequency of words would reach."""
        size = text_input(run.spec)[1].vocabulary_size
        counts = np.bincount(word_pieces(run.data.train, run.spec, PIECE).ravel(), minlength=size) + 1.0
        counts[PADDING] = 0
        expected = _expected(_pieces(run.data, "test"))
        nats = np.log(counts.sum()) - np.log(counts[expected[expected != PADDING]])
        return [Reference("frequencies of words alone", {"perplexity": float(np.exp(nats.mean()))})]

    def report_sections(self, run) -> Iterator[ReportSection | Part]:
        """What it writes; a training batch."""
        from zoo865.tasks.language_model_report import what_it_writes

        yield Part("What it writes", lambda: [what_it_writes(run)])
        yield from super().report_sections(run)

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`serve`: beginnings of texts, (batch,) strings -> `word` (batch, nearest) strings, the most probable next
        words, and their `probability` in float32. `serve_tokens`: the same of numbers of words, (batch, words) int32,
        padded with 0 at the end.
        """
        name, text = text_input(spec)
        whole = dataclasses.replace(spec, inputs={name: dataclasses.replace(text, length=None)})
        tokens = {name: prepared(whole, examples)}
        return {
            "serve": serving(whole, examples, lambda seen: _spelled(self._likely(model, seen), text.vocabulary)),
            "serve_tokens": Signature(lambda seen: self._likely(model, seen), {name: ((None, None), "int32")}, tokens),
        }

    def _likely(self, model, words):
        """{"token": the most probable next words, (batch, nearest) int32, "probability"}."""
        from keras import ops

        shares = ops.exp(model.next_words(after(model, words)))
        # What is no word of the vocabulary cannot be said.
        shares = ops.where(ops.arange(shares.shape[-1]) < UNKNOWN_WORDS, 0.0, shares)
        probability, token = ops.top_k(shares, min(self.nearest, shares.shape[-1] - UNKNOWN_WORDS))
        return {"token": ops.cast(token, "int32"), "probability": probability}

    def decode(self, outputs, spec) -> list[dict]:
        """{"next": the words, "probability": {word: ...}}."""
        found = []
        for words, shares in zip(outputs["word"], outputs["probability"], strict=True):
            words = [word.decode() if isinstance(word, bytes) else str(word) for word in words]
            probability = dict(zip(words, map(float, shares), strict=True))
            found.append({"next": ", ".join(words), "probability": probability})
        return found


def after(model, words):
    """What is known after texts, however many words they have.

    Args:
        model: a language model.
        words: (batch, words) int32, padded with 0 at the end.

    Returns:
        (batch, dimensions) float32.
    """
    from keras import ops

    count = ops.sum(ops.cast(ops.not_equal(words, PADDING), words.dtype), axis=1)
    blank = ops.zeros_like(count)[:, None]  # of texts without words, too
    # Texts of an odd number of words begin a place later, so that a step ends with the last one.
    later, at_once = ops.concatenate([blank, words], axis=1), ops.concatenate([words, blank], axis=1)
    states = model.read_onward(ops.where((count % 2 == 1)[:, None], later, at_once))
    last = ops.maximum((count + 1) // 2 - 1, 0)
    return ops.take_along_axis(states, last[:, None, None], axis=1)[:, 0]


def _spelled(answers: dict, vocabulary) -> dict:
    from zoo865.preprocessing.text import spelled

    return {"word": spelled(answers["token"], vocabulary), "probability": answers["probability"]}


def _pieces(data, split: str) -> np.ndarray:
    """(pieces, words) of some texts of a split, always the same; full ones, where there are any."""
    pieces = word_pieces(Arrays(**spread(data.split(split), TEXTS)), data.spec, PIECE).astype("int32")
    full = pieces[pieces[:, -1] != PADDING]
    pieces = full if len(full) else pieces
    return pieces[spread_over(len(pieces), PIECES)]


def _expected(pieces: np.ndarray) -> np.ndarray:
    """The words that are predicted: every second one, from the third on."""
    return pieces[:, 2::2]
