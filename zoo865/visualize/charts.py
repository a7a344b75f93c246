"""Charts, drawn to be read on a phone, on a white and on a dark page; curves are in `curves.py`."""

import math
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LogNorm, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, PercentFormatter

from zoo865.visualize.grids import INK

MANY = colormaps["tab20"]
COLOURS = ("#2f81c7", "#e0702d", "#3a9a5b", "#b04a8b")
WIDTH = 4.4  # inches: 317 points, as many as a phone of 375 pixels has for a chart
TEXT = 12  # points, and pixels there
LETTER = 0.62 * TEXT  # points that a letter takes, rather too many


def chart(xlabel: str, height: float = 2.6):
    """A figure of a page's width and its one axis."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axis = figure.subplots()
    axis.set_xlabel(xlabel)
    axis.grid(alpha=0.25)
    return figure, axis


def title_above(axis, text: str):
    """Writes above an axis what it shows."""
    axis.set_title(text, loc="left", fontsize=TEXT, color=INK)


def legend(axis, title: str, names: Sequence[str]):
    """What lines are: beside the title, or below it where both do not fit into one row; never over the lines."""
    widths = [LETTER * len(name) + 3 * TEXT for name in names]
    room = 72 * WIDTH - 60  # points, less what stands left of the axis
    beside = LETTER * len(title) + sum(widths) < room
    columns = len(widths) if sum(widths) < room else max(1, int(room / max(widths)))
    rows = 0 if beside else math.ceil(len(widths) / columns)
    at = ("lower right", (1, 1)) if beside else ("lower left", (0, 1))
    place = dict(zip(("loc", "bbox_to_anchor"), at, strict=True), ncols=columns, borderpad=0.1, borderaxespad=0.2)
    look = {"handlelength": 1, "handletextpad": 0.5, "columnspacing": 1, "labelspacing": 0.2}
    axis.legend(frameon=False, labelcolor=INK, fontsize=TEXT, **place, **look)
    axis.set_title(title, loc="left", fontsize=TEXT, color=INK, pad=6 + rows * 1.25 * TEXT)


def plain(text: str) -> str:
    """A text that a person wrote, as matplotlib writes it: a dollar begins no formula, an underscore hides no label."""
    return (" " if text.startswith("_") else "") + text.replace("$", r"\$")


def in_ink(figure: Figure) -> Figure:
    """A figure in the ink and the size of letters that pages have."""
    for axis in figure.axes:
        axis.set_facecolor("none")
        axis.tick_params(colors=INK, labelsize=TEXT)
        for text in (axis.xaxis.label, axis.yaxis.label):
            text.set_color(INK)
            text.set_fontsize(TEXT)
        for spine in axis.spines.values():
            spine.set_color(INK)
            spine.set_alpha(0.4)
    return figure


def matrix(counts, names) -> Figure:
    """A confusion matrix: rows are what is true, columns what was answered; the diagonal is right.

    Args:
        counts: (classes, classes) integers.
        names: of the classes; of many, or long ones, every second or third is written.
    """
    counts = np.asarray(counts)
    figure = Figure(figsize=(WIDTH, WIDTH), layout="constrained")
    axis = figure.subplots()
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    labels = [plain(textwrap.fill(name, 14)) for name in names]
    wide, high = max(_longest_line(label) for label in labels), max(label.count("\n") + 1 for label in labels)
    cell = (72 * WIDTH - 40 - LETTER * wide) / len(names)  # points, about
    if LETTER * max(map(len, map(str, counts.flat))) < cell:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "white" if shares[row, column] > 0.5 else "#20303f"
                axis.text(column, row, str(count), ha="center", va="center", fontsize=TEXT, color=colour)
    ticks = np.arange(len(names))[:: max(1, math.ceil(1.2 * TEXT * high / cell))]
    shown = [labels[tick] for tick in ticks]
    axis.set_xticks(ticks, shown, rotation=90 if LETTER * wide > cell else 0)
    axis.set_yticks(ticks, shown)
    axis.set_xlabel("answered")
    axis.set_ylabel("true")
    return in_ink(figure)


def _longest_line(text: str) -> int:
    return max(map(len, text.split("\n")))


def reliability_diagram(confidence, right, counts) -> Figure:
    """Accuracy over confidence, and below the number of predictions.

    Args:
        confidence, right: (bins,) means from 0 to 1 of the bins of equal width; of empty ones anything.
        counts: (bins,) answers in each.
    """
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    edges, filled = np.linspace(0, 1, len(counts) + 1), np.asarray(counts) > 0
    middles = (edges[1:] + edges[:-1]) / 2
    above.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1)
    above.bar(middles[filled], np.asarray(right)[filled], 1 / len(counts), color=COLOURS[0], alpha=0.35, linewidth=0)
    above.plot(np.asarray(confidence)[filled], np.asarray(right)[filled], "o-", color=COLOURS[0], markersize=5)
    title_above(above, "accuracy")
    below.bar(middles, counts, 1 / len(counts), color=COLOURS[0], alpha=0.6)
    title_above(below, "answers")
    below.set(xlabel="confidence", xlim=(edges[np.argmax(filled)], 1))
    above.set_ylim(0, 1.02)
    for axis in (above, below):
        axis.grid(alpha=0.25)
        axis.yaxis.set_major_locator(MaxNLocator(nbins=4))
    for percent in (above.yaxis, below.xaxis):
        percent.set_major_formatter(PercentFormatter(1, 0, "\u00a0%"))
    return in_ink(figure)


def shares(names, values, intervals, title: str) -> Figure:
    """Shares of groups, a row each from the top down, with their intervals.

    Args:
        names: of the groups.
        values: (groups,) from 0 to 1.
        intervals: (groups, 2) the lower and the upper end of each.
        title: what the names are.
    """
    figure, axis = chart("accuracy", height=1.1 + 0.34 * len(names))
    (low, high), rows = np.transpose(intervals), np.arange(len(names))
    axis.errorbar(values, rows, xerr=(values - low, high - values), fmt="o", color=COLOURS[0], markersize=5, capsize=3)
    axis.set_yticks(rows, names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=4))
    axis.xaxis.set_major_formatter(PercentFormatter(1, 0, "\u00a0%"))
    title_above(axis, title)
    return in_ink(figure)


def histogram(values, xlabel: str, title: str) -> Figure:
    """How many of the values lie where."""
    figure, axis = chart(xlabel)
    axis.hist(values, bins=20, color=COLOURS[0])
    title_above(axis, title)
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    return in_ink(figure)


def two_histograms(values: dict, xlabel: str, title: str, line: float | None = None) -> Figure:
    """How large a share of each kind of values lies where.

    Args:
        values: kind -> (count,) numbers.
        xlabel: what they are.
        title: what is counted.
        line: a value that is marked.
    """
    figure, axis = chart(xlabel)
    everything = np.concatenate(list(values.values()))
    bins = np.linspace(everything.min(), everything.max(), 41)
    for colour, (name, one) in zip(COLOURS, values.items(), strict=False):
        axis.hist(one, bins, weights=np.full(len(one), 1 / len(one)), color=colour, alpha=0.6, label=plain(name))
    if line is not None:
        axis.axvline(line, color=INK, linewidth=1)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=4, prune="lower"))  # 0 would lie on the other axis' first number
    axis.yaxis.set_major_formatter(PercentFormatter(1, 0, "\u00a0%"))
    legend(axis, title, list(values))
    return in_ink(figure)


def value_plane(sides, values, names, dots) -> Figure:
    """Values of actions over two numbers of what an agent sees.

    Args:
        sides: the x values, (columns,), and the y values, (rows,).
        values: (rows, columns, actions).
        names: of x and y.
        dots: (count, 2) points that are marked.

    Returns:
        A figure: above, the highest value; below, the best action, the paler the closer the next best comes.
    """
    figure = Figure(figsize=(WIDTH, 5.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    extent = (sides[0][0], sides[0][-1], sides[1][0], sides[1][-1])
    shown = above.imshow(values.max(-1), origin="lower", extent=extent, aspect="auto", cmap="viridis")
    figure.colorbar(shown, ax=above, location="right").ax.tick_params(colors=INK, labelsize=TEXT)
    ranked = np.sort(values, -1)
    lead = ranked[..., -1] - (ranked[..., -2] if values.shape[-1] > 1 else 0)
    colours = np.array([to_rgb(colour) for colour in COLOURS])[values.argmax(-1) % len(COLOURS)]
    strength = np.clip(lead / (np.percentile(lead, 90) or 1), 0.15, 1)
    below.imshow(np.dstack([colours, strength]), origin="lower", extent=extent, aspect="auto")
    actions = np.unique(values.argmax(-1))
    patches = [Patch(color=COLOURS[action % len(COLOURS)], label=f"action {action}") for action in actions]
    outside = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderpad": 0.1, "handlelength": 1}
    below.legend(handles=patches, frameon=False, labelcolor=INK, ncols=min(3, len(patches)), fontsize=TEXT, **outside)
    for axis in (above, below):
        axis.scatter(*dots.T, s=2, color="white", edgecolors="black", linewidths=0.3)
        axis.set(xlim=extent[:2], ylim=extent[2:], ylabel=names[1])
    below.set_xlabel(names[0])
    return in_ink(figure)


def scatter(points, labels, names) -> Figure:
    """Points in a plane, a colour a class.

    Args:
        points: (count, 2).
        labels: (count,) indices into the names.
        names: of the classes.

    Returns:
        A figure of a page's width.
    """
    figure = Figure(figsize=(WIDTH, WIDTH), layout="constrained")
    axis = figure.subplots()
    axis.set(xticks=[], yticks=[])
    labels = np.asarray(labels)
    for label, name in enumerate(names):
        x, y = points[labels == label].T
        axis.scatter(x, y, s=6, color=MANY(label % 20), label=plain(name))
    columns = max(1, int(72 * WIDTH / (LETTER * max(map(len, names)) + 3 * TEXT)))
    axis.legend(
        frameon=False,
        labelcolor=INK,
        fontsize=TEXT,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        ncols=min(columns, len(names)),
        handlelength=1,
        handletextpad=0.3,
        columnspacing=1,
        markerscale=2,
    )
    return in_ink(figure)


def layers_over_epochs(values: dict, names, epochs) -> Figure:
    """Sizes of each layer over the epochs, as colours on logarithmic scales; what is missing stays blank.

    Args:
        values: title -> (layers, epochs) numbers above 0, a panel each.
        names: of the layers, from the top down; of many, every second or third is written.
        epochs: (epochs,) their numbers.
    """
    height = max(1.2, 0.22 * min(len(names), 24))
    figure = Figure(figsize=(WIDTH, len(values) * (height + 0.5) + 0.5), layout="constrained")
    axes = np.atleast_1d(figure.subplots(len(values), 1, sharex=True))
    step = max(1, math.ceil(len(names) / 24))
    extent = (epochs[0] - 0.5, epochs[-1] + 0.5, len(names) - 0.5, -0.5)
    for axis, (title, sizes) in zip(axes, values.items(), strict=True):
        seen = sizes[np.isfinite(sizes) & (sizes > 0)]
        low, high = (seen.min(), seen.max() * 1.001) if len(seen) else (0.1, 1.0)
        shown = axis.imshow(
            np.where(sizes > 0, sizes, np.nan), cmap="viridis", norm=LogNorm(low, high), aspect="auto", extent=extent
        )
        marks = FixedLocator([low, np.sqrt(low * high), high])
        bar = figure.colorbar(
            shown, ax=axis, location="right", ticks=marks, format=FuncFormatter(lambda x, _: f"{x:.2g}")
        )
        bar.minorticks_off()
        bar.ax.tick_params(colors=INK, labelsize=TEXT)
        lowest, _, highest = bar.ax.get_yticklabels()  # beside the bar, where no title of a panel is
        lowest.set_verticalalignment("bottom")
        highest.set_verticalalignment("top")
        ticks = range(0, len(names), step)
        axis.set_yticks(ticks, [plain(_shorter(names[tick])) for tick in ticks])
        title_above(axis, title)
    axes[-1].set_xlabel("epoch")
    axes[-1].xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    return in_ink(figure)


def _shorter(name: str, most: int = 16) -> str:
    """A name's end, where it is too long for what stands beside a chart."""
    return name if len(name) <= most else f"\u2026{name[1 - most :]}"
