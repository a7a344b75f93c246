"""Curves and matrices, drawn to be read on a phone, on a white and on a dark page."""

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from zoo865.visualize.grids import INK

MANY = colormaps["tab20"]
COLOURS = ("#2f81c7", "#e0702d", "#3a9a5b", "#b04a8b")


def curves(lines: dict[str, tuple], ylabel: str, xlabel: str = "epoch", level: float | None = None) -> Figure:
    """Lines over epochs. Where the first epochs lie far off, the axis leaves them out, so that the rest can be seen.

    Args:
        lines: name -> (x values, y values).
        ylabel, xlabel: texts.
        level: a height at which a dashed line is drawn, or None.

    Returns:
        A figure of 5 inches' width.
    """
    figure, axis = _chart(xlabel, ylabel)
    if level is not None:
        axis.axhline(level, color=INK, linestyle="--", linewidth=1)
    for colour, (name, (x, y)) in zip(COLOURS * len(lines), lines.items(), strict=False):
        axis.plot(x, y, color=colour, label=name, linewidth=2, marker="o" if len(x) < 15 else None, markersize=4)
    axis.set_ylim(*_settled([*(y for _, y in lines.values()), *([[level]] if level is not None else [])]))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(lines) > 1:
        axis.legend(frameon=False, labelcolor=INK)
    return _in_ink(figure)


def curves_of_several(lines, ylabel: str, xlabel: str = "epoch") -> Figure:
    """One measure in several runs: a thin line each, a thick one for their mean, as far as all runs go.

    Args:
        lines: (x values, y values) of each run.
        ylabel, xlabel: texts.

    Returns:
        A figure of 5 inches' width.
    """
    figure, axis = _chart(xlabel, ylabel)
    for x, y in lines:
        axis.plot(x, y, color=COLOURS[0], alpha=0.4, linewidth=1, marker="o" if len(x) == 1 else None)
    together = min(len(x) for x, _ in lines)
    mean = np.mean([y[:together] for _, y in lines], 0)
    axis.plot(lines[0][0][:together], mean, color=COLOURS[0], linewidth=2.5)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    return _in_ink(figure)


def strength_curves(strengths, mean, of_class: dict, xlabel: str, within: float | None, bound: float) -> Figure:
    """The share of labels that a change loses, over its strength.

    Args:
        strengths: (strengths,).
        mean: (strengths,) shares from 0 to 1, drawn thick.
        of_class: name -> the same of one class, drawn thin; those four that lose most have names.
        xlabel: text.
        within: up to which strength a band is drawn, or None.
        bound: a share at which a dashed line is drawn.

    Returns:
        A figure of 5 inches' width.
    """
    figure, axis = _chart(xlabel, "labels lost")
    most = sorted(of_class, key=lambda name: -sum(of_class[name]))[: len(COLOURS)]
    for name, lost in of_class.items():
        colour, label = (COLOURS[most.index(name)], name) if name in most else (INK, None)
        axis.plot(strengths, lost, color=colour, label=label, linewidth=1.5 if label else 0.6)
    axis.plot(strengths, mean, color=INK, linewidth=3, label="mean")
    axis.axhline(bound, color=INK, linestyle="--", linewidth=1)
    if within is not None:
        axis.axvspan(0, min(within, strengths[-1]), color=INK, alpha=0.15, linewidth=0)
    axis.yaxis.set_major_formatter(PercentFormatter(1, 0))
    axis.set_ylim(-0.02, max(0.1, *(max(lost) for lost in of_class.values())) * 1.05)
    axis.legend(frameon=False, labelcolor=INK, fontsize=8)
    return _in_ink(figure)


def _settled(values) -> tuple[float, float]:
    """Bounds for the y axis: all values, less the tenth of them that is farthest off on the side of the start."""
    together = np.concatenate(values)
    low, high = together.min(), together.max()
    if len(values[0]) >= 10:
        rising = np.mean([y[0] for y in values]) < np.median(together)
        low, high = (np.percentile(together, 10), high) if rising else (low, np.percentile(together, 90))
    margin = 0.08 * (high - low) or 0.1
    return low - margin, high + margin


def matrix(counts, names) -> Figure:
    """A confusion matrix: rows are what is true, columns what was answered; the diagonal is right.

    Args:
        counts: (classes, classes) integers.
        names: of the classes.
    """
    counts = np.asarray(counts)
    many = len(names) > 12
    figure = Figure(figsize=(5, 5), layout="constrained")
    axis = figure.subplots()
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if not many:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "white" if shares[row, column] > 0.5 else "#20303f"
                axis.text(column, row, str(count), ha="center", va="center", fontsize=9, color=colour)
    ticks = np.arange(len(names))[:: max(1, len(names) // 40)]
    labels = [names[tick] for tick in ticks]
    upright = max(map(len, labels)) > 2 or many
    axis.set_xticks(ticks, labels, rotation=90 if upright else 0, fontsize=6 if many else 9)
    axis.set_yticks(ticks, labels, fontsize=6 if many else 9)
    axis.set_xlabel("answered")
    axis.set_ylabel("true")
    return _in_ink(figure)


def _chart(xlabel: str, ylabel: str):
    figure = Figure(figsize=(5, 2.8), layout="constrained")
    axis = figure.subplots()
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.grid(alpha=0.25)
    return figure, axis


def _in_ink(figure: Figure) -> Figure:
    for axis in figure.axes:
        axis.set_facecolor("none")
        axis.tick_params(colors=INK)
        for text in (axis.title, axis.xaxis.label, axis.yaxis.label):
            text.set_color(INK)
        for spine in axis.spines.values():
            spine.set_color(INK)
            spine.set_alpha(0.4)
    return figure


def histogram(values, xlabel: str, ylabel: str) -> Figure:
    """How many of the values lie where."""
    figure, axis = _chart(xlabel, ylabel)
    axis.hist(values, bins=20, color=COLOURS[0])
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    return _in_ink(figure)


def value_plane(sides, values, names, dots) -> Figure:
    """Values of actions over two numbers of what an agent sees.

    Args:
        sides: the x values, (columns,), and the y values, (rows,).
        values: (rows, columns, actions).
        names: of x and y.
        dots: (count, 2) points that are marked.

    Returns:
        A figure of 5 inches' width: the highest value; the best action, the paler the closer the next best comes.
    """
    figure = Figure(figsize=(5, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    extent = (sides[0][0], sides[0][-1], sides[1][0], sides[1][-1])
    shown = left.imshow(values.max(-1), origin="lower", extent=extent, aspect="auto", cmap="viridis")
    figure.colorbar(shown, ax=left, location="top", shrink=0.9).ax.tick_params(colors=INK, labelsize=8)
    ranked = np.sort(values, -1)
    lead = ranked[..., -1] - (ranked[..., -2] if values.shape[-1] > 1 else 0)
    colours = np.array([to_rgb(colour) for colour in COLOURS])[values.argmax(-1) % len(COLOURS)]
    strength = np.clip(lead / (np.percentile(lead, 90) or 1), 0.15, 1)
    right.imshow(np.dstack([colours, strength]), origin="lower", extent=extent, aspect="auto")
    actions = np.unique(values.argmax(-1))
    patches = [Patch(color=COLOURS[action % len(COLOURS)], label=f"action {action}") for action in actions]
    right.legend(
        handles=patches, frameon=False, labelcolor=INK, ncols=2, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1)
    )
    for axis in (left, right):
        axis.scatter(*dots.T, s=2, color="white", edgecolors="black", linewidths=0.3)
        axis.set(xlabel=names[0], xlim=extent[:2], ylim=extent[2:])
    left.set_ylabel(names[1])
    return _in_ink(figure)


def scatter(points, labels, names) -> Figure:
    """Points in a plane, a colour a class.

    Args:
        points: (count, 2).
        labels: (count,) indices into the names.
        names: of the classes.

    Returns:
        A figure of 5 inches' width.
    """
    figure = Figure(figsize=(5, 5), layout="constrained")
    axis = figure.subplots()
    axis.set(xticks=[], yticks=[])
    labels = np.asarray(labels)
    for label, name in enumerate(names):
        axis.scatter(*points[labels == label].T, s=6, color=MANY(label % 20), label=name)
    axis.legend(
        frameon=False, labelcolor=INK, fontsize=8, markerscale=2, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 0)
    )
    return _in_ink(figure)
