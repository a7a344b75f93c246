"""Games with a trained network: against others, and a person."""

import io
import json

import numpy as np
import pytest

from zoo865.cli.board import play_in_terminal
from zoo865.errors import ZooError
from zoo865.exporting import play_game as playing
from zoo865.exporting.play_game import Session, play_game
from zoo865.games.find import game_of
from zoo865.games.players import random_player


@pytest.fixture
def trained(tiny_run):
    return tiny_run("alphazero_connect4").path  # whose tiny form plays tic-tac-toe


def test_games_are_fair_and_follow_from_the_seed(trained):
    played = play_game(trained, against="mcts:10", simulations=10, games=30, seed=3)
    assert played["won"] + played["drawn"] + played["lost"] == played["games"] == len(played["moves"]) == 30
    assert played["points"] == pytest.approx((played["won"] + played["drawn"] / 2) / 30)
    assert played["points_low"] <= played["points"] <= played["points_high"]
    assert play_game(trained, against="mcts:10", simulations=10, games=30, seed=3) == played
    assert play_game(trained, simulations=50, games=40)["points"] > 0.7


def test_games_of_open_spiel_are_played_and_told(monkeypatch):
    """Whose positions are objects; the moves that are told lead to the end that is told."""
    pyspiel = pytest.importorskip("pyspiel")
    game = game_of("open_spiel/breakthrough(rows=4,columns=4)")
    player = random_player(game, np.random.default_rng(0))
    monkeypatch.setattr(playing, "_searching_network", lambda name, simulations: (game, player, "a network"))
    played = playing.play_game("any", games=10)
    ends = []
    for began, names in zip(played["network_began"], played["moves"], strict=True):
        state = pyspiel.load_game("breakthrough(rows=4,columns=4)").new_initial_state()
        for name in names:
            action = next(one for one in state.legal_actions() if state.action_to_string(one) == name)
            state.apply_action(action)
        assert state.is_terminal()
        ends.append(state.returns()[0 if began else 1])
    assert played["network_began"].count(True) == 5
    assert (played["won"], played["lost"]) == (ends.count(1), ends.count(-1))


def test_no_opening_is_played_again(trained):
    """Two searches without chance would play the same games again; there are not as many openings as are asked for."""
    played = play_game(trained, against=str(trained), simulations=1, games=4000)
    assert played["games"] == 2 * (1 + 9 + 72 + 252 + 756)  # positions of tic-tac-toe after up to 4 moves
    half = played["games"] // 2
    wide = 3.92 * (played["points"] * (1 - played["points"]) / half) ** 0.5
    assert played["points_high"] - played["points_low"] == pytest.approx(wide, rel=0.1)


def test_against_itself_wins_and_losses_are_even(trained):
    """The same searches from the same openings, both ways round: each opening's games end alike."""
    played = play_game(trained, against=str(trained), simulations=5, games=40)
    assert played["won"] == played["lost"]


def test_a_person_plays_takes_back_and_loses(trained):
    session, game = Session(trained, simulations=100), game_of("tictactoe")
    session.move("b2")
    assert np.bitwise_count(session.position).sum() == 2
    assert "zoo865 plays" in session.said
    with pytest.raises(ZooError, match=r"'z9' is not possible; possible are"):
        session.move("z9")
    session.undo()
    session.undo()
    np.testing.assert_array_equal(session.position, game.initial_positions(1))
    while not session.result:
        session.move(next(iter(game.action_names(session.position))))
    assert session.result in ("you have won", "you have lost", "a draw")
    with pytest.raises(ZooError, match="has ended"):
        session.move("a1")
    second = Session(trained, simulations=10, begins=False)
    assert np.bitwise_count(second.position).sum() == 1


def test_a_game_in_the_terminal(trained, zoo, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("b2\nb2\nu\na1\nq\n"))
    code, out, err = zoo("play", trained, "--against", "human", "--simulations", 5)
    assert code == 0, err
    assert "'b2' is not possible" in out
    assert out.count("a b c") == 5


def test_arrow_keys_drop_pieces(monkeypatch, capsys):
    """Two columns to the right of the middle; a column that there is not; back again."""
    game = game_of("connect4")
    player = random_player(game, np.random.default_rng(0))
    monkeypatch.setattr(playing, "_searching_network", lambda name, simulations: (game, player, "a network"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    keys = iter(["\x1b[C", "\x1bOC", "\r", "9", "u", "2", "q"])
    monkeypatch.setattr("typer.getchar", lambda: next(keys))
    session = Session("any")
    play_in_terminal(session)
    said = capsys.readouterr().out
    boards = [part.splitlines()[5] for part in said.split("\n\n")[1:]]
    assert [board.split()[5] == "x" for board in boards] == [False, True, True, False, False]
    assert boards[-1].split()[1] == "x"
    assert "'9' is not possible; possible are 1, 2, 3, 4, 5, 6, 7" in said


def test_games_on_the_command_line(trained, zoo):
    code, out, err = zoo("play", trained, "--against", "random", "--episodes", 4, "--simulations", 5, "--json")
    assert code == 0, err
    assert json.loads(out)["games"] == 4
    code, out, err = zoo("play", trained, "--against", "mcts:5", "--episodes", 4, "--simulations", 5)
    assert (code, "against mcts:5" in out) == (0, True), err
    code, out, err = zoo("predict", trained, "b2 a3")
    assert (code, "move" in out) == (0, True), err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--simulations", 0], "cannot search with 0 simulations; give 1"),
        (["--against", "mcts"], "name the simulations: mcts:500"),
        (["--against", "mcts:0"], "cannot search with 0 simulations"),
        (["--against", "nobody"], "nobody"),
        (["--episodes", 0], "cannot play 0 games"),
        (["--seed", -1], "seed must be at least 0"),
        (["--against", "mcts:99999999999"], "give 1, and the network moves alone, to 100,000"),
        (["--out", "game.gif"], "a board game has no GIF"),
        (["--against", "human", "--json"], "no JSON"),
    ],
)
def test_what_cannot_be_played_costs_one_line(trained, zoo, more, said):
    code, _, err = zoo("play", trained, *more)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["play", "mnist_cnn", "--against", "random"], "mnist_cnn plays no board game"),
        (["train", "alphazero_connect4", "--data", "game:conect4"], "did you mean connect4"),
        (["train", "alphazero_connect4", "--data", "mnist_sample"], "the data are not a game"),
        (["train", "mnist_cnn", "--data", "game:connect4"], "images are needed"),
        (["train", "alphazero_connect4", "--set", "batches.full_share=2"], "full_share must be above 0 and up to 1"),
        (["train", "alphazero_connect4", "--set", "batches.games=0"], "games must be at least 1"),
    ],
)
def test_what_is_no_game_costs_one_line(zoo, command, said):
    code, _, err = zoo(*command)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
