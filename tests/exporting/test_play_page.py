"""The page on which one plays: its network, rules and search are Python's; a whole game in Chromium."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from browser import CHROMIUM, ask

from zoo865.batches.self_play import answers_of
from zoo865.data.sets.game import game
from zoo865.errors import ZooError
from zoo865.exporting import play_page
from zoo865.games.network import Evaluator
from zoo865.games.search import search
from zoo865.models.alphazero import build_alphazero

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")


@pytest.fixture(params=["connect4", "tictactoe", "5,4,3"])
def played(request, monkeypatch, tmp_path):
    """A page of a network that knows nothing, but is sure of it; and the network."""
    data = game(request.param)
    (board,), actions = data.spec.inputs.values(), data.spec.actions
    keras.utils.set_random_seed(3)
    model = build_alphazero(board_shape=board.prepared_shape, actions=actions, width=16, blocks=1)
    for layer in model.layers:  # as after training: batch normalisation that does something
        if isinstance(layer, keras.layers.BatchNormalization):
            random = np.random.default_rng(len(layer.name))
            layer.moving_mean.assign(random.normal(0, 0.2, layer.moving_mean.shape))
            layer.moving_variance.assign(random.uniform(0.2, 1, layer.moving_mean.shape))
    run = SimpleNamespace(spec=data.spec, model=model, path=tmp_path, origin="run here")
    monkeypatch.setattr(play_page, "find_trained", lambda name: run)
    return play_page.play_page("here", simulations=25, out=tmp_path / "played.html"), board.rules, run


def some_games(rules, count):
    """Moves, in each of which the game goes on after them."""
    random, found = np.random.default_rng(0), []
    while len(found) < count:
        position, moves = rules.initial_positions(1), []
        for _ in range(random.integers(0, 9)):
            action = int(random.choice(np.flatnonzero(rules.legal_actions(position)[0])))
            position = rules.after(position, np.array([action]))
            if not np.isnan(rules.returns(position)[0]):
                break
            moves.append(action)
        found.append(moves)
    return found


COMPARED = """
return GAMES.map(moves => {
  const [board, player, ended] = begun(moves), root = searched(moves, 40);
  return [...ask(board, player), Array.from(root.visits), Array.from(board), player, ended];
});
"""


def test_a_page_plays_as_python_does(played, tmp_path):
    """50 positions: the same boards and players, the same network but for half precision, the same search."""
    page, rules, run = played
    games = some_games(rules, 50)
    (found,) = ask(tmp_path, page, COMPARED.replace("GAMES", str(games)), (800,))
    positions = np.concatenate([rules.replayed(np.array([moves], int).reshape(1, -1)) for moves in games])
    evaluate = Evaluator(rules, answers_of(run.model, run.spec))
    (likely, ends), players = evaluate(positions), rules.current_players(positions)
    visits = search(rules, positions, evaluate, simulations=40).visits
    for row, (page_likely, page_value, page_visits, board, player, ended) in enumerate(found):
        np.testing.assert_allclose(page_likely, likely[row], atol=0.01)
        assert page_value == pytest.approx(ends[row, 2] - ends[row, 0], abs=0.01)
        seen = np.array(board).reshape(rules.shape)
        mine = np.where(seen == 0, 0, np.where(seen == player + 1, 1, 2))
        np.testing.assert_array_equal(mine, rules.seen(positions[row : row + 1])[0])
        assert (player, ended, sum(page_visits)) == (players[row], False, 40)
    chosen = np.array([page_visits for _, _, page_visits, *_ in found]).argmax(1)
    assert (chosen == visits.argmax(1)).mean() >= 0.94


PLAYED = """
const found = { said: [] }, pieces = () => document.querySelectorAll("#board .piece0, #board .piece1").length;
const thinks = () => byId("said").textContent.endsWith("It thinks.");
const answered = async () => {
  for (let tries = 0; tries < 400 && thinks(); tries++) await new Promise(done => setTimeout(done, 10));
};
const over = () => /won|draw/.test(byId("said").textContent);
for (let turn = 0; turn < 30 && !over(); turn++) {
  const before = pieces(), free = legal(begun(state.moves)[0]).indexOf(true);
  if (falls) document.body.dispatchEvent(new KeyboardEvent("keydown", { key: String(free + 1), bubbles: true }));
  else hits[free].dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  await answered();
  if (!over() && pieces() !== before + 2) found.said.push(`turn ${turn}: ${before} pieces became ${pieces()}`);
  if (turn === 1 && !over()) {
    const there = pieces();
    byId("back").click();
    found.back = there - pieces();
    byId("forward").click();
    found.forward = pieces() - there;
  }
}
found.over = over();
found.values = document.querySelectorAll("#values circle").length - state.moves.length;
byId("second").click();
await answered();
found.begun = pieces();
byId("back").click();  // its first move is not the person's to take back
found.kept = pieces();
state.count = COUNTS.length - 1;
play(legal(begun(state.moves)[0]).indexOf(true));
const thought = thinks();
byId("back").click();
byId("forward").click();  // to where it thought: it thinks again
state.count = 0;
byId("back").click();
byId("forward").click();
await answered();
found.again = [thought, pieces(), byId("said").textContent.endsWith("Your move.")];
return found;
"""


def test_a_whole_game_is_played_by_keys(played, tmp_path):
    page, _, _ = played
    (found,) = ask(tmp_path, page, PLAYED, (375,))
    again = found.pop("again")
    assert found == {"said": [], "back": 2, "forward": 0, "over": True, "values": 1, "begun": 1, "kept": 1}
    assert again == [True, 3, True]


def test_what_has_no_page_says_so(monkeypatch, tmp_path, tiny_run):
    with pytest.raises(ZooError, match=r"plays no game; a page has the rules of k in a row"):
        play_page.play_page(tiny_run("mnist_cnn").path, out=tmp_path / "game.html")
    with pytest.raises(ZooError, match="0 simulations"):
        play_page.play_page(tiny_run("alphazero_connect4").path, simulations=0, out=tmp_path / "game.html")
    with pytest.raises(ZooError, match=r"game\.txt is not an HTML page"):
        play_page.play_page(tiny_run("alphazero_connect4").path, out=tmp_path / "game.txt")
    assert not [*tmp_path.glob("*.html")]
