"""What the report shows of skip-grams: pairs that are learned from, words that are left out, what products become."""

import re
from collections.abc import Iterator

import numpy as np

from zoo865.data.cooccurrence import cooccurrence
from zoo865.data.features.text import UNKNOWN_WORDS, numbers_by_word
from zoo865.data.tokenizer import words_of
from zoo865.data.word_stream import drawn, text_input
from zoo865.metrics.mutual_information import shifted_pmi
from zoo865.tasks.task import ReportSection
from zoo865.visualize.words import against

ENDS = r"(?<=[.!?؟।])\s|(?<=[。！？])|\n"  # noqa: RUF001 (of sentences, in several scripts)
READ, LENGTH = 200, 12  # texts in which a sentence is looked for, and how many words it is to have
ENOUGH, MOST = 1_000_000, 20_000_000  # words whose pairs are counted: less text is gone through several times
COUNTED, PAIRS = 100, 1000  # pairs that were counted so often are compared; of little text so many, the most frequent
COMPARED, SHOWN = 20_000, 1000  # of these, at most


def pairs_and_sub_sampling(run, feed) -> Iterator[ReportSection]:
    """Pairs of a word in a sentence of the training texts, and the words of it that are left out at random.

    Args:
        run: a `zoo865.Run`.
        feed: of its batches, a `zoo865.batches.skip_gram.SkipGramFeed`.
    """
    text = text_input(run.data.spec)[1]
    numbers = numbers_by_word(text.vocabulary)
    sentence = _sentence(run.data, numbers)
    if len(sentence) < 2:
        return
    yield _pairs(run, feed, sentence, numbers)
    left_out = [word for word in dict.fromkeys(sentence) if feed.kept[numbers[word]] < 1]
    if left_out:
        table = {"word": left_out, "kept": [f"{feed.kept[numbers[word]]:.1%}" for word in left_out]}
        caption = (
            "Frequent words teach little: before windows are laid, each is left out at random, the more often the more "
            "frequent it is. These words of the sentence above are not always kept."
        )
        yield ReportSection("sub_sampling", "Sub-sampling of frequent words", caption, table=table)


def _sentence(data, numbers) -> list[str]:
    """The known words of a sentence from the first training texts."""
    texts = data.train.take(np.arange(min(READ, len(data.train))))[text_input(data.spec)[0]]
    sentences = (part for text in texts for part in re.split(ENDS, str(text)))
    known = ([word for word in words_of(sentence) if word in numbers] for sentence in sentences)
    return min(known, key=lambda words: abs(len(words) - LENGTH), default=[])[: 2 * LENGTH]


def _pairs(run, feed, sentence, numbers) -> ReportSection:
    window, negatives, vocabulary = run.recipe.batches.window, int(run.model.negatives), list(numbers)
    middle = range(len(sentence) // 4, len(sentence) - len(sentence) // 4)
    place = max(middle, key=lambda place: numbers[sentence[place]])  # the rarest word tells most
    near = [other for other in range(len(sentence)) if 0 < abs(other - place) <= window]
    noise = drawn(feed.noise_shares, (negatives,), np.random.default_rng(865)) - UNKNOWN_WORDS
    table = {
        "word": [sentence[place]] * (len(near) + negatives),
        "context": [*(sentence[other] for other in near), *(vocabulary[number] for number in noise)],
        "label": ["1"] * len(near) + ["0"] * negatives,
        "weight": [f"{(window + 1 - abs(other - place)) / window:.1f}" for other in near] + [""] * negatives,
    }
    caption = (
        f"“{' '.join(sentence)}”: pairs of “{sentence[place]}” and a context. Label 1: a neighbour, by its weight: "
        f"how often a window of 1 to {window} words, drawn at random, reaches it. Label 0: noise, drawn from all by "
        f"their counts to the power of {run.recipe.batches.power:g}, {negatives} words for every neighbour; some are "
        "shown. The product of both vectors learns to tell 1 from 0."
    )
    return ReportSection("pairs", "Training pairs", caption, table=table)


def relation_to_pmi(run, feed) -> Iterator[ReportSection]:
    """Products of vectors against the pointwise mutual information of what is drawn in training.

    Args:
        run: a `zoo865.Run`, whose model has embeddings `words` and `contexts`.
        feed: of its batches, a `zoo865.batches.skip_gram.SkipGramFeed`.
    """
    random, stream = np.random.default_rng(865), feed.stream[:MOST]
    # Words are left out as in training, which brings others closer together.
    draws = range(max(1, ENOUGH // len(stream)))
    text = np.concatenate([stream[random.random(len(stream), "float32") < feed.kept[stream]] for _ in draws])
    counts = cooccurrence(text, len(feed.kept), window=run.recipe.batches.window, weighting="linear")
    if counts.nnz < 3:
        return
    pairs = counts.tocoo()
    least = min(COUNTED, np.sort(pairs.data)[-PAIRS:][0])
    some = random.permutation(np.flatnonzero(pairs.data >= least))[:COMPARED]
    words, contexts = pairs.row[some], pairs.col[some]
    expected = shifted_pmi(counts, feed.noise_shares, run.model.negatives)[words, contexts]
    products = (run.model.vectors[words] * np.asarray(run.model.contexts.embeddings)[contexts]).sum(1)
    correlation = np.corrcoef(expected, products)[0, 1]
    figure = against(expected[:SHOWN], products[:SHOWN], "PMI \N{MINUS SIGN} log k (nats)", "w · c")
    caption = (
        "The product of a word's vector w and a context's c approaches their pointwise mutual information (PMI) less "
        f"log k, k = {run.model.negatives} noise words a neighbour (Levy, Goldberg 2014): the correlation is "
        f"{correlation:.3f} over {len(some):,} frequent pairs of words. On the dashed line both are equal. "
        "PMI tells how much more often two words are neighbours than by chance."
    )
    yield ReportSection("pmi", "Relation to PMI", caption, figure)
