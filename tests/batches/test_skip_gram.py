"""Skip-grams: what stands beside what, how often, and against which noise."""

from collections import Counter

import numpy as np
import pytest

from zoo865.batches import skip_gram
from zoo865.batches.skip_gram import SkipGram
from zoo865.data.features import Text
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.data.word_stream import PADDING, noise_shares, word_counts, word_stream
from zoo865.errors import ZooError

ALL = {"subsample": 0, "stretch": 8, "window": 2, "noise": 4}


def of_texts(*texts, vocabulary="abcdefghij"):
    part = Arrays(text=list(texts))
    return Data("letters", Spec({"text": Text(4, tuple(vocabulary))}), part, part, part)


@pytest.fixture(scope="module")
def letters():
    """300 texts of 5 to 40 letters, "a" far more often than "j"."""
    random = np.random.default_rng(0)
    shares = 1 / np.arange(1, 11) ** 2
    draw = lambda: " ".join(random.choice(list("abcdefghij"), random.integers(5, 40), p=shares / shares.sum()))  # noqa: E731
    return of_texts(*(draw() for _ in range(300)))


def drawn(data, batch_size=5, seed=3, epoch=0, **settings):
    feed = SkipGram(**ALL | settings).open(data, batch_size=batch_size, seed=seed)
    feed.begin_epoch(epoch)
    return feed, [{name: tensor.numpy() for name, tensor in x.items()} for (x,) in feed.dataset]


def together(batches, name):
    return np.concatenate([batch[name] for batch in batches])


def test_a_stream_holds_the_known_words_of_each_text_apart():
    data = of_texts("a b, unknown c", "", "D!")
    stream = word_stream(data.train, data.spec, gap=2)
    assert stream.tolist() == [0, 0, 2, 3, 4, 0, 0, 0, 0, 5, 0, 0]
    assert word_counts(stream, 12).tolist() == [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert stream.dtype == "uint16"
    large = of_texts("w70000 w1", vocabulary=[f"w{number}" for number in range(70_001)])
    assert word_stream(large.train, large.spec, gap=1).tolist() == [0, 70_002, 3, 0]


def test_every_word_is_a_centre_once_an_epoch_with_its_own_neighbours(letters):
    """Neighbours are found here by going through each text; batches are allowed to leave out the last stretches."""
    feed, batches = drawn(letters)
    assert len(batches) == feed.steps
    words = together(batches, "words")
    centres = words[:, 2:-2].ravel()
    stream = word_stream(letters.train, letters.spec, gap=2)
    left = word_counts(stream, 12) - np.bincount(centres, minlength=12)
    left[PADDING] = 0
    assert left.min() >= 0
    assert left.sum() <= feed.examples_per_step + 8
    numbers = {letter: number for number, letter in enumerate("abcdefghij", 2)}
    pairs = Counter()
    for text in letters.train.arrays["text"]:
        row = [numbers[letter] for letter in text.split()]
        pairs.update((a, b) for i, a in enumerate(row) for b in row[max(0, i - 2) : i] + row[i + 1 : i + 3])
    found = Counter()
    for row in words:
        for place in range(2, len(row) - 2):
            near = [*row[place - 2 : place], *row[place + 1 : place + 3]]
            found.update((row[place], other) for other in near if row[place] and other)
    assert all(found[pair] <= count for pair, count in pairs.items())
    assert found.total() >= pairs.total() - 4 * (feed.examples_per_step + 8)


def test_frequent_words_are_left_out_as_often_as_the_formula_says(letters):
    _, batches = drawn(letters, subsample=0.01, batch_size=1)
    counts = word_counts(word_stream(letters.train, letters.spec, gap=2), 12)
    share = counts / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.nan_to_num(np.minimum(1, np.sqrt(0.01 / share) + 0.01 / share))
    expected = kept * counts
    got = np.bincount(together(batches, "words")[:, 2:-2].ravel(), minlength=12)[2:]
    deviation = np.sqrt(expected * (1 - kept) + 1)[2:]
    assert (np.abs(got - expected[2:]) < 5 * deviation + 12).all()
    assert got[0] < counts[2] / 3  # "a" is most of the text


def test_all_blocks_of_a_text_are_shown(monkeypatch):
    """3,000 words, each another, in 10 blocks: all are centres but those at ends of blocks, beside their own."""
    words = [f"w{number}" for number in range(3_000)]
    monkeypatch.setattr(skip_gram, "BLOCK", 300)
    _, batches = drawn(of_texts(" ".join(words), vocabulary=words))
    shown = together(batches, "words")
    centres = np.unique(shown[:, 2:-2])
    assert (centres != PADDING).sum() >= 3_000 - 10 * 2 * 2 - 5 * 8
    beside = np.diff(shown, axis=1)[(shown[:, :-1] != PADDING) & (shown[:, 1:] != PADDING)]
    assert set(beside) == {1}


@pytest.mark.parametrize("words", [1, 9, 250])
def test_a_last_block_may_be_of_any_length(letters, words, monkeypatch):
    """As short as a word; and what sub-sampling leaves of it, nothing at all."""
    stream = word_stream(letters.train, letters.spec, gap=2)
    monkeypatch.setattr(skip_gram, "BLOCK", len(stream) - words)
    for subsample in (0, 1e-6):
        feed, batches = drawn(letters, subsample=subsample)
        assert len(batches) == feed.steps


@pytest.mark.parametrize("power", [0.75, 0.2])
def test_noise_is_drawn_by_counts_to_the_power(letters, power):
    _, batches = drawn(letters, power=power)
    noise = np.bincount(together(batches, "noise").ravel(), minlength=12)
    shares = noise_shares(word_counts(word_stream(letters.train, letters.spec, gap=2), 12), power)
    expected = shares * noise.sum()
    assert noise[:2].sum() == 0
    assert (((noise - expected)[2:] ** 2 / expected[2:]).sum()) < 30  # chi-square of 9 degrees of freedom: 1 in 2,000


def test_words_that_stand_often_in_a_batch_count_as_the_cap(letters):
    _, batches = drawn(letters, cap=3)
    for batch in batches[:5]:
        contexts = np.concatenate([batch["words"], batch["noise"]], 1)
        for numbers, scales in ((batch["words"][:, 2:-2], batch["word_scale"]), (contexts, batch["context_scale"])):
            for number, total in Counter(numbers.ravel().tolist()).items():
                expected = 0 if number == PADDING else min(1, 3 / total)
                assert scales[numbers == number] == pytest.approx(expected)


def test_batches_follow_from_seed_and_epoch(letters):
    runs = [drawn(letters, seed=seed, epoch=epoch)[1] for seed, epoch in ((3, 1), (3, 1), (3, 2), (4, 1))]
    same, again, *others = [together(run, "words") for run in runs]
    assert np.array_equal(same, again)
    assert not any(np.array_equal(same, other) for other in others)


def test_a_small_text_fills_its_batches_and_a_smaller_one_is_refused():
    feed, batches = drawn(of_texts("a b c d"), batch_size=64)
    assert feed.batch_size == 1 == len(batches)
    with pytest.raises(ZooError, match="2 known words, fewer than a window of 2 and one"):
        drawn(of_texts("a b"))
    with pytest.raises(ZooError, match="stretch must be at least 1, not 0"):
        SkipGram(stretch=0)


def test_other_data_than_texts_are_refused():
    import zoo865

    with pytest.raises(ZooError, match=r"texts are needed, but the data have image \(image\)"):
        SkipGram().open(zoo865.load_data("generated_digits"), batch_size=1, seed=0)
