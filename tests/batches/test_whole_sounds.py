"""Batches of whole sounds: each once, as levels, long ones in pieces that overlap by what the network hears."""

from types import SimpleNamespace

import numpy as np
import pytest

from zoo865.batches.whole_sounds import WholeSounds, as_pieces, levels_and_labels, pieces_of
from zoo865.data.features import Audio, Label
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.errors import ZooError
from zoo865.models.wavenet import Heard
from zoo865.preprocessing.mu_law import mu_law_levels

pytestmark = pytest.mark.fast
MODEL = SimpleNamespace(for_batches=lambda: Heard(frame=10, context=20))


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    sounds = [random.uniform(-1, 1, length).astype("float32") for length in random.integers(5, 200, 61)]
    part = Arrays(sound=sounds, label=np.arange(61) % 3, other=np.arange(61) % 2)
    spec = Spec({"sound": Audio(100)}, {"label": Label(("a", "b", "c")), "other": Label(("x", "y"))})
    return Data("sounds", spec, part, part, part)


def batches_of(data, epoch=0, seed=3, batch_size=6, **settings):
    feed = WholeSounds(**settings).open(data, batch_size=batch_size, seed=seed, model=MODEL)
    feed.begin_epoch(epoch)
    return feed, [{name: one.numpy() for name, one in batch.items()} for (batch,) in feed.dataset]


def test_an_epoch_shows_every_sound_once_but_an_incomplete_batch(data):
    feed, batches = batches_of(data)
    assert (feed.steps, len(batches)) == (10, 10)
    wanted = {mu_law_levels(sound).tobytes(): row for row, sound in enumerate(data.train.arrays["sound"])}
    found = []
    for batch in batches:
        assert batch["levels"].shape[1] % 10 == 0
        for row, levels in enumerate(batch["levels"]):
            length = batch["length"][row]
            assert (levels[length:] == -1).all()
            number = wanted[levels[:length].tobytes()]
            found.append(number)
            assert (batch["label"][row], batch["other"][row], batch["first"][row]) == (number % 3, number % 2, 0)
        assert np.ptp(batch["length"]) < 80
    assert len(set(found)) == 60


def test_order_follows_from_seed_and_epoch(data):
    first, again, later, other = (batches_of(data, *when)[1] for when in ((0, 3), (0, 3), (1, 3), (0, 4)))
    assert all((one["levels"] == two["levels"]).all() for one, two in zip(first, again, strict=True))
    for others in (later, other):
        assert any(one["levels"].shape != two["levels"].shape for one, two in zip(first, others, strict=True))


@pytest.mark.parametrize("longest", [45, 20, 1])
def test_pieces_of_long_sounds_cover_them_once_beside_what_is_heard_before(data, longest):
    """Also where so few samples are asked for that a second piece would begin where the sound does."""
    _, batches = batches_of(data, longest=longest, batch_size=1)
    levels, _ = levels_and_labels(data.train, data.spec)
    covered = {row: np.zeros(len(one), int) for row, one in enumerate(levels)}
    by_content = {one[:5].tobytes(): row for row, one in enumerate(levels)}
    starts = []
    for batch in batches:
        (found,), (first,), (length,) = batch["levels"], batch["first"], batch["length"]
        found = found[found >= 0]
        matches = [
            row
            for row, one in enumerate(levels)
            if len(one) == length and (one[first : first + len(found)] == found).all()
        ]
        (row,) = matches
        covered[row][first + (20 if first else 0) : first + len(found)] += 1
        starts.append(first)
    assert len(by_content) == 61
    assert all((counts == 1).all() for counts in covered.values())
    assert max(starts) > 0
    assert all(start % 10 == 0 for start in starts)


def test_pieces():
    assert pieces_of([30, 31], 30, 20).tolist() == [[0, 0, 30], [1, 0, 30], [1, 10, 31]]
    with pytest.raises(ValueError, match="pieces of 20 samples are no longer than their context of 20"):
        pieces_of([30], 20, 20)


@pytest.mark.parametrize("settings", [{"jitter": -1}, {"jitter": float("nan")}, {"longest": 0}])
def test_settings_out_of_range(settings):
    with pytest.raises(ZooError, match=f"batches.{next(iter(settings))} must be"):
        WholeSounds(**settings)


def test_other_data_are_refused():
    spec = Spec({"board": Audio(100), "second": Audio(100)})
    with pytest.raises(ZooError, match="single sounds are needed"):
        levels_and_labels(Arrays(board=[np.zeros(3, "float32")], second=[np.zeros(3, "float32")]), spec)


def test_where_each_length_is_compiled_there_are_few(monkeypatch):
    lengths = np.arange(1, 20_000, 7)
    sounds = [np.zeros(length, "uint8") for length in lengths]

    def found():
        pieces = [(number, 0, length) for number, length in enumerate(lengths)]
        return np.array([as_pieces(sounds, {}, np.array([one]), 128)["levels"].shape[1] for one in pieces])

    whole = found()
    np.testing.assert_array_equal(whole, -(-lengths // 128) * 128)
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    few = found()
    assert len(set(whole)) == 157
    assert len(set(few)) < 50
    assert ((few >= whole) & (few <= 1.125 * whole) & (few % 128 == 0)).all()
