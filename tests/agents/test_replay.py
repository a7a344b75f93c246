"""What a memory holds and draws, against a walk through the episodes in plain Python."""

import numpy as np
import pytest
import scipy.special
import scipy.stats

from zoo865.agents.replay import Replay

gymnasium = pytest.importorskip("gymnasium")


pytestmark = [pytest.mark.agents, pytest.mark.fast]


def walk(replay, steps, seed=0, lengths=(3, 9)):
    """Fills a replay with made-up episodes; gives them as lists of (observation, action, reward, ends ..., after)."""
    random = np.random.default_rng(seed)
    count = replay.action.shape[1]
    now, left, fresh = 1000.0 * np.arange(count), random.integers(*lengths, count), np.zeros(count, bool)
    told = [[[]] for _ in range(count)]
    for step in range(steps):
        observation, action, reward = now.copy(), random.integers(0, 3, count), random.normal(size=count)
        terminated, truncated = np.zeros(count, bool), np.zeros(count, bool)
        starts = ~fresh
        for one in range(count):
            if fresh[one]:  # the step that resets: its action is ignored
                now[one], left[one] = 1000 * one + step + 1, random.integers(*lengths)
                told[one].append([])
            else:
                left[one] -= 1
                terminated[one] = left[one] == 0 and random.random() < 0.5
                truncated[one] = left[one] == 0 and not terminated[one]
                now[one] = 1000 * one + step + 1
                told[one][-1].append(
                    (observation[one], action[one], reward[one], terminated[one], truncated[one], now[one])
                )
        fresh = terminated | truncated
        replay.add(observation[:, None], action, reward, terminated, truncated, starts)
    return told


def expected(episode, start, n_step, gamma):
    """reward, discount, next observation of the transition that starts at a step of an episode; None beyond its end."""
    total, discount = 0.0, gamma ** (n_step - 1)
    for k in range(n_step):
        if start + k >= len(episode):
            return None
        _, _, reward, terminated, truncated, after = episode[start + k]
        total += gamma**k * reward
        if terminated or truncated:
            return total, 0.0 if terminated else gamma**k, after
    return total, discount, after


@pytest.mark.parametrize("n_step", [1, 3])
@pytest.mark.parametrize("steps", [30, 130])  # before the ring is full, and when it has gone round
def test_transitions_are_those_of_a_walk_through_the_episodes(n_step, steps):
    replay = Replay(40 * 4, 4, (1,), "float32", n_step=n_step, gamma=0.9)
    known = {}
    for episodes in walk(replay, steps):
        for episode in episodes:
            for start, (observation, action, *_) in enumerate(episode):
                known[observation, action] = expected(episode, start, n_step, 0.9)
    drawn = replay.sample(4000, np.random.default_rng(1))
    seen = set()
    for observation, action, reward, discount, after in zip(
        *(drawn[name] for name in ("observation", "action", "reward", "discount", "next_observation")), strict=True
    ):
        found = known[observation[0], action]
        assert found is not None
        np.testing.assert_allclose((reward, discount, after[0]), found, rtol=1e-5)
        seen.add(observation[0])
    assert len(seen) == len(replay)
    ended = [drawn["discount"] == value for value in (0.0, 0.9 ** (n_step - 1))]
    assert all(which.any() for which in ended)


def test_what_is_broken_off_bootstraps_from_what_was_seen_last():
    replay = Replay(40, 1, (1,), "float32", n_step=3, gamma=0.5)
    for step in range(4):
        replay.add([[step]], 0, 1.0, False, False, True)
    replay.break_off([[4]])
    for step in range(10, 20):
        replay.add([[step]], 0, 100.0, False, False, True)
    drawn = replay.sample(2000, np.random.default_rng(0))
    by_start = {row[0]: index for index, row in enumerate(drawn["observation"])}
    for start, (reward, discount, after) in {0: (1.75, 0.25, 3), 2: (1.5, 0.5, 4), 3: (1, 1, 4)}.items():
        index = by_start[start]
        assert (drawn["reward"][index], drawn["discount"][index]) == pytest.approx((reward, discount))
        assert drawn["next_observation"][index] == after
    assert 4 not in by_start


def test_what_surprises_is_drawn_in_proportion():
    replay = Replay(30, 1, (1,), "float32", priority=0.7)
    for step in range(20):
        replay.add([[step]], 0, 0.0, False, False, True)
    priorities = np.arange(1.0, 20.0)
    replay.update_priorities(np.arange(19), -priorities)
    drawn = replay.sample(20_000, np.random.default_rng(0))
    odds = priorities**0.7
    counts = np.bincount(drawn["place"], minlength=19)
    assert scipy.stats.chisquare(counts, 20_000 * odds / odds.sum()).pvalue > 0.001
    np.testing.assert_allclose(drawn["weight"] * odds[drawn["place"]] ** 0.5, 1.0, rtol=1e-4)


@pytest.mark.parametrize("written_before", [False, True])
def test_a_memory_comes_back_as_it_was(written_before):
    one, other = (Replay(60, 2, (1,), "float32", n_step=2, priority=0.5) for _ in range(2))
    walk(one, 50)
    state = one.state()
    if written_before:
        state["surprise"] = state.pop("priorities")
    other.restore(state)
    drawn, again = (replay.sample(50, np.random.default_rng(3)) for replay in (one, other))
    for name, values in drawn.items():
        np.testing.assert_array_equal(values, again[name])
