"""Curves: of measures over epochs, of what a change of images loses over its strength."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from zoo865.visualize.charts import COLOURS, LETTER, MANY, TEXT, WIDTH, chart, in_ink, legend, plain, title_above
from zoo865.visualize.grids import INK

FEW = 15  # points below which a curve is drawn with markers, and all of it


@dataclass(frozen=True)
class Panel:
    """One of several charts above each other.

    Args:
        title: what it shows.
        lines: name -> (x values, y values).
        levels: name -> a height at which a dashed line is drawn.
    """

    title: str
    lines: Mapping[str, tuple]
    levels: Mapping[str, float] = field(default_factory=dict)


def history_chart(panels: Sequence[Panel], phases: Mapping[str, float], kept: float, xlabel: str) -> Figure:
    """Panels over one x axis, which begins and ends with the data, the borders of phases and what was kept in all.

    Args:
        panels: from top to bottom.
        phases: name -> x where it ends, in order.
        kept: x of the epoch whose weights were kept.
        xlabel: text.
    """
    every = np.concatenate([x for panel in panels for x, _ in panel.lines.values()])
    first, last = float(every.min()), float(every.max())
    rows = [0.42 if len(phases) > 1 else 0.22, *[1.0] * len(panels)]
    legends = sum(0.15 * len(panel.lines) for panel in panels if len(panel.lines) > 1)
    figure = Figure(figsize=(WIDTH, 1.6 * sum(rows) + legends + 0.45), layout="constrained")
    strip, *axes = figure.subplots(len(rows), 1, sharex=True, height_ratios=rows)
    for axis, panel in zip(axes, panels, strict=True):
        _draw(axis, panel)
        for border in list(phases.values())[:-1]:
            axis.axvline(border, color=INK, linewidth=1)
        axis.axvline(kept, color=INK, linewidth=1.5, linestyle=":")
    margin = 0 if last > first else 0.5
    axes[-1].set(xlabel=xlabel, xlim=(first - margin, last + margin))
    axes[-1].xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes[-1].xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    _mark(strip, phases, kept, (first, last))
    return in_ink(figure)


def _mark(strip, phases, kept: float, ends: tuple[float, float]):
    """The names of phases above their parts of the x axis, and where the weights are from."""
    strip.set_axis_off()
    strip.set_ylim(0, 2 if len(phases) > 1 else 1)
    letters = max(1.0, ends[1] - ends[0]) / (60 * WIDTH / LETTER)  # in the units of x
    begin = ends[0]
    for name, end in phases.items():
        if len(phases) > 1 and len(name) * letters < end - begin:
            strip.text((begin + end) / 2, 1.5, name, color=INK, fontsize=TEXT, ha="center", va="center")
        begin = end
    side = (kept - ends[0]) / (ends[1] - ends[0] or 1)
    towards = "left" if side < 0.2 else "right" if side > 0.8 else "center"
    strip.text(kept, 0.4, "kept", color=INK, fontsize=TEXT, ha=towards, va="center")


def curves(lines: Mapping[str, tuple], ylabel: str, xlabel: str = "epoch", levels: Mapping | None = None) -> Figure:
    """Lines over epochs. Where the first epochs lie far off, the axis leaves them out, so that the rest can be seen.

    Args:
        lines: name -> (x values, y values).
        ylabel, xlabel: texts.
        levels: name -> a height at which a dashed line is drawn; None for none.
    """
    figure, axis = chart(xlabel)
    _draw(axis, Panel(ylabel, lines, levels or {}))
    axis.margins(x=0)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    return in_ink(figure)


def curves_of_several(lines, ylabel: str, xlabel: str = "epoch", names: Iterable[str] = ()) -> Figure:
    """One measure in several runs: a thin line each, a thick one for their mean, as far as all runs go.

    Args:
        lines: (x values, y values) of each run.
        ylabel, xlabel: texts.
        names: of runs that differ in more than chance: a colour each, and no mean.
    """
    figure, axis = chart(xlabel)
    title_above(axis, ylabel)
    names = list(names)
    for place, (x, y) in enumerate(lines):
        alike = {"color": COLOURS[0], "alpha": 0.4, "linewidth": 1}
        named = {"color": MANY(place % 20), "label": plain(names[place]) if names else "", "linewidth": 2}
        axis.plot(x, y, marker="o" if len(x) == 1 else None, **(named if names else alike))
    if names:
        legend(axis, ylabel, names)
    else:
        together = min(len(x) for x, _ in lines)
        mean = np.mean([y[:together] for _, y in lines], 0)
        axis.plot(lines[0][0][:together], mean, color=COLOURS[0], linewidth=2.5)
    axis.margins(x=0 if max(len(x) for x, _ in lines) > 1 else 0.5)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    return in_ink(figure)


def strength_curves(strengths, mean, of_class: dict, xlabel: str, within: float | None, bound: float) -> Figure:
    """The share of labels that a change loses, over its strength.

    Args:
        strengths: (strengths,).
        mean: (strengths,) shares from 0 to 1, drawn thick.
        of_class: name -> the same of one class, drawn thin; those four that lose most have names.
        xlabel: text.
        within: up to which strength a band is drawn, or None.
        bound: a share at which a dashed line is drawn.
    """
    figure, axis = chart(xlabel, 3.4)
    most = sorted(of_class, key=lambda name: -sum(of_class[name]))[: len(COLOURS)]
    for name, lost in of_class.items():
        colour, label = (COLOURS[most.index(name)], plain(name)) if name in most else (INK, None)
        axis.plot(strengths, lost, color=colour, label=label, linewidth=1.5 if label else 0.6)
    axis.plot(strengths, mean, color=INK, linewidth=3, label="mean")
    axis.axhline(bound, color=INK, linestyle="--", linewidth=1)
    if within is not None:
        axis.axvspan(0, min(within, strengths[-1]), color=INK, alpha=0.15, linewidth=0)
    axis.yaxis.set_major_formatter(PercentFormatter(1, 0, "\u00a0%"))
    axis.set_ylim(-0.02, max(0.1, *(max(lost) for lost in of_class.values())) * 1.05)
    legend(axis, "labels lost", [*most, "mean"])
    return in_ink(figure)


def _draw(axis, panel: Panel):
    """A panel: its title above it, and beside that what its lines are."""
    few = max(len(x) for x, _ in panel.lines.values()) < FEW
    style = {"linewidth": 2, "marker": "o" if few else None, "markersize": 4, "clip_on": not few}
    for colour, (name, (x, y)) in zip(COLOURS * len(panel.lines), panel.lines.items(), strict=False):
        axis.plot(x, y, color=colour, label=plain(name), **style)
    low, high = _settled([y for _, y in panel.lines.values()])
    margin = 0.08 * (high - low)
    low = min([low, *(level - margin for level in panel.levels.values())])
    high = max([high, *(level + margin for level in panel.levels.values())])
    axis.set_ylim(low, high)
    for name, level in panel.levels.items():
        axis.axhline(level, color=INK, linestyle="--", linewidth=1)
        below = level > (low + high) / 2  # on the side where there is room
        place = {
            "xycoords": axis.get_yaxis_transform(),
            "textcoords": "offset points",
            "va": "top" if below else "bottom",
        }
        axis.annotate(plain(name), (0.02, level), (0, -2 if below else 2), **place, color=INK, fontsize=TEXT)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.4g}"))
    axis.grid(alpha=0.25)
    title_above(axis, panel.title)
    if len(panel.lines) > 1:
        legend(axis, panel.title, list(panel.lines))


def _settled(values) -> tuple[float, float]:
    """Bounds for the y axis: all values, less the tenth of them that is farthest off on the side of the start."""
    together = np.concatenate(values)
    low, high = together.min(), together.max()
    if max(map(len, values)) >= FEW:
        rising = np.mean([y[0] for y in values]) < np.median(together)
        low, high = (np.percentile(together, 10), high) if rising else (low, np.percentile(together, 90))
    margin = 0.08 * (high - low) or 0.1
    return low - margin, high + margin
