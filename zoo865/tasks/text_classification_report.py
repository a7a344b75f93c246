"""What the report shows of a classifier of texts: accuracy by length, the words that move its answers, word vectors."""

import collections
import dataclasses
import functools
from collections.abc import Callable, Iterator

import numpy as np

from zoo865.data.features.text import UNKNOWN_WORDS
from zoo865.data.statistics import in_chunks, spread_over
from zoo865.data.tokenizer import words_of
from zoo865.data.word_places import line_breaks
from zoo865.data.word_stream import text_input
from zoo865.errors import ZooError
from zoo865.metrics.intervals import interval
from zoo865.preprocessing import prepared
from zoo865.tasks.task import Part, ReportSection

BINS, IN_A_BIN = 6, 20  # of lengths at most, and texts in each at least
TEXTS, TIMES = 256, 3  # texts whose words are asked about, and how often a word must stand in them
OF_ALL_CLASSES, OF_A_CLASS = 30, 3  # words of a table, about, and those of each class at least
OF_A_TEXT = 5  # words of a mistake
MULTIPLE = 64  # words: texts are cut to multiples of it, so that few shapes are compiled


@dataclasses.dataclass(frozen=True)
class WordsOfTexts:
    """What stands in texts.

    Args:
        lengths: (texts,) words of each.
        counts: word -> how often it stands in them, beginning with the most frequent.
    """

    lengths: np.ndarray
    counts: dict[str, int]


def parts(run, answers: Callable) -> Iterator[Part]:
    """Accuracy by length, words with the largest parts, word vectors.

    Args:
        run: a `zoo865.Run`.
        answers: gives (texts,) labels and (texts, classes) probabilities of the test texts.
    """
    test = functools.cache(lambda: _words_of(run))
    yield Part("Accuracy by length", lambda: [_by_length(run, answers(), test().lengths)])
    yield Part("Words that moved answers most", lambda: [_moving_words(run, answers()[1])])
    yield Part("Word vectors", lambda: [_word_vectors(run, test())])


def with_moving_words(run, section: ReportSection, places: np.ndarray, answers: np.ndarray) -> ReportSection:
    """A section whose table has a row for each of some test texts, with the words that moved its answer most.

    Args:
        run: a `zoo865.Run`.
        section: with the table.
        places: (rows,) which test texts they are.
        answers: (rows,) the classes that they are taken for.
    """
    name, _ = text_input(run.spec)
    texts, cells = list(run.data.test.take(places)[name]), []
    try:
        for text, (_, found) in zip(texts, _parts_of(run, texts, answers), strict=True):
            sums = collections.Counter()
            for word, part in zip(words_of(text), found, strict=False):
                sums[word] += part
            most = sorted(sums, key=lambda word: -abs(sums[word]))[:OF_A_TEXT]
            cells.append(", ".join(f"{word}\N{NO-BREAK SPACE}{_signed(sums[word])}" for word in most))
    except ZooError:  # a network without one table of word vectors
        return section
    caption = f"{section.caption} Beside each the words with the largest parts in the logit of the prediction."
    table = {**(section.table or {}), name: [line_breaks(text) for text in texts], "largest parts": cells}
    return dataclasses.replace(section, caption=caption, table=table)


def _words_of(run) -> WordsOfTexts:
    name, _ = text_input(run.spec)
    lengths, counts = [], collections.Counter()
    for examples in in_chunks(run.data.test):
        for text in examples[name]:
            words = words_of(text)
            lengths.append(len(words))
            counts.update(words)
    return WordsOfTexts(np.array(lengths), dict(counts.most_common()))


def _by_length(run, answers, lengths) -> ReportSection:
    from zoo865.visualize.charts import shares

    labels, probabilities = answers
    bins = max(1, min(BINS, len(lengths) // IN_A_BIN))
    begin = np.unique(np.quantile(lengths, np.arange(bins) / bins, method="higher"))
    bin_of, right = np.searchsorted(begin, lengths, side="right") - 1, probabilities.argmax(-1) == labels
    names, means, intervals = [], [], []
    for place in range(len(begin)):
        inside = bin_of == place
        first, last = lengths[inside].min(), lengths[inside].max()
        names.append(f"{first:,}" if first == last else f"{first:,} to {last:,}")
        means.append(right[inside].mean())
        intervals.append(interval(means[-1], inside.sum()))
    most = text_input(run.spec)[1].length
    cut = (lengths > most).sum()
    longer = f"{cut:,} of {len(lengths):,} ({cut / len(lengths):.1%}) are longer" if cut else "none is longer"
    caption = (
        "Accuracy on test texts of so many words, from short to long, with 95 % bootstrap intervals. The model reads "
        f"the first {most:,} words; {longer}."
    )
    return ReportSection("accuracy_by_length", "Accuracy by length", caption, shares(names, means, intervals, "words"))


def _moving_words(run, probabilities) -> ReportSection:
    name, text = text_input(run.spec)
    places = spread_over(len(probabilities), TEXTS)
    texts, labels = run.data.test.take(places)[name], probabilities[places].argmax(-1)
    sums, counts = np.zeros((2, len(run.spec.class_names), text.vocabulary_size))
    for (tokens, found), label in zip(_parts_of(run, texts, labels), labels, strict=True):
        np.add.at(sums[label], tokens, found)
        np.add.at(counts[label], tokens, 1)
    table: dict[str, list] = {"predicted class": [], "word": [], "mean part": [], "times": []}
    for label, class_name in enumerate(run.spec.class_names):
        often = np.flatnonzero(counts[label, UNKNOWN_WORDS:] >= TIMES) + UNKNOWN_WORDS
        means = sums[label, often] / counts[label, often]
        order = np.argsort(-means, kind="stable")[: max(OF_A_CLASS, OF_ALL_CLASSES // len(sums))]
        for place in order[means[order] > 0]:
            table["predicted class"].append(class_name)
            table["word"].append(text.vocabulary[often[place] - UNKNOWN_WORDS])
            table["mean part"].append(_signed(means[place]))
            table["times"].append(f"{counts[label, often[place]]:,.0f}")
    caption = (
        f"Integrated gradients of {len(texts):,} test texts: the mean part of a word in the logit of the predicted "
        f"class, where it stands at least {TIMES} times in texts that are taken for it."
    )
    return ReportSection("moving_words", "Words that moved answers most", caption, table=table)


def _word_vectors(run, test: WordsOfTexts) -> ReportSection:
    from keras import ops

    from zoo865.visualize.layers import layers_of
    from zoo865.visualize.words_attribution import embedding_of

    vocabulary = text_input(run.spec)[1].vocabulary
    vectors = ops.convert_to_numpy(layers_of(run.model)[embedding_of(run.model)].embeddings)
    there = {word for word, row in zip(vocabulary, vectors[UNKNOWN_WORDS:], strict=True) if row.any()}
    known, total = set(vocabulary), sum(test.counts.values())
    of_test = [sum(count for word, count in test.counts.items() if word in some) for some in (known, there)]
    share = lambda count, whole: f"{count:,} ({count / max(1, whole):.1%})"  # noqa: E731
    table = {
        "words of": ["the vocabulary", "the test texts"],
        "in all": [f"{len(vocabulary):,}", f"{total:,}"],
        "in the vocabulary": [share(len(vocabulary), len(vocabulary)), share(of_test[0], total)],
        "with a vector": [share(len(there), len(vocabulary)), share(of_test[1], total)],
    }
    without = [word for word in test.counts if word not in there][:12]
    caption = "Words without a vector, and those that the vocabulary lacks, are vectors of zero to the model."
    if without:
        caption += f" The most frequent ones of the test texts: {', '.join(without)}."
    return ReportSection("word_vectors", "Word vectors", caption, table=table)


def _parts_of(run, texts, labels) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The numbers of each text's words, and their parts in the logit of its class."""
    from zoo865.visualize.words_attribution import integrated_gradients_of_words

    for tokens, label in zip(_tokens_of(run, texts), labels, strict=True):
        yield tokens[0], integrated_gradients_of_words(run.model, tokens, label, steps=16, error=None)[0]


def _tokens_of(run, texts) -> Iterator[np.ndarray]:
    """(1, words) of each text, with little padding."""
    name, _ = text_input(run.spec)
    for tokens in prepared(run.spec, {name: np.array(texts, object)}):
        length = max(1, int(np.count_nonzero(tokens)))
        yield tokens[None, : -(-length // MULTIPLE) * MULTIPLE]


def _signed(part: float) -> str:
    return f"{part:+.2f}".replace("-", "\N{MINUS SIGN}")
