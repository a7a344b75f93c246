"""A game as data: learned from its rules alone, and measured by positions whose exact worth is known."""

import csv
import gzip
from importlib.resources import files

import numpy as np

from zoo865.data.features import Action, Position
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.games.find import game_of
from zoo865.games.game import Game
from zoo865.games.minimax import solved
from zoo865.games.self_play import random_openings

OPENINGS, MOVES = {"validation": 50, "test": 250}, 6  # of a game that nobody has solved; moves of each, at most


def game(name: str) -> Data:
    """A game that a network learns by playing itself.

    Its examples are positions that it is measured by: "position", as the rules have it; "board", as the player sees it;
    "scores", (actions,) float32, what each action leads to: above 0 won, 0 drawn, below 0 lost, NaN where illegal. Of
    games that nobody has solved the scores are NaN.

    Args:
        name: see `zoo865.games.find.game_of`.

    Raises:
        ZooError: there is no such game, or it is of another kind than is played here.
    """
    rules = game_of(name)
    parts, about = {"tictactoe": _all_positions, "connect4": _some_positions}.get(name, _openings)(rules)
    spec = Spec({"board": Position(name)}, {"action": Action(rules.actions)})
    start = _examples(rules, rules.initial_positions(1))  # training brings its own positions
    return Data(f"game:{name}", spec, start, parts["validation"], parts["test"], about)


def _examples(rules: Game, positions: np.ndarray, scores=None) -> Arrays:
    scores = np.full((len(positions), rules.actions), np.nan, np.float32) if scores is None else scores
    return Arrays(board=rules.seen(positions), position=positions, scores=scores)


def _all_positions(rules: Game):
    positions, scores = solved(rules)
    some = np.random.default_rng(0).permutation(len(positions))[:500]
    parts = {"validation": _examples(rules, positions[some], scores[some]), "test": _examples(rules, positions, scores)}
    about = f"All {len(positions):,} positions of {rules.name} that can come about, solved by minimax, are the test. "
    return parts, f"{about}500 of them watch over training, which chooses nothing by them."


def _some_positions(rules: Game):
    text = gzip.decompress((files("zoo865.data.sets") / f"{rules.name}.csv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(text.splitlines()))
    longest = max(len(row["moves"]) for row in rows)
    moves = np.array([[int(column) - 1 for column in row["moves"].ljust(longest, "0")] for row in rows])
    scores = np.array(
        [[float(row[f"score{action + 1}"] or "nan") for action in range(rules.actions)] for row in rows], "float32"
    )
    positions, split = rules.replayed(moves), np.array([row["split"] for row in rows])
    parts = {name: _examples(rules, positions[split == name], scores[split == name]) for name in OPENINGS}
    about = f"{len(parts['validation']):,} positions to validate, {len(parts['test']):,} to test, with exact scores: "
    return parts, f"{about}of 8 moves without a forced one, as UCI's connect-4, and for the test also of random games."


def _openings(rules: Game):
    parts = {
        name: _examples(rules, random_openings(rules, count, MOVES, np.random.default_rng(seed)))
        for seed, (name, count) in enumerate(OPENINGS.items())
    }
    return parts, f"Nobody has solved {rules.name}: openings of up to {MOVES} moves at random, to play games from."
