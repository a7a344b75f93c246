"""Monte Carlo tree search of many positions at once, led by a network.

Every simulation walks down each position's tree, to where a move was never tried: always by the move whose value so
far, plus a bonus for what is likely and seldom tried, is highest (PUCT). What is found there is valued by the network,
once for the trees of all positions together, and its value goes up into every move on the way.

Papers: Coulom 2006 and Kocsis, Szepesvari 2006 (trees grown by simulations); Rosin 2011 (PUCT); Silver et al. 2017,
2018 (a network in place of random games; noise at the root).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zoo865.games.game import Game

EXPLORATION = 1.25  # PUCT's constant
MOST_EDGES = 2**25  # actions of nodes in memory at once, 20 bytes each; beyond, positions are searched part by part
# positions -> (count, actions) float32 probabilities, of illegal actions 0; (count,) float32 values.
Evaluate = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Found:
    """What a search found of each position.

    Args:
        visits: (count, actions) int32: how many simulations tried each action.
        values: (count,) float32: the mean value of all simulations.
        action_values: (count, actions) float32: of those that tried each action; 0 where none did.
    """

    visits: np.ndarray
    values: np.ndarray
    action_values: np.ndarray


def search(
    game: Game,
    positions: np.ndarray,
    evaluate: Evaluate,
    *,
    simulations: int | np.ndarray,
    exploration: float = EXPLORATION,
    noise: float | np.ndarray = 0.0,
    concentration: float = 1.0,
    random: np.random.Generator | None = None,
) -> Found:
    """Searches positions in which the game goes on.

    Args:
        game: its rules.
        positions: (count, ...), those of the game.
        evaluate: what the network says of positions.
        simulations: how many in each, or (count,) of each its own number, at least 1.
        exploration: how much what is likely and seldom tried counts beside values (PUCT's constant).
        noise: which share of the root's probabilities is drawn at random, so that anything may be tried; or (count,).
        concentration: of the Dirichlet distribution which that share is drawn from.
        random: where the noise comes from; None for no noise.

    Returns:
        What was found.

    Example:
        >>> game = GAMES["tictactoe"]
        >>> uniform = lambda positions: (game.legal_actions(positions) / 9, np.zeros(len(positions), "float32"))
        >>> found = search(game, game.from_names("a3 a2 b3 b2"), uniform, simulations=50)  # completes a row
        >>> int(found.visits.argmax())
        2
    """
    simulations, noise = (np.broadcast_to(one, len(positions)) for one in (simulations, noise))
    together = max(1, MOST_EDGES // ((int(simulations.max()) + 1) * game.actions))
    visits, totals = [], []
    for begin in range(0, len(positions), together):
        rows = slice(begin, begin + together)
        tree = _Tree(game, positions[rows], int(simulations[rows].max()))
        tree.expand(np.arange(len(tree.used)), np.zeros(len(tree.used), int), evaluate)
        if random and noise[rows].any():
            tree.disturb(noise[rows], concentration, random)
        for done in range(simulations[rows].max()):
            tree.simulate(np.flatnonzero(simulations[rows] > done), evaluate, exploration)
        visits.append(tree.visits[:, 0])
        totals.append(tree.totals[:, 0])
    tried, total = np.concatenate(visits), np.concatenate(totals)
    return Found(tried, total.sum(1) / tried.sum(1), total / np.maximum(tried, 1))


class _Tree:
    """The trees of all positions: each has its own nodes, numbered in the order in which they were found."""

    def __init__(self, game: Game, positions: np.ndarray, simulations: int):
        count, nodes = len(positions), simulations + 1
        self.game, self.used = game, np.ones(count, int)
        self.positions = np.empty((count, nodes, *positions.shape[1:]), positions.dtype)
        self.positions[:, 0] = positions
        self.players = np.zeros((count, nodes), np.int8)
        self.players[:, 0] = game.current_players(positions)
        self.values = np.zeros((count, nodes), np.float32)  # for whose turn it is
        self.ended = np.zeros((count, nodes), bool)
        shape = (count, nodes, game.actions)
        self.children = np.full(shape, -1, np.int32)
        self.visits, self.totals = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
        self.priors = np.zeros(shape, np.float32)  # of illegal actions 0

    def expand(self, rows, nodes, evaluate: Evaluate):
        """Asks of nodes in which the game goes on how likely each action is, and what they are worth."""
        if len(rows):
            self.priors[rows, nodes], self.values[rows, nodes] = evaluate(self.positions[rows, nodes])

    def disturb(self, noise, concentration: float, random):
        """Lets a share of how likely actions are at the roots be random."""
        legal = self.game.legal_actions(self.positions[:, 0])
        drawn = random.standard_gamma(concentration, legal.shape).astype("float32") * legal
        drawn /= np.maximum(drawn.sum(1, keepdims=True), 1e-30)
        self.priors[:, 0] += noise[:, None].astype("float32") * (drawn - self.priors[:, 0])

    def simulate(self, rows, evaluate: Evaluate, exploration: float):
        """One simulation of each of these positions."""
        path, all_rows, nodes = [], rows, np.zeros(len(rows), int)
        leaves = np.zeros(len(self.used), int)
        while len(rows):
            actions = self._choose(rows, nodes, exploration)
            path.append((rows, nodes, actions))
            children = self.children[rows, nodes, actions]
            fresh = children < 0
            if fresh.any():
                children[fresh] = self._add(rows[fresh], nodes[fresh], actions[fresh], evaluate)
            leaves[rows] = children
            on = ~fresh & ~self.ended[rows, children]
            rows, nodes = rows[on], children[on]
        # The value at each leaf, for the player who began, goes up the way that led there.
        values, at = np.zeros(len(self.used), np.float32), leaves[all_rows]
        values[all_rows] = (1 - 2 * self.players[all_rows, at]) * self.values[all_rows, at]
        for rows, nodes, actions in path:
            self.visits[rows, nodes, actions] += 1
            self.totals[rows, nodes, actions] += (1 - 2 * self.players[rows, nodes]) * values[rows]

    def _choose(self, rows, nodes, exploration: float):
        visits, priors = self.visits[rows, nodes], self.priors[rows, nodes]
        bonus = exploration * np.sqrt(visits.sum(1, keepdims=True) + 1) * priors / (1 + visits)
        value = self.totals[rows, nodes] / np.maximum(visits, 1)
        return np.where(priors > 0, value + bonus, -np.inf).argmax(1)

    def _add(self, rows, nodes, actions, evaluate: Evaluate):
        """The nodes that actions lead to which were never tried, evaluated."""
        added = self.used[rows]
        self.used[rows] += 1
        self.children[rows, nodes, actions] = added
        positions = self.game.after(self.positions[rows, nodes], actions)
        self.positions[rows, added] = positions
        self.players[rows, added] = self.game.current_players(positions)
        returns = self.game.returns(positions)
        ended = ~np.isnan(returns)
        self.ended[rows, added] = ended
        self.values[rows, added] = np.where(ended, returns, 0)
        self.expand(rows[~ended], added[~ended], evaluate)
        return added
