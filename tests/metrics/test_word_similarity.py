"""Measures of word vectors against texts whose answer is known, plain loops and gensim."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from zoo865.errors import ZooError
from zoo865.metrics import word_similarity
from zoo865.metrics.word_similarity import analogy_accuracy, neighbour_accuracy, similarity_correlation

pytestmark = pytest.mark.fast

WORDS = [f"word{number}" for number in range(40)]
NUMBERS = {word: number for number, word in enumerate(WORDS, 2)}


@pytest.fixture
def vectors():
    return np.random.default_rng(1).standard_normal((len(WORDS) + 2, 10)).astype("float32")


def texts_of_topics(topics: int, gap: int = 5):
    """A stream of texts, each the ten words of one topic in any order, and the topic of each number."""
    random = np.random.default_rng(2)
    topic = np.concatenate([[-1, -1], np.repeat(np.arange(topics), 10)])
    blank = np.zeros(gap, int)
    texts = [random.permutation(np.flatnonzero(topic == number)) for number in random.permutation(topics)]
    return np.concatenate([blank, *(part for text in texts for part in (text, blank))]), topic


def test_random_vectors_earn_what_chance_does():
    stream, topic = texts_of_topics(100)
    vectors = (np.random.default_rng(seed).standard_normal((len(topic), 50)) for seed in range(5))
    found = [neighbour_accuracy(some, stream) for some in vectors]
    assert np.mean(found) == pytest.approx(0.5, abs=0.02)


def test_vectors_that_are_their_topics_tell_neighbours():
    """All right, but where the random word has the same topic by chance: there it is even."""
    stream, topic = texts_of_topics(100)
    assert neighbour_accuracy(np.eye(100)[topic], stream) == pytest.approx(1 - 1 / 200, abs=0.002)
    assert neighbour_accuracy(1e6 * np.eye(100)[topic], stream) == neighbour_accuracy(np.eye(100)[topic], stream)


@pytest.mark.parametrize("stream", [[0] * 9, [0, 0, 5, 0, 0], [0, 0, 2, 0, 0, 3, 0, 0]])
def test_a_text_without_two_words_tells_nothing(stream, vectors):
    """Beyond a text's end no word is near, though another text begins there."""
    assert neighbour_accuracy(vectors, np.array(stream), window=2) == 0.5


def test_neighbours_are_within_the_window():
    """Of words at a distance of two, with others between: with a window of one, none are near that are alike."""
    stream = np.array([0, *([2, 3] * 50), 0])
    alike = np.array([[0, 0], [0, 0], [1, 0], [0, 1]], float)
    assert neighbour_accuracy(alike, stream, window=1) == pytest.approx(0.25, abs=0.02)


def test_it_is_the_mean_over_neighbours_and_noise_by_plain_loops():
    """Words of uneven counts: each neighbour within the window, on either side, against noise by counts ** 0.75."""
    random = np.random.default_rng(5)
    words = random.choice(np.arange(2, 12), 400, p=(shares := 1 / np.arange(1, 11) ** 2) / shares.sum())
    stream = np.concatenate([np.zeros(3, int), words[:150], np.zeros(3, int), words[150:], np.zeros(3, int)])
    vectors = random.standard_normal((12, 4))
    vectors[:2] = 0
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    noise = np.bincount(stream, minlength=12)[2:] ** 0.75
    total = weight = 0.0
    for place, word in enumerate(stream):
        for offset in (-3, -2, -1, 1, 2, 3) if word else ():
            near = stream[place + offset]
            if near and near != word:
                closer, others = units[word] @ units[near], units[2:] @ units[word]
                won = (closer > others + 1e-9) + 0.5 * (abs(closer - others) <= 1e-9)
                total, weight = total + (won * noise).sum() / noise.sum(), weight + 1
    assert neighbour_accuracy(vectors, stream, window=3, pairs=200_000) == pytest.approx(total / weight, abs=0.004)


def file_of_pairs(path, random, separator="\t", known=WORDS):
    """Pairs that somebody has judged, words in any case, with unknown ones among them, and the same as a list."""
    pairs = [(*random.choice(known, 2, replace=False), float(random.integers(0, 11))) for _ in range(30)]
    lines = [separator.join([first.upper(), second, str(judged)]) for first, second, judged in pairs]
    lines[3:3] = [f"word1{separator}unknown{separator}9.5", "# a remark"]
    path.write_text("\n".join(lines))
    return pairs


@pytest.mark.parametrize("separator", ["\t", ","])
def test_the_correlation_is_that_of_a_plain_loop(separator, vectors, tmp_path):
    pairs = file_of_pairs(tmp_path / "pairs.txt", np.random.default_rng(3), separator)
    cosines = []
    for first, second, _ in pairs:
        one, other = vectors[NUMBERS[first]], vectors[NUMBERS[second]]
        cosines.append(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    found, count = similarity_correlation(vectors, NUMBERS, tmp_path / "pairs.txt")
    assert count == 30
    assert found == pytest.approx(spearmanr(cosines, [judged for *_, judged in pairs]).statistic)


def test_a_heading_counts_as_none(vectors, tmp_path):
    pairs = file_of_pairs(tmp_path / "pairs.csv", np.random.default_rng(3), ",")
    without = similarity_correlation(vectors, NUMBERS, tmp_path / "pairs.csv")
    rows = "".join(f"{first},{second},{judged}\n" for first, second, judged in pairs)
    (tmp_path / "pairs.csv").write_text(f"word1,word2,mean\n{rows}")
    assert similarity_correlation(vectors, NUMBERS, tmp_path / "pairs.csv") == without


def file_of_questions(path, vectors, random):
    """Questions, half of which the vectors answer well, one that they do not know, and headings."""
    questions = [tuple(random.choice(WORDS, 4, replace=False)) for _ in range(20)]
    for a, b, c, d in questions[:10]:
        vectors[NUMBERS[d]] = vectors[NUMBERS[b]] - vectors[NUMBERS[a]] + vectors[NUMBERS[c]]
    lines = [": one", *map(" ".join, questions[:10]), ": other", "word1 word2 word3 unknown"]
    path.write_text("\n".join([*lines, *(" ".join(question).upper() for question in questions[10:])]))
    return questions


@pytest.mark.parametrize("together", [1024, 7])
def test_analogies_are_those_of_a_plain_loop(vectors, tmp_path, together, monkeypatch):
    monkeypatch.setattr(word_similarity, "TOGETHER", together)
    questions = file_of_questions(tmp_path / "questions.txt", vectors, np.random.default_rng(4))
    units, right = vectors / np.linalg.norm(vectors, axis=1, keepdims=True), 0
    for a, b, c, d in questions:
        sought = units[NUMBERS[b]] - units[NUMBERS[a]] + units[NUMBERS[c]]
        others = [word for word in WORDS if word not in (a, b, c)]
        right += max(others, key=lambda word: units[NUMBERS[word]] @ sought) == d
    assert 0 < right < 20
    vectors[:2] = 0  # of no word
    assert analogy_accuracy(vectors, NUMBERS, tmp_path / "questions.txt") == (right / 20, 20)


def test_gensim_measures_the_same(vectors, tmp_path):
    models = pytest.importorskip("gensim.models")
    vectors[:2] = 0
    file_of_questions(tmp_path / "questions.txt", vectors, np.random.default_rng(4))
    file_of_pairs(tmp_path / "pairs.txt", np.random.default_rng(3))
    peer = models.KeyedVectors(vectors.shape[1])
    peer.add_vectors(WORDS, vectors[2:])
    _, spearman, _ = peer.evaluate_word_pairs(tmp_path / "pairs.txt")
    assert similarity_correlation(vectors, NUMBERS, tmp_path / "pairs.txt")[0] == pytest.approx(spearman[0])
    accuracy, _ = peer.evaluate_word_analogies(tmp_path / "questions.txt")
    assert analogy_accuracy(vectors, NUMBERS, tmp_path / "questions.txt")[0] == accuracy


@pytest.mark.parametrize("measure", [similarity_correlation, analogy_accuracy])
def test_a_file_that_does_not_do_is_an_error(measure, vectors, tmp_path):
    with pytest.raises(ZooError, match=r"cannot read .*none\.txt: No such file"):
        measure(vectors, NUMBERS, tmp_path / "none.txt")
    with pytest.raises(ZooError, match="cannot read"):
        measure(vectors, NUMBERS, tmp_path)
    (tmp_path / "latin.txt").write_bytes("naïve\tword1\t3\n".encode("latin-1"))
    with pytest.raises(ZooError, match=r"latin\.txt is not UTF-8 text; convert it"):
        measure(vectors, NUMBERS, tmp_path / "latin.txt")
    for text in ("", "a\tb\t1\nword1\tword2\t3\nword2\tword3\t4\n", "word1 word2\nword3 a b c\n"):
        (tmp_path / "few.txt").write_text(text)
        with pytest.raises(ZooError, match=r"few\.txt has .*(known|all known)"):
            measure(vectors, NUMBERS, tmp_path / "few.txt")
