"""Who plays: at random, by a search that a network leads, or by one that plays games at random to their end."""

from collections.abc import Callable

import numpy as np

from zoo865.games.game import Game
from zoo865.games.search import Evaluate, one_end, search

# positions, (count, ...) in which the game goes on -> (count,) legal actions
Player = Callable[[np.ndarray], np.ndarray]


def random_player(game: Game, random: np.random.Generator) -> Player:
    """Every legal action is as likely.

    Example:
        >>> player = random_player(GAMES["connect4"], np.random.default_rng(0))
        >>> player(GAMES["connect4"].initial_positions(3)).shape
        (3,)
    """

    def play(positions):
        legal = game.legal_actions(positions)
        return np.where(legal, random.random(legal.shape), -1).argmax(1)

    return play


def searching_player(game: Game, evaluate: Evaluate, simulations: int) -> Player:
    """The action that a search tries most often.

    Example:
        >>> game = GAMES["connect4"]
        >>> player = searching_player(game, rollouts(game, np.random.default_rng(0)), simulations=50)
        >>> int(player(game.from_names("112233"))[0])  # 4 wins
        3
    """

    def play(positions):
        return search(game, positions, evaluate, simulations=simulations).visits.argmax(1)

    return play


def rollouts(game: Game, random: np.random.Generator) -> Evaluate:
    """What is known without a network: every action is as likely, and a position is worth what a game at random from
    there ends with. A search by it is plain Monte Carlo tree search (Kocsis, Szepesvari 2006).

    Example:
        >>> game = GAMES["tictactoe"]
        >>> probabilities, ends = rollouts(game, np.random.default_rng(0))(game.initial_positions(500))
        >>> bool(ends[:, 2].mean() > 0.5)  # who begins wins more often
        True
    """
    choose = random_player(game, random)

    def evaluate(positions):
        legal = game.legal_actions(positions)
        players, values = game.current_players(positions), np.zeros(len(positions), np.float32)
        rows, on = np.arange(len(positions)), positions
        while len(rows):
            on = game.after(on, choose(on))
            returns = game.returns(on)
            over = ~np.isnan(returns)
            same = game.current_players(on) == players[rows]
            values[rows[over]] = np.where(same, returns, -returns)[over]
            rows, on = rows[~over], on[~over]
        return (legal / legal.sum(1, keepdims=True)).astype(np.float32), one_end(values)

    return evaluate


def match(game: Game, first: Player, second: Player, openings: np.ndarray) -> tuple[np.ndarray, list[list[int]]]:
    """Games between two players, all in lockstep, each opening twice: the first player moves next, then the second.

    Args:
        game: its rules.
        first, second: who plays.
        openings: (count, ...) positions in which the game goes on.

    Returns:
        (2 * count,) float32: 1 where the first player won, 0 a draw, -1 where the second won; and the moves of each.

    Example:
        >>> game, random = GAMES["tictactoe"], np.random.default_rng(0)
        >>> strong = searching_player(game, rollouts(game, random), simulations=50)
        >>> results, moves = match(game, strong, random_player(game, random), game.initial_positions(20))
        >>> bool(results.mean() > 0.7), len(moves)
        (True, 40)
    """
    positions = np.concatenate([openings, openings])
    # Which player of the game the first one is.
    begins = game.current_players(positions)
    begins[len(openings) :] = 1 - begins[len(openings) :]
    results, rows, moves = np.zeros(len(positions), np.float32), np.arange(len(positions)), [[] for _ in positions]
    while len(rows):
        actions, turn = np.zeros(len(rows), int), game.current_players(positions) == begins[rows]
        for some, player in ((turn, first), (~turn, second)):
            if some.any():
                actions[some] = player(positions[some])
        for row, action in zip(rows, actions, strict=True):
            moves[row].append(int(action))
        positions = game.after(positions, actions)
        returns = game.returns(positions)
        over = ~np.isnan(returns)
        mine = game.current_players(positions) == begins[rows]
        results[rows[over]] = np.where(mine, returns, -returns)[over]
        rows, positions = rows[~over], positions[~over]
    return results, moves
