"""Batches of texts of similar length: each text once, as prepared, with little padding, by seed and epoch alone."""

import numpy as np
import pytest

from zoo865.batches.by_length import MULTIPLE, ByLength
from zoo865.data.features import Label, Text
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.errors import ZooError
from zoo865.preprocessing import prepared

LENGTH = 200


@pytest.fixture(scope="module")
def data():
    """510 texts of 0 to 300 words, of which the model sees 200; the first word of each is its number."""
    random = np.random.default_rng(0)
    vocabulary = tuple(f"w{number}" for number in range(510))
    lengths = np.clip(random.lognormal(4, 0.8, 510).astype(int), 1, 300)
    texts = [" ".join([f"w{row}", *["word"] * (length - 1)]) for row, length in enumerate(lengths)]
    part = Arrays(text=texts, label=random.integers(0, 2, 510))
    spec = Spec({"text": Text(LENGTH, (*vocabulary, "word"))}, {"label": Label(("neg", "pos"))})
    return Data("texts", spec, part, part, part)


def batches_of(data, epoch=0, seed=3, batch_size=20, **settings):
    feed = ByLength(**settings).open(data, batch_size=batch_size, seed=seed)
    feed.begin_epoch(epoch)
    return feed, [(words.numpy(), labels.numpy()) for words, labels in feed.dataset]


def rows(batches) -> list[int]:
    return [int(number) - 2 for words, _ in batches for number in words[:, 0]]


def test_an_epoch_shows_every_text_once_but_an_incomplete_batch(data):
    feed, batches = batches_of(data)
    assert (feed.steps, len(batches)) == (25, 25)
    assert len(set(rows(batches))) == 500
    seen, labels = prepared(data.spec, data.train.take(np.arange(510))), data.train.labels
    for words, label in batches:
        places = words[:, 0] - 2
        np.testing.assert_array_equal(words, seen[places, : words.shape[1]])
        assert not seen[places, words.shape[1] :].any()
        np.testing.assert_array_equal(label, labels[places])


def test_there_is_little_padding(data):
    """In random order there is more than twice as much."""

    def padding(batches):
        places = sum(words.size for words, _ in batches)
        return (places - sum((words > 0).sum() for words, _ in batches)) / places

    _, batches = batches_of(data)
    _, at_random = batches_of(data, jitter=100)
    assert padding(batches) < 0.25
    assert padding(at_random) > 0.5
    assert all(words.shape[1] % MULTIPLE == 0 or words.shape[1] == LENGTH for words, _ in batches)


def test_order_follows_from_seed_and_epoch(data):
    first, again, later, other = (rows(batches_of(data, **how)[1]) for how in ({}, {}, {"epoch": 1}, {"seed": 4}))
    assert first == again
    assert len({tuple(order) for order in (first, later, other)}) == 3
    lengths = np.array([words.shape[1] for words, _ in batches_of(data)[1]])
    assert not (np.diff(lengths) >= 0).all()  # short texts do not come first
    together = [set(first[start : start + 20]) for start in range(0, 500, 20)]
    # But for the longest texts, of which there are hardly more than those of one batch, every batch is a new one.
    assert sum(set(later[start : start + 20]) in together for start in range(0, 500, 20)) <= 1
    shared = [max(len(own & set(later[start : start + 20])) for start in range(0, 500, 20)) for own in together]
    assert np.mean(shared) < 16


def test_a_person_sees_the_first_batch_raw_and_as_numbers(data):
    raw, (words, labels) = ByLength().open(data, batch_size=20, seed=3).first_batch()
    assert [text.split()[0] for text in raw["text"]] == [f"w{number - 2}" for number in words[:, 0]]
    np.testing.assert_array_equal(raw["label"], labels)


def test_pieces_are_all_of_every_text_without_labels(data):
    feed = ByLength(pieces=64).open(data, batch_size=4, seed=3)
    feed.begin_epoch(0)
    shown = np.concatenate([words.numpy()[words.numpy() > 0] for (words,) in feed.dataset])
    counts = [len(text.split()) for text in data.train.arrays["text"]]
    assert feed.steps == sum(-(-count // 64) for count in counts) // 4
    assert 0 <= sum(counts) - len(shown) <= 3 * 64  # but for an incomplete batch
    assert {words.shape[1] for (words,) in feed.dataset} == {16, 32, 48, 64}
    raw, (words,) = feed.first_batch()
    assert [len(text.split()) for text in raw["text"]] == (words > 0).sum(1).tolist()


def test_settings_are_checked():
    for name in ("jitter", "pieces"):
        with pytest.raises(ZooError, match=f"{name} must be at least 0, not -1"):
            ByLength(**{name: -1})
