"""A generation: whole games of a network against itself, many at once, every move searched."""

import numpy as np

from zoo865.games.game import Game
from zoo865.games.players import random_player
from zoo865.games.search import Trees, most_trees, one_end

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
    search_weight: float,
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Plays games to their end.

    Args:
        game: its rules.
        evaluate: what the network says of positions (`zoo865.games.network.Evaluator`).
        random: from which all that is random comes.
        games, simulations, fast_simulations, full_share, openings, explored, search_weight: as of
            `zoo865.batches.self_play.SelfPlay`.

    Returns:
        What was searched in full: "board" (positions, ...), "policy" (positions, actions) float32, which share of the
        simulations tried each action, "value" (positions, 3) float32: who was to move lost, drew, won. And of the games:
        their mean length, and the shares that who began won, and that were drawn.

    Example:
        >>> game, random = GAMES["tictactoe"], np.random.default_rng(0)
        >>> uniform = lambda positions: (game.legal_actions(positions) / 9, np.full((len(positions), 3), 1 / 3))
        >>> how = {"simulations": 20, "fast_simulations": 5, "full_share": 1.0, "openings": 1, "explored": 4, "search_weight": 0}
        >>> seen, about = play_generation(game, uniform, random, games=3, **how)
        >>> seen["board"].shape[1:], seen["policy"].sum(1).round(3).min()
        ((3, 3), np.float32(1.0))
    """
    openings_of, searches = random_openings(game, games, openings, random), max(simulations, fast_simulations)
    rows = np.arange(min(games, most_trees(game, searches)))  # games that go on at once, each in a place of its own
    trees, begun = Trees(game, len(rows), searches), len(rows)
    which, positions, moves = rows.copy(), openings_of[rows], np.zeros(len(rows), int)
    full, left = np.zeros(len(rows), bool), np.zeros(len(rows), int)
    result, length, seen = np.zeros(games, np.float32), np.zeros(games, int), []

    def begin_searches(rows):
        full[rows] = random.random(len(rows)) < full_share
        left[rows] = np.where(full[rows], simulations, fast_simulations)
        trees.plant(rows, positions[rows], evaluate)
        # The spread of the noise follows the paper, which has 0.3 for chess.
        some = rows[full[rows]]
        trees.disturb(some, np.full(len(some), NOISE), 10 / game.actions, random)

    begin_searches(rows)
    while len(rows):
        trees.grow(rows, evaluate)
        left[rows] -= 1
        done = rows[left[rows] == 0]
        if not len(done):
            continue
        # Searches that have ended: their moves are made, while all others go on.
        found, learned = trees.found(done), full[done]
        shares = found.visits / found.visits.sum(1, keepdims=True, dtype=np.float32)
        players = game.current_players(positions[done])
        boards = game.seen(positions[done][learned])
        seen.append((which[done][learned], players[learned], boards, shares[learned], found.ends[learned]))
        drawn = moves[done] < explored
        actions = np.where(drawn, _drawn(shares, random), found.visits.argmax(1))
        positions[done] = game.after(positions[done], actions)
        moves[done] += 1
        returns = game.returns(positions[done])
        over = done[~np.isnan(returns)]
        result[which[over]] = returns[~np.isnan(returns)] * (1 - 2 * game.current_players(positions[over]))
        length[which[over]] = moves[over]
        # Where a game has ended the next begins.
        again = over[: games - begun]
        which[again], moves[again] = np.arange(begun, begun + len(again)), 0
        positions[again] = openings_of[which[again]]
        begun += len(again)
        rows = np.setdiff1d(rows, over[len(again) :])
        begin_searches(np.intersect1d(done, rows))
    game_of, players, boards, policies, ends = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    ended = one_end(result[game_of] * (1 - 2 * players))
    targets = {"board": boards, "policy": policies, "value": ended + search_weight * (ends - ended)}
    about = {"first_wins": float((result > 0).mean()), "draws": float((result == 0).mean())}
    return targets, {"game_length": float(length.mean()), **about}


def _drawn(shares: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(count,): an action each, as likely as its share."""
    sums = shares.cumsum(1)
    return (random.random((len(shares), 1)) * sums[:, -1:] >= sums).sum(1).clip(max=shares.shape[1] - 1)
