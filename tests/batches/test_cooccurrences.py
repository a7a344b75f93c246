"""Pairs of words with their counts: all of them, each once an epoch."""

import dataclasses

import numpy as np
import pytest

from zoo865.batches.cooccurrences import CoOccurrences
from zoo865.data.cooccurrence import cooccurrence
from zoo865.data.load import load_data
from zoo865.data.spec import Arrays
from zoo865.data.word_stream import word_stream
from zoo865.errors import ZooError

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def sentences():
    return load_data("generated_sentences", vocabulary_size=50)


def epoch_of(feed, epoch) -> list[dict]:
    feed.begin_epoch(epoch)
    return [{name: array.numpy() for name, array in batch.items()} for (batch,) in feed.dataset]


def test_an_epoch_shows_each_pair_once_with_its_count(sentences):
    """With batches of 7 all but the last few; more than TensorFlow is handed at once."""
    feed = CoOccurrences(window=3).open(sentences, batch_size=7, seed=0)
    batches = epoch_of(feed, 0)
    stream = word_stream(sentences.train, sentences.spec, gap=3)
    counts = cooccurrence(stream, 50, window=3).toarray()
    assert len(batches) == feed.steps == int(feed.dataset.cardinality()) == np.count_nonzero(counts) // 7 > 32
    assert {name: (array.shape, array.dtype.name) for name, array in batches[0].items()} == {
        **{"word": ((7,), "int32"), "context": ((7,), "int32")},
        "count": ((7,), "float32"),
    }
    assert feed.examples_per_step == np.count_nonzero(stream) // feed.steps
    words, contexts, found = (np.concatenate([batch[name] for batch in batches]) for name in batches[0])
    assert len(set(zip(words, contexts, strict=True))) == len(words) == 7 * feed.steps
    np.testing.assert_allclose(found, counts[words, contexts], rtol=1e-6)


def test_an_epoch_follows_from_seed_and_number_alone(sentences):
    feed, other = (CoOccurrences().open(sentences, batch_size=100, seed=5) for _ in range(2))
    third = epoch_of(feed, 3)
    epoch_of(other, 1)
    for one, same in zip(third, epoch_of(other, 3), strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], same[name])
    for changed in (epoch_of(feed, 4), epoch_of(CoOccurrences().open(sentences, batch_size=100, seed=6), 3)):
        assert not np.array_equal(changed[0]["word"], third[0]["word"])


def test_a_batch_is_at_most_all_pairs(sentences):
    feed = CoOccurrences().open(sentences, batch_size=10**6, seed=0)
    assert feed.steps == len(epoch_of(feed, 0)) == 1
    assert feed.batch_size == len(feed.pairs["count"])


def test_texts_without_pairs_and_other_data_are_refused(sentences):
    alone = dataclasses.replace(sentences, train=Arrays(text=["the", "unknown", "dog"]))
    with pytest.raises(ZooError, match="has no two known words within 10 of each other"):
        CoOccurrences().open(alone, batch_size=8, seed=0)
    with pytest.raises(ZooError, match="texts are needed"):
        CoOccurrences().open(load_data("generated_digits"), batch_size=8, seed=0)
    with pytest.raises(ZooError, match=r"batches.window must be at least 1"):
        CoOccurrences(window=0)
