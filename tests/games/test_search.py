"""The search of many positions at once is a plain one of each, and finds what can be found."""

import math
from zlib import crc32

import numpy as np
import pytest

from zoo865.games.find import game_of
from zoo865.games.minimax import solved
from zoo865.games.network import Evaluator
from zoo865.games.search import search
from zoo865.games.self_play import play_generation, random_openings

pytestmark = pytest.mark.fast


def opinions(game):
    """Arbitrary probabilities and values, always the same of a position."""

    def evaluate(positions):
        mixed = np.array(
            [
                np.random.default_rng(crc32(repr(key).encode())).integers(0, 1000, game.actions + 1)
                for key in game.keys(positions)
            ]
        )
        likely = (mixed[:, 1:] + 50.0) * game.legal_actions(positions)
        won = mixed[:, 0] / 1250
        ends = np.stack([0.9 - won, np.full(len(mixed), 0.1), won], axis=1)
        return (likely / likely.sum(1, keepdims=True)).astype("float32"), ends.astype("float32")

    return evaluate


class Node:
    """A position of a plain search."""

    def __init__(self, game, position, evaluate):
        self.game, self.position, self.evaluate = game, position, evaluate
        (self.value,), (self.player,) = game.returns(self.position), game.current_players(self.position)
        self.over = not np.isnan(self.value)
        if not self.over:
            (self.prior,), (ends,) = evaluate(self.position)
            self.value = ends[2] - ends[0]
        self.visits, self.totals, self.children = [0] * game.actions, [0.0] * game.actions, {}

    def simulate(self):
        """The value that a simulation from here finds, for whose turn it is here."""
        if self.over:
            return self.value
        root = math.sqrt(sum(self.visits) + 1)
        scores = [
            total / max(1, visits) + 1.25 * root * likely / (1 + visits) if likely else -math.inf
            for visits, total, likely in zip(self.visits, self.totals, self.prior.tolist(), strict=True)
        ]
        action = scores.index(max(scores))
        if action in self.children:
            child = self.children[action]
            value = child.simulate()
        else:
            after = self.game.after(self.position, np.array([action]))
            child = self.children[action] = Node(self.game, after, self.evaluate)
            value = child.value
        value = value if child.player == self.player else -value
        self.visits[action] += 1
        self.totals[action] += value
        return value


@pytest.mark.parametrize("name", ["tictactoe", "connect4", "open_spiel/breakthrough(rows=3,columns=3)"])
def test_equals_a_plain_search(name):
    if name.startswith("open_spiel"):
        pytest.importorskip("pyspiel")
    game, random = game_of(name), np.random.default_rng(0)
    positions, simulations = random_openings(game, 20, 4, random), random.integers(1, 120, 20)
    found = search(game, positions, opinions(game), simulations=simulations)
    for row in range(len(positions)):
        node = Node(game, positions[row : row + 1], opinions(game))
        mean = sum(node.simulate() for _ in range(simulations[row])) / simulations[row]
        np.testing.assert_allclose(found.values[row], mean, atol=1e-5)
        assert found.visits[row].tolist() == node.visits
        np.testing.assert_allclose(found.ends[row].sum(), 1, rtol=1e-5)
        means = np.divide(node.totals, np.maximum(node.visits, 1))
        np.testing.assert_allclose(found.action_values[row], means, atol=1e-5)


def test_finds_wins_and_avoids_losses_knowing_nothing():
    """In every position of tic-tac-toe: a win by this move is made, and a loss by the other's next one is avoided."""
    game = game_of("tictactoe")
    positions, scores = solved(game)
    nothing = Evaluator(game, lambda boards: (np.ones((len(boards), 9)), np.full((len(boards), 3), 1 / 3)))
    moves = search(game, positions, nothing, simulations=200).visits.argmax(1)
    legal = game.legal_actions(positions)

    def loses(positions, legal):
        """(positions, actions): whether the other can win at once after an action."""
        row, action = np.nonzero(legal)
        after = game.after(positions[row], action)
        beyond, theirs = np.nonzero(game.legal_actions(after))
        won = game.returns(game.after(after[beyond], theirs)) == -1
        found = np.zeros(legal.shape, bool)
        found[row, action] = np.bincount(beyond, won, len(row)) > 0
        return found

    row, action = np.nonzero(legal)
    wins = np.zeros(legal.shape, bool)
    wins[row, action] = game.returns(game.after(positions[row], action)) == -1
    chosen = np.arange(len(moves)), moves
    assert wins[chosen][wins.any(1)].all()
    bad = loses(positions, legal)
    avoidable = ~wins.any(1) & (legal & ~bad).any(1)
    assert not bad[chosen][avoidable].any()
    assert (np.sign(scores)[chosen] == np.nanmax(scores, 1)).mean() > 0.98


def test_parts_of_many_positions_find_what_all_together_find(monkeypatch):
    game = game_of("connect4")
    positions = random_openings(game, 23, 5, np.random.default_rng(0))
    whole = search(game, positions, opinions(game), simulations=40)
    monkeypatch.setattr("zoo865.games.search.MOST_EDGES", 7 * 41 * 4)  # four at once
    parts = search(game, positions, opinions(game), simulations=40)
    for one, other in zip(vars(whole).values(), vars(parts).values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_simulation_of_all_positions_asks_once():
    """However deep each tree's leaf lies; so a network answers about many positions at a time."""
    game, asked = game_of("connect4"), []

    def evaluate(positions):
        asked.append(len(positions))
        return opinions(game)(positions)

    search(game, random_openings(game, 30, 5, np.random.default_rng(0)), evaluate, simulations=25)
    assert len(asked) == 26
    assert max(asked) == 30


def test_games_that_wait_for_memory_are_played(monkeypatch):
    """Of 23 games four go on at once: all are played, once each, and learned from as if all went on together."""
    game, how = game_of("connect4"), {"simulations": 12, "fast_simulations": 4, "openings": 0, "explored": 0}
    how |= {"full_share": 1.0, "search_weight": 0.5, "games": 23}
    monkeypatch.setattr("zoo865.games.self_play.NOISE", 0.0)
    together, about = play_generation(game, opinions(game), np.random.default_rng(0), **how)
    monkeypatch.setattr("zoo865.games.search.MOST_EDGES", 7 * 13 * 4)
    waiting, same = play_generation(game, opinions(game), np.random.default_rng(0), **how)
    assert about == same
    assert len(together["board"]) == len(waiting["board"]) == 23 * about["game_length"]
    for name in together:  # every game is the same one, move by move
        np.testing.assert_array_equal(together[name][::23], waiting[name][::4][: len(together[name][::23])])


def test_a_value_counts_outcome_and_search():
    game = game_of("connect4")
    how = {"simulations": 12, "fast_simulations": 4, "full_share": 1.0, "openings": 3, "explored": 9, "games": 9}
    by_outcome, half, by_search = (
        play_generation(game, opinions(game), np.random.default_rng(0), search_weight=weight, **how)[0]["value"]
        for weight in (0.0, 0.5, 1.0)
    )
    assert set(by_outcome.ravel().tolist()) == {0.0, 1.0}
    np.testing.assert_allclose(half, (by_outcome + by_search) / 2, atol=1e-6)
    np.testing.assert_allclose(by_search.sum(1), 1, rtol=1e-5)
    assert 0 < by_search[by_outcome == 0].mean() < 0.6


def test_noise_is_only_where_it_is_asked_for():
    game = game_of("connect4")
    positions, evaluate = random_openings(game, 12, 6, np.random.default_rng(0)), opinions(game)
    noise = np.where(np.arange(12) % 2, 0.5, 0.0)
    how = {"simulations": 60, "random": np.random.default_rng(0)}
    plain = search(game, positions, evaluate, simulations=60).visits
    noisy = search(game, positions, evaluate, noise=noise, **how).visits
    np.testing.assert_array_equal(plain[::2], noisy[::2])
    assert (plain[1::2] != noisy[1::2]).any(1).all()
    assert not noisy[~game.legal_actions(positions)].any()


def test_each_position_is_asked_once():
    game, asked = game_of("tictactoe"), []

    def answer(boards):
        asked.extend(board.tobytes() for board in boards)
        return np.ones((len(boards), 9)), np.full((len(boards), 3), 1 / 3)

    evaluate = Evaluator(game, answer)
    positions = random_openings(game, 100, 3, np.random.default_rng(0))
    first = [array.copy() for array in evaluate(positions)]
    count = len(asked)
    for before, now in zip(first, evaluate(positions), strict=True):
        np.testing.assert_array_equal(before, now)
    assert len(asked) == count
    assert len(evaluate.places) == len(set(game.keys(positions)))


def test_a_generation_tells_who_won():
    """Tic-tac-toe played by a search that makes no mistake is always drawn; positions are of both players."""
    game = game_of("tictactoe")
    positions, scores = solved(game)
    place = {key: row for row, key in enumerate(game.keys(positions))}

    def perfect(given):
        best = scores[[place[key] for key in game.keys(given)]]
        likely = (best == np.nanmax(best, 1, keepdims=True)).astype("float32")
        return likely / likely.sum(1, keepdims=True), np.eye(3)[np.sign(np.nanmax(best, 1)).astype(int) + 1]

    how = {"simulations": 30, "fast_simulations": 30, "full_share": 0.5, "openings": 0, "explored": 0}
    how["search_weight"] = 0.0
    seen, about = play_generation(game, perfect, np.random.default_rng(0), games=40, **how)
    assert about == {"game_length": 9.0, "first_wins": 0.0, "draws": 1.0}
    np.testing.assert_array_equal(seen["value"], np.eye(3)[np.ones(len(seen["value"]), int)])
    np.testing.assert_allclose(seen["policy"].sum(1), 1, rtol=1e-6)
    assert 0.35 * 360 < len(seen["board"]) < 0.65 * 360
    # With mistakes: who has won is told by replaying each position's worth at the end, for whose turn it was.
    seen, about = play_generation(game, opinions(game), np.random.default_rng(0), games=200, **{**how, "openings": 5})
    last = (seen["board"] != 0).sum((1, 2)) == 8  # one move is left, so the end is known
    if last.any():
        filled = seen["board"][last]
        won = np.array([_row_of(np.where(board == 0, 1, board), 1) for board in filled])
        np.testing.assert_array_equal(seen["value"][last].argmax(1), np.where(won, 2, 1))
    assert 0 < about["first_wins"] < 1


def _row_of(board, piece) -> bool:
    lines = [*board, *board.T, board.diagonal(), board[::-1].diagonal()]
    return any((line == piece).all() for line in lines)
