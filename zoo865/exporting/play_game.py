"""Plays a game with a trained network: against moves at random, another search, another network, or a person."""

import re

import numpy as np

from zoo865.errors import ZooError
from zoo865.exporting.predictor import Predictor
from zoo865.games.game import Game
from zoo865.games.network import Evaluator
from zoo865.games.players import Player, match, random_player, rollouts, searching_player
from zoo865.metrics.intervals import interval
from zoo865.training.published import find_trained

MOST_GAMES, OPENING = 10_000, 4  # moves at random that begin a game, at most
MOST_SIMULATIONS = 100_000
TRIES = 20  # openings that are drawn for each that is played, so that none is played again
SEARCHED = re.compile(r"mcts:(\d+)")


def play_game(name, *, against: str = "random", simulations: int = 200, games: int = 10, seed: int = 0) -> dict:
    """Plays games: each opening, of up to OPENING moves at random, twice, so that both begin. No opening comes again.

    Args:
        name: a run, a published model, the path of one, or the name of a system.
        against: "random"; "mcts:500", a search of so many simulations that plays games at random to their end; or
            another network, as `name`.
        simulations: of each search that a network leads.
        games: how many; an odd number is made even; fewer where there are not as many openings.
        seed: of openings, and of what opponents draw.

    Returns:
        {"model", "game", "against", "simulations", "games", "won", "drawn", "lost", "points": wins and half of the
        draws, "points_low", "points_high": their interval of 95 %, in which the two games of an opening count as one,
        "moves": of each game, by name, its opening included, "network_began": of each, whether the network did}.

    Raises:
        ZooError: it plays no game, or not this one; there is no such opponent; a number is out of its range.
    """
    game, player, origin = _searching_network(name, simulations)
    if not 1 <= games <= MOST_GAMES:
        raise ZooError(f"cannot play {games} games", f"give a number from 1 to {MOST_GAMES}")
    if seed < 0:
        raise ZooError(f"seed must be at least 0, not {seed}")
    random = np.random.default_rng(seed)
    begun = _openings(game, -(-games // 2), random)
    openings = game.replayed(np.array([[*actions, *[-1] * (OPENING - len(actions))] for actions in begun]))
    results, moves = match(game, player, _opponent(against, game, simulations, random), openings)
    every = [[*begun[row % len(begun)], *one] for row, one in enumerate(moves)]
    first = game.current_players(openings) == 0
    won, drawn = int((results > 0).sum()), int((results == 0).sum())
    points = (won + drawn / 2) / len(results)
    low, high = interval(points, len(openings))
    return {
        "model": origin,
        "game": game.name,
        "against": against,
        "simulations": simulations,
        "games": len(results),
        "won": won,
        "drawn": drawn,
        "lost": len(results) - won - drawn,
        "points": points,
        "points_low": low,
        "points_high": high,
        "moves": [_named(game, one) for one in every],
        "network_began": [*first.tolist(), *(~first).tolist()],
    }


def check_simulations(simulations: int) -> None:
    """Raises ZooError if there are none, or too many for a tree to fit into memory."""
    if not 1 <= simulations <= MOST_SIMULATIONS:
        hint = f"give 1, and the network moves alone, to {MOST_SIMULATIONS:,}"
        raise ZooError(f"cannot search with {simulations} simulations", hint)


def _searching_network(name, simulations: int) -> tuple[Game, Player, str]:
    """The game that a trained network plays, how it plays it, and which it is.

    Raises:
        ZooError: it plays none, or `simulations` is below 1.
    """
    check_simulations(simulations)
    run = find_trained(name)
    if (game := run.spec.game) is None:
        raise ZooError(f"{run.path} plays no game", f"use zoo865 {run.recipe.task.usage}")
    predictor = Predictor(run)

    def answer(boards):
        outputs = predictor.run("serve", board=boards)
        return outputs["probabilities"], outputs["ends"]

    # What was asked is remembered, of games that have much in common.
    return game, searching_player(game, Evaluator(game, answer), simulations), run.origin


def _opponent(against: str, game: Game, simulations: int, random) -> Player:
    if against == "random":
        return random_player(game, random)
    if found := SEARCHED.fullmatch(against):
        check_simulations(int(found[1]))
        return searching_player(game, rollouts(game, random), int(found[1]))
    if against.startswith("mcts"):
        raise ZooError(f"no opponent {against!r}", "name the simulations: mcts:500")
    other, player, origin = _searching_network(against, simulations)
    if other.name != game.name:
        raise ZooError(f"{origin} plays {other.name}, not {game.name}", "give a network of the same game")
    return player


def _openings(game: Game, count: int, random) -> list[list[int]]:
    """At most so many openings, the actions of each: no two lead to the same position."""
    found: dict = {}
    for _ in range(TRIES * count):
        actions, position = [], game.initial_positions(1)
        for _ in range(random.integers(0, OPENING + 1)):
            legal = np.flatnonzero(game.legal_actions(position)[0])
            action = int(random.choice(legal))
            after = game.after(position, np.array([action]))
            if not np.isnan(game.returns(after)[0]):
                break
            actions, position = [*actions, action], after
        (key,) = game.keys(position)
        found.setdefault(key, actions)
        if len(found) == count:
            break
    return list(found.values())


def _named(game: Game, moves: list[int]) -> list[str]:
    """The names of moves from the beginning on."""
    names, position = [], game.initial_positions(1)
    for action in moves:
        names.append(game.action_name(position, action))
        position = game.after(position, np.array([action]))
    return names


class Session:
    """A game of a person with a network.

    Args:
        name: see `play_game`.
        simulations: of each of its searches.
        begins: whether the person moves first.

    Raises:
        ZooError: the network plays no game, or `simulations` is below 1.
    """

    def __init__(self, name, *, simulations: int = 200, begins: bool = True):
        self.game, self.player, self.origin = _searching_network(name, simulations)
        self.person, self.positions = 0 if begins else 1, [self.game.initial_positions(1)]
        self.said = ""
        self._answer()

    @property
    def position(self) -> np.ndarray:
        """(1, ...), as it is now."""
        return self.positions[-1]

    @property
    def result(self) -> str:
        """How the game ended, for the person; "" while it goes on."""
        (value,), (turn,) = self.game.returns(self.position), self.game.current_players(self.position)
        if np.isnan(value):
            return ""
        mine = value if turn == self.person else -value
        return {1: "you have won", 0: "a draw", -1: "you have lost"}[int(np.sign(mine))]

    def move(self, name: str) -> None:
        """Makes the person's move, and the network's after it.

        Raises:
            ZooError: it is not possible.
        """
        self.positions.append(self.game.after_named(self.position, name))
        self._answer()

    def undo(self) -> None:
        """Takes back the person's last move, and what followed."""
        turns = [self.game.current_players(position)[0] == self.person for position in self.positions[:-1]]
        if any(turns):
            del self.positions[len(turns) - turns[::-1].index(True) :]
            self.said = ""

    def _answer(self):
        self.said = ""
        while not self.result and self.game.current_players(self.position)[0] != self.person:
            action = int(self.player(self.position)[0])
            self.said += f"zoo865 plays {self.game.action_name(self.position, action)}\n"
            self.positions.append(self.game.after(self.position, np.array([action])))
