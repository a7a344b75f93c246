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
        simulations tried each action, "value" (positions, 3) float32: how likely who was to move lost, drew, won. And
        of the games: their mean length, and the shares that who began won, and that were drawn.

    Example:
        >>> game, random = GAMES["tictactoe"], np.random.default_rng(0)
        >>> uniform = lambda positions: (game.legal_actions(positions) / 9, np.full((len(positions), 3), 1 / 3))
        >>> how = {"simulations": 20, "fast_simulations": 5, "full_share": 1, "openings": 1, "explored": 4}
        >>> seen, about = play_generation(game, uniform, random, games=3, search_weight=0.5, **how)
        >>> seen["board"].shape[1:], seen["policy"].sum(1).round(3).min()
        ((3, 3), np.float32(1.0))
    """
    queue, most = random_openings(game, games, openings, random), max(simulations, fast_simulations)
    rows = np.arange(min(games, most_trees(game, most)))  # games that go on at once, each with a tree of its own
    trees, begun = Trees(game, len(rows), most), len(rows)
    number, positions, moves = rows.copy(), queue[rows], np.zeros(len(rows), int)
    full, left = np.zeros(len(rows), bool), np.zeros(len(rows), int)  # of searches: whether learned from; simulations
    result, length, learned = np.zeros(games, np.float32), np.zeros(games, int), []

    def begin_searches(rows):
        full[rows] = random.random(len(rows)) < full_share
        left[rows] = np.where(full[rows], simulations, fast_simulations)
        trees.plant(rows, positions[rows], evaluate)
        # The noise is as spiky as the paper's, which has 0.3 for chess.
        trees.disturb(rows[full[rows]], NOISE, 10 / game.actions, random)

    begin_searches(rows)
    while len(rows):
        trees.grow(rows, evaluate)
        left[rows] -= 1
        done = rows[left[rows] == 0]  # their moves are made now; all others search on
        if not len(done):
            continue
        found = trees.found(done)
        shares = found.visits / found.visits.sum(1, keepdims=True, dtype=np.float32)
        seen = number[done], game.current_players(positions[done]), game.seen(positions[done]), shares, found.ends
        learned.append([array[full[done]] for array in seen])
        actions = np.where(moves[done] < explored, _drawn(shares, random), found.visits.argmax(1))
        positions[done], moves[done] = game.after(positions[done], actions), moves[done] + 1
        returns = game.returns(positions[done])
        ended, returns = done[~np.isnan(returns)], returns[~np.isnan(returns)]
        result[number[ended]] = returns * (1 - 2 * game.current_players(positions[ended]))  # for who began
        length[number[ended]] = moves[ended]
        again, gone = np.split(ended, [games - begun])  # one more game begins where one has ended, as long as any waits
        number[again], moves[again] = np.arange(begun, begun + len(again)), 0
        positions[again], begun = queue[number[again]], begun + len(again)
        rows = np.setdiff1d(rows, gone)
        begin_searches(np.setdiff1d(done, gone))
    numbers, players, boards, policies, ends = (np.concatenate(parts) for parts in zip(*learned, strict=True))
    outcomes = one_end(result[numbers] * (1 - 2 * players))
    values = outcomes + search_weight * (ends - outcomes)
    about = {"first_wins": float((result > 0).mean()), "draws": float((result == 0).mean())}
    return {"board": boards, "policy": policies, "value": values}, {"game_length": float(length.mean()), **about}


def _drawn(shares: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(count,): an action each, as likely as its share."""
    sums = shares.cumsum(1)
    return (random.random((len(shares), 1)) * sums[:, -1:] >= sums).sum(1).clip(max=shares.shape[1] - 1)
