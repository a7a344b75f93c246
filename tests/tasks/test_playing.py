"""What a network that plays is measured by: exact worths, a search that it leads, games."""

from types import SimpleNamespace

import numpy as np
import pytest

import zoo865
from zoo865.data.features import Position
from zoo865.data.sets.game import game
from zoo865.errors import ZooError
from zoo865.games.find import game_of
from zoo865.games.minimax import solved
from zoo865.games.players import match, random_player
from zoo865.tasks.playing import ENDS, Playing, right_moves

pytestmark = pytest.mark.fast


class Knows:
    """A model of tic-tac-toe that is told which moves are right, and what positions are worth."""

    def __init__(self, right: bool):
        rules = game_of("tictactoe")
        positions, self.scores = solved(rules)
        self.right = right
        self.place = {board.tobytes(): row for row, board in enumerate(rules.seen(positions))}

    def predict_on_batch(self, seen):
        boards = seen.argmax(-1).astype("int8")
        scores = self.scores[[self.place[board.tobytes()] for board in boards]]
        known = np.nan_to_num(scores, nan=-2 if self.right else 2)
        best = np.nanmax(scores, axis=1)
        ends = np.eye(3)[(best + 1).astype(int)]
        return {"policy": 20 * (known if self.right else -known), "value": 20 * (ends if self.right else -ends)}


def test_right_moves_are_counted_by_hand():
    scores = np.array([[3.0, 1.0, np.nan], [0.0, -2.0, 0.0], [-1.0, -5.0, np.nan], [-2.0, 0.0, 4.0]])
    assert right_moves(scores, np.array([1, 1, 1, 2])) == {"right_moves": 0.75, "right_moves_of_choice": 0.5}


def test_who_knows_all_makes_no_mistake_and_who_knows_the_contrary_many():
    data, task = game("tictactoe"), Playing(simulations=25)
    assert len(data.test) == 4520
    found = task.measure(Knows(True), data, "test")
    for name in ("right_moves", "right_moves_of_choice", "searched_right_moves", "value_accuracy"):
        assert found[name] == 1, name
    assert found["points_against_random"] > 0.85
    wrong = task.measure(Knows(False), data, "validation")
    assert wrong["right_moves_of_choice"] == wrong["value_accuracy"] == 0
    assert wrong["points_against_random"] < 0.4


def test_moves_at_random_are_what_random_moves_come_to():
    data = game("connect4")
    reference = next(Playing().references(SimpleNamespace(data=data, spec=data.spec)))
    scores = np.sign(data.test.take(np.arange(len(data.test)))["scores"])
    random = np.random.default_rng(0)
    drawn = [np.where(np.isnan(scores), -1, random.random(scores.shape)).argmax(1) for _ in range(40)]
    for name, share in reference.values.items():
        assert share == pytest.approx(np.mean([right_moves(scores, moves)[name] for moves in drawn]), abs=0.005)


def test_exact_scores_of_connect4_agree_with_the_rules():
    """What wins at once is worth as much as can be, what fills the board nothing; no position validates and tests."""
    data, rules = game("connect4"), game_of("connect4")
    assert (len(data.validation), len(data.test)) == (1000, 6744)
    examples = data.test.take(np.arange(len(data.test)))
    positions, scores = examples["position"], examples["scores"]
    np.testing.assert_array_equal(rules.legal_actions(positions), ~np.isnan(scores))
    row, action = np.nonzero(~np.isnan(scores))
    after = rules.after(positions[row], action)
    stones = np.bitwise_count(positions).sum(1)[row] // 2
    wins = rules.returns(after) == -1
    # Pons' score of a win: 22 less the number of the stone that wins.
    np.testing.assert_array_equal(scores[row, action][wins], 22 - (stones[wins] + 1))
    assert (scores[row, action][~wins] <= 21 - (stones[~wins] + 1)).all()
    drawn = rules.returns(after) == 0
    np.testing.assert_array_equal(scores[row, action][drawn], 0)
    seen = data.validation.take(np.arange(1000))["position"]
    mirrored = rules.turned(rules.seen(seen), np.zeros((1000, 7)), 1)[0]
    boards = {board.tobytes() for board in [*rules.seen(seen), *mirrored]}
    assert not boards & {board.tobytes() for board in rules.seen(positions)}


def test_a_game_that_nobody_has_solved_is_measured_by_games():
    data = game("4,4,3")
    network = zoo865.registry.resolve_reference("alphazero:build_alphazero")(
        board_shape=(4, 4, 3), actions=16, width=8, blocks=1
    )
    found = Playing().measure(network, data, "validation")
    assert list(found) == ["points_against_random"]
    assert 0 <= found["points_against_random"] <= 1


def test_there_is_no_search_of_no_simulation():
    for simulations in (0, -1):
        with pytest.raises(ZooError, match=f"task.simulations must be at least 1, not {simulations}"):
            Playing(simulations=simulations)


def test_positions_in_which_the_game_has_ended_are_refused():
    ended = {"connect4": "1212121", "tictactoe": "a1 a2 a3 b1 b3 b2 c1 c3 c2", "5,5,4": "a1 a2 b1 b2 c1 c2 d1"}
    for name, moves in ended.items():
        with pytest.raises(ZooError, match="the game has ended; give fewer moves"):
            Position(name).read(moves)


def test_a_margin_counts_as_a_win():
    pytest.importorskip("pyspiel")
    rules, random = game_of("open_spiel/dots_and_boxes(utility_margin=true)"), np.random.default_rng(0)
    results, _ = match(rules, *[random_player(rules, random)] * 2, rules.initial_positions(20))
    assert set(results.tolist()) == {-1.0, 0.0, 1.0}


def test_an_answer_names_the_move():
    spec = game("connect4").spec
    outputs = {
        "action": np.array([3]),
        "probabilities": np.eye(7, dtype="float32")[[3]],
        "value": np.array([0.5], "float32"),
        "ends": np.array([[0.2, 0.1, 0.7]], "float32"),
    }
    (answer,) = Playing().decode(outputs, spec)
    assert (answer["move"], answer["probability"], answer["value"]) == ("4", 1, 0.5)
    assert dict(zip(ENDS, (0.2, 0.1, 0.7), strict=True)) == pytest.approx(answer["ends"])
    inputs, _ = Playing().preprocess("4453", spec)
    assert inputs["board"].shape == (6, 7)
    assert inputs["board"][5].tolist() == [0, 0, 2, 1, 1, 0, 0]
