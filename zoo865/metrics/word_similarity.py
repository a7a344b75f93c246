"""How good vectors of words are: by running text, by people's judgements of similarity, by analogies."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from zoo865.data.word_stream import PADDING, drawn, noise_shares, word_counts
from zoo865.errors import ZooError

TOGETHER = 1024  # questions that are answered at once


def unit(vectors: np.ndarray) -> np.ndarray:
    """(words, dimensions) with each row at length 1; rows of zeros stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, 1e-12)


def neighbour_accuracy(vectors: np.ndarray, stream: np.ndarray, *, window: int = 5, pairs: int = 20_000) -> float:
    """How often the vector of a word lies closer, by its cosine, to that of a word near it in running text than to that
    of a random word; 0.5 is chance, and so is a text without two known words.

    Args:
        vectors: (words, dimensions) of all numbers.
        stream: of text that the vectors have not learned from, as `word_stream` gives it with a gap of `window`.
        window: how far away the near word may stand.
        pairs: how many are drawn, always the same; the random word by its count to the power of 0.75, as in training.
    """
    random, vectors = np.random.default_rng(865), unit(vectors)
    places = random.choice(np.flatnonzero(stream), pairs) if (stream != PADDING).any() else np.zeros(0, int)
    near = places + random.integers(1, window + 1, len(places)) * random.choice([-1, 1], len(places))
    real = (stream[near] != PADDING) & (stream[near] != stream[places])  # a word is near itself by any vectors
    if not real.any():
        return 0.5
    words, near = stream[places[real]], stream[near[real]]
    noise = drawn(noise_shares(word_counts(stream, len(vectors)), 0.75), (len(words),), random)
    closer, further = ((vectors[words] * vectors[other]).sum(1) for other in (near, noise))
    return float(((closer > further) + 0.5 * (closer == further)).mean())


def similarity_correlation(vectors: np.ndarray, numbers: Mapping[str, int], path) -> tuple[float, int]:
    """Spearman's correlation of the cosines of word pairs with what people say of their similarity.

    Args:
        vectors: (words, dimensions) of all numbers.
        numbers: word -> its number.
        path: a file of pairs, a line each: two words and a number, separated by tabs or commas; lines that begin with
            #, and a heading, count as none. So are WordSim-353 and SimLex-999.

    Returns:
        The correlation, and of how many pairs; pairs with an unknown word are left out.

    Raises:
        ZooError: the file cannot be read, or fewer than three of its pairs are known.
    """
    from scipy.stats import spearmanr

    first, second, judged = known_pairs(numbers, path)
    vectors = unit(vectors)
    return float(spearmanr((vectors[first] * vectors[second]).sum(1), judged).statistic), len(judged)


def known_pairs(numbers: Mapping[str, int], path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of a file whose words are known: the numbers of the first words, of the second, and what people say.

    Args, Raises: see `similarity_correlation`.
    """
    known = []
    for row in _rows(path):
        words = [word.strip().lower() for word in row[:2]]
        if len(row) >= 3 and _is_number(row[2]) and all(word in numbers for word in words):
            known.append((*(numbers[word] for word in words), float(row[2])))
    if len(known) < 3:
        hint = "a line holds two words and a number, separated by tabs"
        raise ZooError(f"{path} has {len(known)} pairs of words that are known", hint)
    first, second, judged = (np.array(column) for column in zip(*known, strict=True))
    return first, second, judged


def analogy_accuracy(vectors: np.ndarray, numbers: Mapping[str, int], path) -> tuple[float, int]:
    """How often the word nearest to b - a + c, those three left out, is the right one (Mikolov et al. 2013).

    Args:
        vectors: (words, dimensions) of all numbers.
        numbers: word -> its number.
        path: a file of questions, a line each: four words a b c d; lines that begin with a colon are headings.

    Returns:
        The share of right answers, and of how many questions; those with an unknown word are left out.

    Raises:
        ZooError: the file cannot be read, or no question of it is known.
    """
    asked, vectors, right = known_questions(numbers, path), unit(vectors), 0
    for start in range(0, len(asked), TOGETHER):
        a, b, c, d = asked[start : start + TOGETHER].T
        close = (vectors[b] - vectors[a] + vectors[c]) @ vectors.T
        for given in (a, b, c):
            close[np.arange(len(a)), given] = -np.inf
        right += int((close.argmax(1) == d).sum())
    return right / len(asked), len(asked)


def known_questions(numbers: Mapping[str, int], path) -> np.ndarray:
    """(questions, 4) the numbers of the words of a file's questions whose words are all known.

    Args, Raises: see `analogy_accuracy`.
    """
    rows = [line.lower().split() for line in _lines(path) if not line.startswith(":")]
    asked = np.array([[numbers[w] for w in row] for row in rows if len(row) == 4 and all(w in numbers for w in row)])
    if not len(asked):
        hint = "a line holds four words: a is to b as c is to d"
        raise ZooError(f"{path} has no question whose words are all known", hint)
    return asked


def _rows(path) -> list[list[str]]:
    lines = [line for line in _lines(path) if not line.startswith("#")]
    return list(csv.reader(lines, delimiter="\t" if any("\t" in line for line in lines) else ","))


def _lines(path) -> list[str]:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ZooError(f"{path} is not UTF-8 text", "convert it: iconv -f LATIN1 -t UTF-8") from error
    except OSError as error:
        raise ZooError(f"cannot read {path}: {error.strerror}", "check the path") from error


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
