"""What the report of a language model shows: what it writes."""

import numpy as np

from zoo865.data.features.text import UNKNOWN, UNKNOWN_WORDS, numbers_by_word
from zoo865.data.tokenizer import words_of
from zoo865.data.word_stream import text_input
from zoo865.inference import compiled
from zoo865.tasks.language_model import after
from zoo865.tasks.task import ReportSection

TEXTS, GIVEN, WRITTEN = 8, 12, 24  # texts of the table, words that are given of each, and words that are written
SHARPER = 0.7  # a temperature: the probable words are drawn more often than the model says


def what_it_writes(run) -> ReportSection:
    """Beginnings of test texts, and how the model goes on: each word is drawn by its probability."""
    name, text = text_input(run.spec)
    vocabulary, numbers = ("", "", *text.vocabulary), numbers_by_word(text.vocabulary)
    examples = run.data.test.take(np.arange(min(TEXTS, len(run.data.test))))
    given = [words_of(one)[:GIVEN] for one in examples[name]]
    seen = np.zeros((len(given), GIVEN + WRITTEN), "int32")
    for row, words in zip(seen, given, strict=True):
        row[: len(words)] = [numbers.get(word, UNKNOWN) for word in words]
    lengths = (seen > 0).sum(1)
    random, written = np.random.default_rng(865), [[] for _ in given]
    following = compiled(_following(run.model))
    for _ in range(WRITTEN):
        logits = np.array(following(seen))[:, UNKNOWN_WORDS:] / SHARPER
        drawn = (logits + random.gumbel(size=logits.shape)).argmax(1) + UNKNOWN_WORDS
        seen[np.arange(len(seen)), lengths] = drawn
        lengths += 1
        for words, number in zip(written, drawn, strict=True):
            words.append(vocabulary[number])
    caption = f"Beginnings of test texts, and {WRITTEN} words drawn one after another by their probability, sharpened"
    caption += f" by a temperature of {SHARPER}."
    table = {"beginning": [" ".join(words) for words in given], "written": [" ".join(words) for words in written]}
    return ReportSection("what_it_writes", "What it writes", caption, table=table)


def _following(model):
    return lambda words: model.next_words(after(model, words))
