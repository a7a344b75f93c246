"""Charts of what a generative model of sound makes of each sample."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from zoo865.visualize.charts import COLOURS, WIDTH, chart, in_ink, legend, title_above
from zoo865.visualize.grids import INK

PLACES = 50
SMOOTH = 0.005  # seconds over which bits are averaged
COLUMNS = 400  # of a wave


def bits_by_place(bits: Sequence[np.ndarray], references: Mapping[str, float]) -> Figure:
    """The mean bits of a sample by its place in its sound.

    Args:
        bits: of each sound, (samples,).
        references: name -> bits to compare with.
    """
    figure, axis = chart("place in the sound (%)")
    counts, sums = mean_by_place(bits)
    places = 100 * (np.arange(PLACES) + 0.5) / PLACES
    axis.plot(places, sums / np.maximum(counts, 1), color=COLOURS[0], label="the network")
    for (name, value), colour in zip(references.items(), COLOURS[1:], strict=False):
        axis.axhline(value, color=colour, linestyle="--", linewidth=1, label=name)
    axis.set_ylim(0, 1.05 * max(references.values()))
    legend(axis, "bits a sample", ["the network", *references])
    return in_ink(figure)


def mean_by_place(bits: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """How many samples lie in each fiftieth of their sounds, and the sums of their bits.

    Args:
        bits: of each sound, (samples,).

    Example:
        >>> counts, sums = mean_by_place([np.ones(100)])
        >>> counts.tolist() == sums.tolist() == [2.0] * 50
        True
    """
    places = np.concatenate([PLACES * np.arange(len(one)) // len(one) for one in bits])
    counts = np.bincount(places, minlength=PLACES).astype("float64")
    return counts, np.bincount(places, np.concatenate(bits), PLACES)


def what_is_heard(sound: np.ndarray, bits: np.ndarray, heard: int, rate: int) -> Figure:
    """A wave with the samples shaded that decide on the one in the middle, and below it the bits of samples.

    Args:
        sound: (samples,).
        bits: (samples,).
        heard: how many samples before it one depends on.
        rate: samples a second.
    """
    figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
    wave, below = figure.subplots(2, 1, sharex=True)
    starts = np.unique(np.linspace(0, len(sound) - 1, COLUMNS).astype(int))  # thousands of samples draw no better
    lows, highs = np.minimum.reduceat(sound, starts), np.maximum.reduceat(sound, starts)
    wave.fill_between(starts / rate, lows, highs, color=COLOURS[0], linewidth=0.5)
    middle = max(1, int(0.6 * len(sound)))
    wave.axvspan(max(0, middle - heard) / rate, middle / rate, color=COLOURS[1], alpha=0.3, linewidth=0)
    wave.axvline(middle / rate, color=COLOURS[1], linewidth=1)
    title_above(wave, "wave, and what one sample depends on")
    width = max(1, round(SMOOTH * rate))
    smooth = np.convolve(bits, np.ones(width), "same") / np.convolve(np.ones(len(bits)), np.ones(width), "same")
    below.plot(starts / rate, smooth[starts], color=COLOURS[0], linewidth=0.8)
    below.set_ylim(0, None)
    title_above(below, f"bits a sample, mean of {1000 * SMOOTH:.0f} ms")
    below.set_xlabel("seconds")
    for axis in (wave, below):
        axis.grid(alpha=0.25)
        axis.tick_params(colors=INK)
    return in_ink(figure)
