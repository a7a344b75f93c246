"""A generation: whole games of a network against itself, all in lockstep, every move searched."""

from typing import Any

import numpy as np

from zoo865.games.game import Game
from zoo865.games.players import random_player
from zoo865.games.search import search

ENDS = 3  # lost, drawn, won
NOISE = 0.25  # the share of what is likely at the root of a full search that is drawn at random


def random_openings(game: Game, count: int, longest: int, random: np.random.Generator) -> np.ndarray:
    """(count, ...) positions in which the game goes on, after up to so many moves at random.

    Example:
        >>> game = GAMES["connect4"]
        >>> random_openings(game, 5, 0, np.random.default_rng(0)).tolist() == game.initial_positions(5).tolist()
        True
    """
    positions, left = game.initial_positions(count), random.integers(0, longest + 1, count)
    choose = random_player(game, random)
    while (on := np.flatnonzero(left)).size:
        moved = game.after(positions[on], choose(positions[on]))
        ended = ~np.isnan(game.returns(moved))
        # Of a game that is already over another begins.
        positions[on], left[on] = moved, left[on] - 1
        positions[on[ended]] = game.initial_positions(int(ended.sum()))
    return positions


def play_generation(
    game: Game,
    evaluate,
    random: np.random.Generator,
    *,
    games: int,
    simulations: int,
    fast_simulations: int,
    full_share: float,
    openings: int,
    explored: int,
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Plays games to their end.

    Args:
        game: its rules.
        evaluate: what the network says of positions (`zoo865.games.network.Evaluator`).
        random: from which all that is random comes.
        games, simulations, fast_simulations, full_share, openings, explored: as of `zoo865.batches.self_play.SelfPlay`.

    Returns:
        What was searched in full: "board" (positions, ...), "policy" (positions, actions) float32, which share of the
        simulations tried each action, "value" (positions, 3) float32: that who was to move lost, drew, won. And of the
        games: their mean length, and the shares that who began won, and that were drawn.

    Example:
        >>> game, random = GAMES["tictactoe"], np.random.default_rng(0)
        >>> uniform = lambda positions: (game.legal_actions(positions) / 9, np.zeros(len(positions), "float32"))
        >>> how = {"simulations": 20, "fast_simulations": 5, "full_share": 1.0, "openings": 1, "explored": 4}
        >>> seen, about = play_generation(game, uniform, random, games=3, **how)
        >>> seen["board"].shape[1:], seen["policy"].sum(1).round(3).min()
        ((3, 3), np.float32(1.0))
    """
    positions = random_openings(game, games, openings, random)
    rows, found, moves = np.arange(games), [], 0
    result, length = np.zeros(games, np.float32), np.zeros(games, int)  # for who began
    while len(rows):
        full = random.random(len(rows)) < full_share
        counts, noise = np.where(full, simulations, fast_simulations), np.where(full, NOISE, 0)
        spiky = 10 / game.actions  # of the noise: as the paper, which has 0.3 for chess
        how: dict[str, Any] = {"simulations": counts, "noise": noise, "concentration": spiky}
        visits = search(game, positions, evaluate, random=random, **how).visits
        shares = visits / visits.sum(1, keepdims=True, dtype=np.float32)
        players = game.current_players(positions)
        found.append((rows[full], players[full], game.seen(positions[full]), shares[full]))
        actions = _drawn(shares, random) if moves < explored else visits.argmax(1)
        positions, moves = game.after(positions, actions), moves + 1
        returns = game.returns(positions)
        over = ~np.isnan(returns)
        result[rows[over]] = returns[over] * (1 - 2 * game.current_players(positions[over]))
        length[rows] += 1
        rows, positions = rows[~over], positions[~over]
    which, players, boards, policies = (np.concatenate(parts) for parts in zip(*found, strict=True))
    ends = np.sign(result[which]).astype(int) * (1 - 2 * players) + 1
    seen = {"board": boards, "policy": policies, "value": np.eye(ENDS, dtype=np.float32)[ends]}
    about = {"first_wins": float((result > 0).mean()), "draws": float((result == 0).mean())}
    return seen, {"game_length": float(length.mean()), **about}


def _drawn(shares: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(count,): an action each, as likely as its share."""
    sums = shares.cumsum(1)
    return (random.random((len(shares), 1)) * sums[:, -1:] >= sums).sum(1).clip(max=shares.shape[1] - 1)
