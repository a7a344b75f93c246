"""What small games are worth: every position that can come about, solved from the end."""

import numpy as np

from zoo865.games.game import Game


def solved(game: Game) -> tuple[np.ndarray, np.ndarray]:
    """All positions that can come about, and what each action in them leads to if both play on without mistake.

    Args:
        game: a small one, whose players take turns: all positions are held in memory.

    Returns:
        (positions, ...) those in which the game goes on, and (positions, actions) float32: 1 a win, 0 a draw, -1 a loss
        for who moves; NaN where an action is illegal.

    Example:
        >>> positions, worth = solved(GAMES["tictactoe"])
        >>> len(positions), worth[0].tolist()  # the empty board: a draw, whatever the first move
        (4520, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    """
    levels = [game.initial_positions(1)]
    while len(levels[-1]):
        here = levels[-1][np.isnan(game.returns(levels[-1]))]
        row, action = np.nonzero(game.legal_actions(here))
        after = game.after(here[row], action)
        first = {key: place for place, key in reversed(list(enumerate(game.keys(after))))}
        levels.append(after[sorted(first.values())])
    known, positions, worth = {}, [], []
    for here in reversed(levels):
        returns = game.returns(here)
        on = np.isnan(returns)
        row, action = np.nonzero(game.legal_actions(here) & on[:, None])
        scores = np.full((len(here), game.actions), np.nan, np.float32)
        scores[row, action] = [0.0 - known[key] for key in game.keys(game.after(here[row], action))]
        values = np.where(on, np.nanmax(np.where(on[:, None], scores, 0), 1, initial=-1), returns)
        known.update(zip(game.keys(here), values, strict=True))
        positions.append(here[on])
        worth.append(scores[on])
    return np.concatenate(positions[::-1]), np.concatenate(worth[::-1])
