"""How well alphazero plays Connect-4: games against OpenSpiel's Monte Carlo tree search, and moves of exact worth.

    python benchmarks/game_strength.py saved_models/alphazero_connect4/1 runs/alphazero_connect4/seed-*

Both players get 500 different openings of up to six moves at random, each from both sides: 1,000 games a match.
OpenSpiel's bot (`pyspiel.MCTSBot`, in C++) values a position by one game at random, explores by its examples' constant
of 2, and plays what it has proved. Points are wins and half of the draws; their interval takes the two games of an
opening as one.
CPU seconds a move are the players' own: the bot's one position after the other, the network's all games together, and
"alone" one position at a time.

The exam's positions, of which the worth of every move is known exactly, are those of the test of `game:connect4`: of 8
moves without a forced one, and of random games. results/game_strength.json keeps what was measured; a way that is in it
is not measured again.
"""

import argparse
import os
import time
from pathlib import Path

from interleave import RESULTS, THREADS, alone, save

os.environ |= dict.fromkeys(THREADS, "1") | {"TF_CPP_MIN_LOG_LEVEL": "3"}
RESULT = RESULTS / "game_strength.json"
MATCHES = ((100, 100), (500, 500), (100, 1000))  # simulations of the network's search, rollouts of the bot's
SEARCHED, ROLLOUTS = (0, 200), (100, 500, 1000)  # of the exam: simulations by the network, 0 asks it alone
OPENINGS, OPENING = 500, 6
STONES = 8  # of the exam's positions without a forced move


class Timed:
    """A player, and the CPU seconds and moves that were its own."""

    def __init__(self, player):
        self.player, self.seconds, self.moves = player, 0.0, 0

    def __call__(self, positions):
        """(count,) actions."""
        began = time.process_time()
        actions = self.player(positions)
        self.seconds, self.moves = self.seconds + time.process_time() - began, self.moves + len(positions)
        return actions

    @property
    def each(self) -> float:
        """CPU seconds a move."""
        return self.seconds / self.moves


def network(trained):
    """What a trained network says of positions."""
    from zoo865.batches.self_play import answers_of
    from zoo865.games.network import Evaluator

    return Evaluator(trained.spec.game, answers_of(trained.model, trained.spec))


def exam(path: str) -> dict:
    """What keeps the worth of positions, and who is told to win, by the network alone and by its search."""
    from zoo865.training.published import find_trained

    trained = find_trained(path)
    return {str(count): examined(trained.data, network(trained), count) for count in SEARCHED}


def exam_of_rollouts(count: int) -> dict:
    """The same, by a search that values a position by one game at random."""
    import numpy as np

    import zoo865
    from zoo865.games.players import rollouts

    data = zoo865.load_data("game:connect4")
    return examined(data, rollouts(data.spec.game, np.random.default_rng(0)), count)


def examined(data, evaluate, simulations: int) -> dict:
    """Of the positions of 8 moves, and of those of random games."""
    import numpy as np

    from zoo865.games.search import search
    from zoo865.tasks.playing import right_moves

    part = data.test.take(np.arange(len(data.test)))
    if simulations:
        found = search(data.spec.game, part["position"], evaluate, simulations=simulations)
        moves, ends = found.visits.argmax(1), found.ends
    else:
        likely, ends = evaluate(part["position"])
        moves = likely.argmax(1)
    told = ends.argmax(1) - 1 == np.sign(np.nanmax(part["scores"], axis=1))
    unforced = (part["board"] != 0).sum((1, 2)) == STONES
    return {
        kind: right_moves(part["scores"][some], moves[some])
        | {"value_accuracy": float(told[some].mean()), "positions": int(some.sum())}
        for kind, some in {"unforced": unforced, "random": ~unforced}.items()
    }


def games(path: str, simulations: int, count: int) -> dict:
    """A match of the network's search with so many simulations against the bot's with so many rollouts."""
    import numpy as np
    import pyspiel

    from zoo865.games.find import game_of
    from zoo865.games.players import match, searching_player
    from zoo865.games.self_play import random_openings
    from zoo865.training.published import find_trained

    trained, rules = find_trained(path), game_of("open_spiel/connect_four")
    game = trained.spec.game
    theirs = pyspiel.MCTSBot(rules.rules, pyspiel.RandomRolloutEvaluator(1, 0), 2.0, count, 1000, True, 0, False)
    searched = searching_player(game, network(trained), simulations)

    def replayed(states):
        longest = max(len(state.history()) for state in states)
        return game.replayed([state.history() + [-1] * (longest - len(state.history())) for state in states])

    ours = Timed(lambda states: searched(replayed(states)))
    bot = Timed(lambda states: np.array([theirs.step(state) for state in states]))
    drawn = random_openings(rules, 4 * OPENINGS, OPENING, np.random.default_rng(0))
    openings = drawn[np.unique([str(state) for state in drawn], return_index=True)[1]][:OPENINGS]
    assert len(openings) == OPENINGS
    results, _ = match(rules, ours, bot, openings)
    single = Timed(searching_player(game, network(trained), simulations))
    for opening in replayed(openings[:20]):
        single(opening[None])
    pairs = (results.reshape(2, -1).mean(0) + 1) / 2  # of the two games of an opening
    wide = 1.96 * pairs.std(ddof=1) / np.sqrt(len(pairs))
    return {
        "points": float(pairs.mean()),
        "interval": [float(pairs.mean() - wide), float(pairs.mean() + wide)],
        "won": int((results > 0).sum()),
        "drawn": int((results == 0).sum()),
        "lost": int((results < 0).sum()),
        "cpu_seconds_a_move": {"network": ours.each, "alone": single.each, "bot": bot.each},
    }


def main(paths: list[str]):
    """Measures what is missing; writes results/game_strength.json after each."""
    from zoo865.files import read_json

    found = read_json(RESULT)["found"] if RESULT.is_file() else {}
    wanted = [(f"exam, {count} rollouts", exam_of_rollouts, count) for count in ROLLOUTS]
    for path in paths:
        name = "/".join(Path(path).parts[-2:])
        wanted.append((f"exam, {name}", exam, path))
        for simulations, count in MATCHES:
            wanted.append((f"{simulations} simulations, {count} rollouts, {name}", games, path, simulations, count))
    for name, *call in wanted:
        if name not in found:
            found[name] = alone(*call)
            save("game_strength", found=found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("trained", nargs="+", help="folders of trained runs or published models")
    main(parser.parse_args().trained)
