"""Monte Carlo tree search of many positions at once, led by a network.

Every simulation walks down each position's tree, to where a move was never tried: always by the move whose value so
far, plus a bonus for what is likely and seldom tried, is highest (PUCT). What is found there is valued by the network,
once for the trees of all positions together, and what it is worth goes up into every move on the way.

Papers: Coulom 2006 and Kocsis, Szepesvari 2006 (trees grown by simulations); Rosin 2011 (PUCT); Silver et al. 2017,
2018 (a network in place of random games; noise at the root).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zoo865.games.game import Game

EXPLORATION = 1.25  # PUCT's constant
MOST_EDGES = 2**25  # actions of nodes in memory at once, 20 bytes each; beyond, positions are searched part by part
ENDS = 3  # lost, drawn, won
# positions -> (count, actions) float32: how likely each action is, of illegal ones 0; (count, 3) float32: how likely a
# loss, a draw, and a win are for who is to move.
Evaluate = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Found:
    """What a search found of each position.

    Args:
        visits: (count, actions) int32: how many simulations tried each action.
        ends: (count, 3) float32: how likely who is to move loses, draws, wins, the mean of all simulations.
        action_values: (count, actions) float32: the mean value of those that tried each action; 0 where none did.
    """

    visits: np.ndarray
    ends: np.ndarray
    action_values: np.ndarray

    @property
    def values(self) -> np.ndarray:
        """(count,) float32: how much likelier a win is than a loss."""
        return _value_of(self.ends)


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
        >>> uniform = lambda positions: (game.legal_actions(positions) / 9, np.full((len(positions), 3), 1 / 3))
        >>> found = search(game, game.from_names("a3 a2 b3 b2"), uniform, simulations=50)  # completes a row
        >>> int(found.visits.argmax())
        2
    """
    simulations, noise = (np.broadcast_to(one, len(positions)) for one in (simulations, noise))
    together, parts = most_trees(game, int(simulations.max())), []
    for begin in range(0, len(positions), together):
        rows = slice(begin, begin + together)
        wanted = simulations[rows]
        trees, every = Trees(game, len(wanted), int(wanted.max())), np.arange(len(wanted))
        trees.plant(every, positions[rows], evaluate)
        if random and noise[rows].any():
            trees.disturb(every, noise[rows, None], concentration, random)
        for done in range(wanted.max()):
            trees.grow(np.flatnonzero(wanted > done), evaluate, exploration)
        parts.append(vars(trees.found(every)))
    return Found(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def most_trees(game: Game, simulations: int) -> int:
    """How many trees of so many simulations may be in memory at once.

    Example:
        >>> most_trees(GAMES["connect4"], 200)
        23847
    """
    return max(1, MOST_EDGES // ((simulations + 1) * game.actions))


class Trees:
    """A tree for each of many positions; its nodes are numbered in the order in which they were found.

    Args:
        game: its rules.
        count: how many trees.
        simulations: how many each has room for.

    Example:
        >>> game = GAMES["tictactoe"]
        >>> uniform = lambda positions: (game.legal_actions(positions) / 9, np.full((len(positions), 3), 1 / 3))
        >>> trees, first = Trees(game, 2, simulations=5), np.array([0])
        >>> trees.plant(first, game.initial_positions(1), uniform)
        >>> trees.grow(first, uniform)
        >>> trees.found(first).visits.sum()
        np.int64(1)
    """

    def __init__(self, game: Game, count: int, simulations: int):
        self.game, self.used = game, np.zeros(count, int)
        shape = (count, simulations + 1)
        some = game.initial_positions(1)
        self.positions = np.empty((*shape, *some.shape[1:]), some.dtype)
        self.players, self.ended = np.zeros(shape, np.int8), np.zeros(shape, bool)
        self.ends = np.zeros((*shape, ENDS), np.float32)  # for whose turn it is
        self.all_ends = np.zeros((count, ENDS), np.float32)  # of all simulations, for whose turn it is at the root
        self.children = np.full((*shape, game.actions), -1, np.int32)
        self.visits, self.totals = np.zeros(self.children.shape, np.int32), np.zeros(self.children.shape, np.float32)
        self.priors = np.zeros(self.children.shape, np.float32)  # of illegal actions 0

    def plant(self, rows: np.ndarray, positions: np.ndarray, evaluate: Evaluate) -> None:
        """Begins these trees anew, each from its position, in which the game goes on."""
        for array, empty in ((self.children, -1), (self.visits, 0), (self.totals, 0), (self.ended, False)):
            array[rows] = empty
        self.all_ends[rows], self.used[rows] = 0, 1
        self.positions[rows, 0], self.players[rows, 0] = positions, self.game.current_players(positions)
        self._expand(rows, np.zeros(len(rows), int), evaluate)

    def disturb(self, rows: np.ndarray, noise: float | np.ndarray, concentration: float, random) -> None:
        """Lets a share, or (count, 1) shares, of how likely actions are at the roots of these trees be random."""
        legal = self.game.legal_actions(self.positions[rows, 0])
        drawn = random.standard_gamma(concentration, legal.shape).astype("float32") * legal
        drawn /= np.maximum(drawn.sum(1, keepdims=True), 1e-30)
        self.priors[rows, 0] += (noise * (drawn - self.priors[rows, 0])).astype("float32")

    def grow(self, rows: np.ndarray, evaluate: Evaluate, exploration: float = EXPLORATION) -> None:
        """One simulation of each of these trees."""
        path, fresh, all_rows, nodes = [], [], rows, np.zeros(len(rows), int)
        leaves = np.zeros(len(self.used), int)
        while len(rows):
            actions = self._choose(rows, nodes, exploration)
            path.append((rows, nodes, actions))
            children = self.children[rows, nodes, actions]
            new = children < 0
            fresh.append((rows[new], nodes[new], actions[new]))
            leaves[rows] = np.where(new, self.used[rows], children)
            on = ~new & ~self.ended[rows, children]
            rows, nodes = rows[on], children[on]
        self._add(evaluate, *(np.concatenate(parts) for parts in zip(*fresh, strict=True)))
        # What the leaf is worth, for the player who began, goes up the way that led there.
        ends, at = self.ends[all_rows, leaves[all_rows]], self.players[all_rows, leaves[all_rows]]
        values = np.zeros(len(self.used), np.float32)
        values[all_rows] = (1 - 2 * at) * _value_of(ends)
        for rows, nodes, actions in path:
            self.visits[rows, nodes, actions] += 1
            self.totals[rows, nodes, actions] += (1 - 2 * self.players[rows, nodes]) * values[rows]
        same = at == self.players[all_rows, 0]
        self.all_ends[all_rows] += np.where(same[:, None], ends, ends[:, ::-1])

    def found(self, rows: np.ndarray) -> Found:
        """What was found of these trees' positions."""
        visits, totals = self.visits[rows, 0], self.totals[rows, 0]
        ends = self.all_ends[rows] / np.maximum(visits.sum(1, keepdims=True, dtype=np.float32), 1)
        return Found(visits, ends, totals / np.maximum(visits, 1))

    def _choose(self, rows, nodes, exploration: float):
        visits, priors = self.visits[rows, nodes], self.priors[rows, nodes]
        bonus = exploration * np.sqrt(visits.sum(1, keepdims=True) + 1) * priors / (1 + visits)
        value = self.totals[rows, nodes] / np.maximum(visits, 1)
        return np.where(priors > 0, value + bonus, -np.inf).argmax(1)

    def _add(self, evaluate: Evaluate, rows, nodes, actions):
        """Adds the nodes that actions lead to which were never tried, evaluated."""
        added = self.used[rows]
        self.used[rows] += 1
        self.children[rows, nodes, actions] = added
        positions = self.game.after(self.positions[rows, nodes], actions)
        self.positions[rows, added] = positions
        self.players[rows, added] = self.game.current_players(positions)
        returns = self.game.returns(positions)
        ended = ~np.isnan(returns)
        self.ended[rows, added] = ended
        self.ends[rows[ended], added[ended]] = one_end(returns[ended])
        self._expand(rows[~ended], added[~ended], evaluate)

    def _expand(self, rows, nodes, evaluate: Evaluate):
        """Asks of nodes in which the game goes on how likely each action is, and what they are worth."""
        if len(rows):
            self.priors[rows, nodes], self.ends[rows, nodes] = evaluate(self.positions[rows, nodes])


def one_end(returns: np.ndarray) -> np.ndarray:
    """(count, 3) float32: 1 for what values of ended games, (count,), say: lost, drawn, or won.

    Example:
        >>> one_end(np.array([-1.0, 0.0])).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    return np.eye(ENDS, dtype=np.float32)[np.sign(returns).astype(int) + 1]


def _value_of(ends: np.ndarray) -> np.ndarray:
    """How much likelier a win is than a loss, of (..., 3)."""
    return ends[..., 2] - ends[..., 0]
