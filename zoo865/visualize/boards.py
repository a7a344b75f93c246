"""Boards of games: pictures of positions, the tree of a search."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from zoo865.visualize.charts import COLOURS, TEXT, WIDTH, in_ink, plain
from zoo865.visualize.grids import INK

PLACE = 16  # pixels that a place of a board takes
EMPTY, GROUND = 0.93, 0.8  # greys of an empty place, and of what is around
ROW = 0.26  # inches that a row of a tree takes


def board_picture(board, last=None) -> np.ndarray:
    """Discs in two colours.

    Args:
        board: (rows, columns) of 0 for an empty place, 1 for the pieces of who moved first, 2 for the other's.
        last: (row, column) of a piece that gets a dot; or None.

    Returns:
        (16 * rows, 16 * columns, 3) uint8.

    Example:
        >>> board_picture(np.array([[0, 1, 2]])).shape
        (16, 48, 3)
    """
    board = np.asarray(board)
    colours = np.array([[EMPTY] * 3, to_rgb(COLOURS[0]), to_rgb(COLOURS[1])])
    middle = (np.arange(PLACE) + 0.5) / PLACE - 0.5
    away = np.hypot(middle[:, None], middle) * PLACE  # of a place's pixels from its middle
    disc, dot = (np.clip(radius * PLACE + 0.5 - away, 0, 1)[..., None] for radius in (0.42, 0.12))
    places = GROUND + disc * (colours[board][:, :, None, None] - GROUND)
    if last is not None:
        places[last] += dot * (1 - places[last])
    rows, columns = board.shape
    return (places.swapaxes(1, 2).reshape(rows * PLACE, columns * PLACE, 3) * 255).round().astype(np.uint8)


def search_tree(rows, levels: int) -> Figure:
    """Moves, and those that answer them, from left to right.

    Args:
        rows: of every node, in the order in which a walk through the tree meets them: (level, from 1 on; text; share of
            the simulations, from 0 to 1).
        levels: how many there are.
    """
    leaves, heights = 0, []
    for place, (level, _, _) in enumerate(rows):
        heights.append(leaves)
        if place + 1 == len(rows) or rows[place + 1][0] <= level:
            leaves += 1  # the next one that is no child begins a row of its own
    figure = Figure(figsize=(WIDTH, ROW * leaves + 0.1), layout="constrained")
    axis = figure.subplots()
    axis.set(xlim=(-0.1, levels), ylim=(leaves - 0.5, -0.5))
    axis.set_axis_off()
    at = {0: 0}  # level -> height of the node that was met there last
    for height, (level, text, share) in zip(heights, rows, strict=True):
        at[level] = height
        begin = level - 1.1 if level > 1 else -0.1  # where the text of the move before ends
        ends = [begin, level - 0.99], [at[level - 1], height]
        axis.plot(*ends, color=INK, linewidth=0.6 + 5 * share, alpha=0.5, solid_capstyle="butt")
        axis.text(level - 0.96, height, plain(text), color=INK, fontsize=TEXT, va="center")
    return in_ink(figure)
