"""Rules of games: those of OpenSpiel, of which they know nothing; symmetries leave a game the same."""

import numpy as np
import pytest

from zoo865.errors import ZooError
from zoo865.games.find import game_of
from zoo865.games.k_in_a_row import KInARow
from zoo865.games.minimax import solved
from zoo865.games.self_play import random_openings

pytestmark = pytest.mark.fast

PEERS = {
    "connect4": "connect_four",
    "tictactoe": "tic_tac_toe",
    "5,4,3": "mnk(m=5,n=4,k=3)",
}


def random_actions(legal, random):
    return np.where(legal, random.random(legal.shape), -1).argmax(1)


@pytest.mark.parametrize("name", PEERS)
def test_rules_are_open_spiel_s(name):
    """Legal actions, whose turn it is, and the end, over 4,000 moves at random."""
    pytest.importorskip("pyspiel")
    ours, theirs, random = game_of(name), game_of(f"open_spiel/{PEERS[name]}"), np.random.default_rng(0)
    assert (ours.actions, ours.longest) == (theirs.actions, theirs.longest)
    here, there, moves = ours.initial_positions(400), theirs.initial_positions(400), 0
    while len(here):
        legal = ours.legal_actions(here)
        np.testing.assert_array_equal(legal, theirs.legal_actions(there))
        np.testing.assert_array_equal(ours.current_players(here), theirs.current_players(there))
        actions = random_actions(legal, random)
        here, there, moves = ours.after(here, actions), theirs.after(there, actions), moves + len(here)
        returns = ours.returns(here)
        for_who_began = returns * (1 - 2 * ours.current_players(here))
        np.testing.assert_array_equal(for_who_began, theirs.returns(there))
        on = np.isnan(returns)
        here, there = here[on], there[on]
    assert moves > 2000


@pytest.mark.parametrize("name", ["connect4", "tictactoe", "4,3,3", "4,4,4"])
def test_turned_boards_are_boards_of_the_same_game(name):
    """What is legal on a turned board is what was legal, turned; and no two symmetries are one."""
    game = game_of(name)
    positions = random_openings(game, 50, 6, np.random.default_rng(0))
    boards, legal = game.seen(positions), game.legal_actions(positions)
    numbers, places = np.arange(game.actions)[None], np.arange(np.prod(game.shape)).reshape(1, *game.shape)
    seen = set()
    for symmetry in range(game.symmetries):
        turned, turned_legal = game.turned(boards, legal, symmetry)
        free = turned[:, 0] == 0 if game.falls else (turned == 0).reshape(50, -1)
        np.testing.assert_array_equal(free, turned_legal)
        place, number = game.turned(places, numbers, symmetry)
        seen.add((place.tobytes(), number.tobytes()))
        if not game.falls:
            np.testing.assert_array_equal(place.ravel(), number.ravel())
    assert len(seen) == game.symmetries


def test_boards_show_whose_turn_it_is():
    game = game_of("connect4")
    board = game.seen(game.from_names("441"))[0]
    wanted = np.zeros((6, 7), int)
    wanted[5, 3], wanted[4, 3], wanted[5, 0] = 2, 1, 2
    np.testing.assert_array_equal(board, wanted)


def test_tictactoe_is_a_draw_of_4520_positions():
    """What is known of it."""
    positions, scores = solved(game_of("tictactoe"))
    assert len(positions) == 4520
    assert np.nanmax(scores[0]) == np.nanmin(scores[0]) == 0
    answers = scores[np.bitwise_count(positions).sum(1) == 1]
    # Begun in the middle, the corners draw; in a corner, the middle alone; at an edge, the middle, the edge across, and
    # the corners beside it.
    assert sorted((answers == 0).sum(1).tolist()) == [1, 1, 1, 1, 4, 4, 4, 4, 4]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("conect4", "did you mean connect4"),
        ("9,9,5", "too large"),
        ("3,3,4", "cannot be won"),
        ("0,3,3", "cannot be won"),
        ("open_spiel/kuhn_poker", "chance and hidden information"),
        ("open_spiel/backgammon", "chance"),
        ("open_spiel/otello", "did you mean"),
        ("open_spiel/hex(size=3)", "board_size"),
    ],
)
def test_other_games_are_refused(name, said):
    if name.startswith("open_spiel"):
        pytest.importorskip("pyspiel")
    with pytest.raises(ZooError, match=said) as raised:
        game_of(name)
    assert "\n" not in str(raised.value)


def test_a_row_does_not_run_over_the_edge():
    """Four pieces that lie behind each other in the bits, at the top of one column and the bottom of the next."""
    game = KInARow("upright", width=3, height=4, k=4, falls=False)
    places = [(0, 0), (1, 0), (2, 1), (3, 1)]  # row from the top, column
    bits = np.bitwise_or.reduce([game.after(game.initial_positions(1), np.array([r * 3 + c]))[0, 1] for r, c in places])
    assert np.isnan(game.returns(np.array([[0, bits]], np.uint64))[0])
