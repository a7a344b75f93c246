"""What the report shows of a board game: what was learned by the minute, a game as a filmstrip, a move's tree."""

from collections.abc import Iterator

import numpy as np

from zoo865.batches.self_play import answers_of
from zoo865.games.network import Evaluator
from zoo865.games.search import Trees
from zoo865.tasks.task import Part, Pictures, ReportSection

LEVELS, LEAST, BRANCHES = 3, 0.03, 4  # of the tree: moves ahead, the share of simulations and the moves that are shown
CURVES = ("val_right_moves", "val_value_accuracy")


def parts(run, simulations: int, references) -> Iterator[Part]:
    """What was learned by the minute, a game against itself, the tree of one of its moves.

    Args:
        run: a `zoo865.Run` of a game.
        simulations: of each search.
        references: gives the `zoo865.tasks.task.Reference`s that are drawn.
    """
    if all({"cpu_seconds", *CURVES} <= row.keys() for row in run.history):
        yield Part("What was learned by the minute", lambda: [_learned(run, references())])
    yield Part("Game", lambda: _game(run, simulations))


def _learned(run, references) -> ReportSection:
    from zoo865.visualize.curves import curves

    minutes = np.cumsum([row["cpu_seconds"] for row in run.history]) / 60
    lines = {
        name.removeprefix("val_").replace("_", " "): (minutes, [row[name] for row in run.history]) for name in CURVES
    }
    levels = {each.name: each.values["right_moves"] for each in references if "right_moves" in each.values}
    caption = (
        "The network alone, in positions whose exact worth is known (validation): how often its likeliest move keeps "
        "what the position is worth, and how often it tells who wins. The dashed lines are moves of others."
    )
    figure = curves(lines, "share of positions", "CPU minutes of training", levels)
    return ReportSection("learned", "What was learned by the minute", caption, figure)


def _game(run, simulations: int) -> list[ReportSection]:
    """One game against itself, from the first move on, and of the move that the search changed most its tree."""
    game = run.spec.game
    evaluate = Evaluator(game, answers_of(run.model, run.spec))
    trees, one = Trees(game, 1, simulations), np.array([0])
    position, positions, titles, surprise = game.initial_positions(1), [], [], -1.0
    told: list[ReportSection] = []  # the tree
    while np.isnan(game.returns(position)[0]):
        trees.plant(one, position, evaluate)
        for _ in range(simulations):
            trees.grow(one, evaluate)
        found, (likely,) = trees.found(one), evaluate(position)[0]
        shares = found.visits[0] / simulations
        action = int(shares.argmax())
        value = found.values[0] * (1 - 2 * game.current_players(position)[0])  # for who began, all through the game
        titles.append(f"{len(titles) + 1}. {game.action_name(position, action)}: {value:+.2f}")
        if (changed := np.abs(shares - likely).sum()) > surprise:
            surprise, told = changed, [_tree(game, trees, position, likely, len(titles))]
        position = game.after(position, np.array([action]))
        positions.append(position)
    end = game.returns(position)[0] * (1 - 2 * game.current_players(position)[0])
    said = {1: "Who began won", 0: "It is a draw", -1: "Who began lost"}[int(np.sign(end))]
    caption = (
        f"Against itself, {simulations} simulations a move. Below each position: its number and move, and what the "
        f"search held of it for who began, from -1, lost, to +1, won. {said}."
    )
    return [_filmstrip(game, positions, titles, caption), *told]


def _filmstrip(game, positions, titles, caption) -> ReportSection:
    if game.pieces is None:
        lines = f"{caption} It ended so:\n{game.drawn(positions[-1])}"
        return ReportSection("game", "A game", lines, table={"move and value": titles})

    from zoo865.visualize.boards import board_picture

    images, before = [], np.zeros(game.shape, int)
    for position in positions:
        board = game.seen(position)[0].astype(int)
        if game.current_players(position)[0]:  # seen by the other player: 1 and 2 change places
            board = np.where(board, 3 - board, 0)
        images.append(board_picture(board, tuple(np.argwhere(board != before)[0])))
        before = board
    return ReportSection("game", "A game", caption, pictures=Pictures(images, titles))


def _tree(game, trees: Trees, position, likely, number: int) -> ReportSection:
    from zoo865.visualize.boards import search_tree

    simulations, rows = trees.visits[0, 0].sum(), []

    def walk(node, position, level):
        visits = trees.visits[0, node]
        for action in np.argsort(-visits, kind="stable")[:BRANCHES].tolist():
            share = visits[action] / simulations
            if share < LEAST:
                break
            value = trees.totals[0, node, action] / visits[action]
            rows.append((level, f"{game.action_name(position, action)} {share:.0%} {value:+.2f}", float(share)))
            child = trees.children[0, node, action]
            if level < LEVELS and not trees.ended[0, child]:
                walk(child, game.after(position, np.array([action])), level + 1)

    walk(0, position, 1)
    best, alone = (game.action_name(position, int(one.argmax())) for one in (trees.visits[0, 0], likely))
    caption = (
        f"Move {number} of that game, of all the one at which the search changed the network's mind most: alone it "
        f"would play {alone} with {likely.max():.0%}, the search played {best}. Each move stands with the share of the "
        "simulations that went through it, and its value for who makes it; thick lines were tried often."
    )
    return ReportSection("tree", "The tree of one move", caption, search_tree(rows, LEVELS))
