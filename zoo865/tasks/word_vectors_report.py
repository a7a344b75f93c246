"""What the report of word vectors shows: which words are alike, by lists, sums, a map and the numbers themselves."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zoo865.data.features.text import UNKNOWN_WORDS
from zoo865.data.word_stream import text_input
from zoo865.metrics.word_similarity import unit
from zoo865.tasks.cooccurrence_report import relation_to_counts
from zoo865.tasks.skip_gram_report import pairs_and_sub_sampling, relation_to_pmi
from zoo865.tasks.task import Part, ReportSection
from zoo865.visualize.embeddings import embedding_map
from zoo865.visualize.words import vector_rows, word_map

FREQUENT = 100  # most frequent words, which tell little of what a text is about
ASKED, NEAREST = 12, 5  # words of the table, and the nearest ones of each
MAPPED = 400  # words of the map
ROWS, LIKE = 6, 3  # words of the table whose rows of the matrix are shown, and those of so many nearest ones of each
# Four words a question: a - b + c, and the answer. b is to a as c is to the answer.
ANALOGIES = """
    king man woman queen          actor man woman actress       father man woman mother
    husband man woman wife        son boy girl daughter         hero man woman heroine
    movies movie film films       characters character actor actors
    went go come came             saw see hear heard            watching watch play playing
    better good bad worse         best good bad worst           bigger big small smaller
    unhappy happy likely unlikely     down up left right        night day summer winter
    tuesday monday friday saturday    april march june july
    paris france italy rome       french france germany german  japanese japan china chinese
"""


@dataclass(frozen=True)
class Words:
    """The words of a run, and their vectors.

    Args:
        vocabulary: a word for each number; "" for those of no word. The most frequent come first.
        vectors: (numbers, dimensions).
    """

    vocabulary: tuple[str, ...]
    vectors: np.ndarray

    @functools.cached_property
    def numbers(self) -> dict[str, int]:
        """Word -> its number."""
        return {word: number for number, word in enumerate(self.vocabulary) if word}

    @functools.cached_property
    def units(self) -> np.ndarray:
        """(numbers, dimensions) the vectors at length 1."""
        return unit(self.vectors)

    @functools.cached_property
    def content(self) -> list[int]:
        """Numbers of words of letters, without the most frequent ones."""
        later = range(UNKNOWN_WORDS + min(FREQUENT, len(self.numbers) // 10), len(self.vocabulary))
        return [number for number in later if self.vocabulary[number].isalpha()]

    @functools.cached_property
    def asked(self) -> list[int]:
        """Numbers of a few content words, from frequent to rare."""
        if not self.content:
            return []
        wanted = np.geomspace(self.content[0], self.content[-1], ASKED).round()
        return [self.content[place] for place in np.unique(np.searchsorted(self.content, wanted))]

    def nearest(self, sought: np.ndarray, given: tuple[int, ...], count: int) -> list[tuple[int, float]]:
        """Numbers of the words whose vectors are nearest to one, without those given, and their cosines."""
        cosines = self.units @ unit(sought[None])[0]
        cosines[[*range(UNKNOWN_WORDS), *given]] = -np.inf
        found = np.argsort(-cosines, kind="stable")[: min(count, len(self.numbers) - len(given))]
        return [(int(number), float(cosines[number])) for number in found]


def sections(run) -> Iterator[Part]:
    """Nearest words, analogies, a map, rows of the matrix. Of word2vec also training pairs and how products of vectors
    relate to PMI; of GloVe, how they relate to counts.
    """
    vocabulary = ("",) * UNKNOWN_WORDS + text_input(run.spec)[1].vocabulary
    words = functools.cache(lambda: Words(vocabulary, run.model.vectors))
    yield Part("Nearest words", lambda: [_nearest_words(words())])
    yield Part("Analogies", lambda: _analogies(words()))
    yield Part("Map of words", lambda: _map(words()))
    yield Part("Rows of the matrix", lambda: [_rows(words())])
    batches, size, seed = run.recipe.batches, run.recipe.batch_size, run.settings["seed"]
    feed = functools.cache(lambda: batches.open(run.data, batch_size=size, seed=seed))
    if hasattr(batches, "subsample"):  # pairs of words are drawn, as `zoo865.batches.skip_gram.SkipGram` does
        yield Part("Training pairs", lambda: pairs_and_sub_sampling(run, feed()))
        if hasattr(run.model, "contexts"):
            yield Part("Relation to PMI", lambda: relation_to_pmi(run, feed()))
    if hasattr(run.model, "x_max"):  # counts are learned, as by `zoo865.models.glove.GloVe`
        yield Part("Relation to counts", lambda: relation_to_counts(run, feed()))


def _nearest_words(words: Words) -> ReportSection:
    table = {"word": [words.vocabulary[number] for number in words.asked]}
    table["rank"] = [f"{number - UNKNOWN_WORDS + 1:,}" for number in words.asked]
    table["nearest words"] = [
        ", ".join(
            f"{words.vocabulary[near]}\N{NO-BREAK SPACE}{cosine:.2f}"
            for near, cosine in words.nearest(words.vectors[number], (number,), NEAREST)
        )
        for number in words.asked
    ]
    caption = (
        "The words with the most similar vectors, and their cosines: 1 for the same direction, 0 for unrelated ones. "
        "Ranks are by frequency: the vectors of rare words have learned from little text."
    )
    return ReportSection("nearest_words", "Nearest words", caption, table=table)


def _analogies(words: Words) -> Iterator[ReportSection]:
    asked = np.array(ANALOGIES.split()).reshape(-1, 4).tolist()
    known = [question for question in asked if all(word in words.numbers for word in question)]
    if not known:
        return
    answers = []
    for question in known:
        given = tuple(words.numbers[word] for word in question[:3])
        first, less, more = words.units[[*given]]
        ((answer, _),) = words.nearest(first - less + more, given, 1)
        answers.append(words.vocabulary[answer])
    expected = [question[3] for question in known]
    right = ["yes" if one == other else "no" for one, other in zip(answers, expected, strict=True)]
    questions = [f"{a} \N{MINUS SIGN} {b} + {c}" for a, b, c, _ in known]
    table = {"question": questions, "answer": answers, "expected": expected, "right": right}
    caption = (
        f"Differences of vectors stand for relations: {right.count('yes')} of {len(right)} questions are answered as "
        "expected, by the nearest of all words but the three of the question."
    )
    yield ReportSection("analogies", "Analogies", caption, table=table)


def _map(words: Words) -> Iterator[ReportSection]:
    numbers = words.content[:MAPPED]
    if len(numbers) < 3:
        return
    figure = word_map(embedding_map(words.units[numbers], "t-sne"), [words.vocabulary[number] for number in numbers])
    caption = (
        f"{len(numbers)} frequent words in a plane, by t-SNE: those with similar vectors lie close together; how far "
        "groups lie apart means nothing. A dot is a word: zoom in to read those for which there is no room."
    )
    yield ReportSection("map", "Map of words", caption, figure, zoom=True)


def _rows(words: Words) -> ReportSection:
    from scipy.cluster.hierarchy import leaves_list, linkage

    alike = ((number, *_near(words, number)) for number in words.asked[:ROWS])
    numbers = list(dict.fromkeys(number for group in alike for number in group))
    if len(numbers) > 2:
        numbers = [
            numbers[leaf] for leaf in leaves_list(linkage(words.units[numbers], "average", optimal_ordering=True))
        ]
    figure = vector_rows(words.vectors[numbers], [words.vocabulary[number] for number in numbers])
    rows, columns = words.vectors.shape
    caption = (
        f"Each row of the matrix, {rows:,} x {columns}, is a word's vector. Red numbers are above 0, blue ones below. "
        "Similar rows are next to each other: words that are used alike have similar rows."
    )
    return ReportSection("rows", "A few rows of the matrix", caption, figure)


def _near(words: Words, number: int) -> list[int]:
    return [near for near, _ in words.nearest(words.vectors[number], (number,), LIKE)]
