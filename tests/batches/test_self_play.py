"""Self-play: everything follows from seed and epoch, what is learned is legal, the memory holds the latest."""

import numpy as np
import pytest

import zoo865
from zoo865.batches.self_play import SelfPlay
from zoo865.errors import ZooError
from zoo865.models.alphazero import build_alphazero

SMALL = {"games": 12, "steps": 3, "simulations": 8, "fast_simulations": 4, "replay": 90, "openings": 2}


@pytest.fixture(scope="module")
def network():
    return build_alphazero(board_shape=(3, 3, 3), actions=9, width=8, blocks=1)


def feed_of(network, seed=0, **changed):
    return SelfPlay(**{**SMALL, **changed}).open(
        zoo865.load_data("game:tictactoe"), batch_size=16, seed=seed, model=network
    )


def epochs(feed, *numbers):
    found = []
    for number in numbers:
        feed.begin_epoch(number)
        for x, y in feed.dataset:
            found.append([x.numpy(), y["policy"].numpy(), y["value"].numpy()])
    return found


def assert_equal(some, others):
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        for array, wanted in zip(one, other, strict=True):
            np.testing.assert_array_equal(array, wanted)


@pytest.mark.jax
def test_all_follows_from_seed_epoch_and_memory(network):
    whole = epochs(feed_of(network), 0, 1, 2)
    assert len(whole) == 9
    first, second = feed_of(network), feed_of(network)
    assert_equal(epochs(first, 0, 1), whole[:6])
    second.restore(first.state())
    assert_equal(epochs(second, 2), whole[6:])
    others = epochs(feed_of(network, seed=1), 0)
    assert any((one[1] != other[1]).any() for one, other in zip(others, whole[:3], strict=True))


def test_what_is_learned_is_legal_and_a_board_of_a_game(network):
    feed = feed_of(network, full_share=1.0, steps=20)
    for boards, policy, value in epochs(feed, 0):
        empty, mine, others = (boards[..., plane].reshape(16, 9) for plane in range(3))
        assert not policy[empty == 0].any()
        np.testing.assert_allclose(policy.sum(1), 1, rtol=1e-5)
        assert set((mine.sum(1) - others.sum(1)).tolist()) <= {0, -1}, "who moves has as many pieces, or one fewer"
        np.testing.assert_allclose(value.sum(1), 1, rtol=1e-5)
    assert set(feed.logs()) == {"game_length", "first_wins", "draws"}
    assert 5 <= feed.logs()["game_length"] <= 9


def test_the_memory_holds_the_latest(network):
    feed = feed_of(network, full_share=1.0)
    feed.begin_epoch(0)
    list(feed.dataset)
    seen = feed.written
    before = {name: array.copy() for name, array in feed.memory.items()}
    feed.begin_epoch(1)
    list(feed.dataset)
    assert feed.written > 90 > seen  # it went round
    fresh = np.arange(seen, feed.written) % 90
    for name, array in feed.memory.items():
        kept = np.setdiff1d(np.arange(90), fresh)
        np.testing.assert_array_equal(array[kept], before[name][kept])
    assert len(feed.state()["board"]) == 90


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"games": 0}, "games must be at least 1"), ({"full_share": 0}, "full_share must be above 0 and up to 1")],
)
def test_numbers_out_of_range(changed, said):
    with pytest.raises(ZooError, match=said):
        SelfPlay(**changed)
