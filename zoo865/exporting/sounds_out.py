"""New sounds from an export, a stretch at a time; and sounds to a file or a folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo865.data import sounds
from zoo865.data.features import Label
from zoo865.errors import ZooError, nearest
from zoo865.files import atomic, checked_place
from zoo865.metrics.sound_lengths import SoundLengths
from zoo865.preprocessing.mu_law import SILENCE, mu_law_levels

if TYPE_CHECKING:
    from zoo865.exporting.predictor import Predictor

STRETCH = 800  # samples that are drawn in one call
PAUSE = 0.25  # seconds between sounds in one file
LONGEST = 600  # seconds
SUFFIXES, NAMES = sounds.SUFFIXES, "sounds: name sound.wav, sound.flac, sound.ogg, or a folder"


@dataclass(frozen=True)
class Sound:
    """A new sound.

    Args:
        samples: (samples,) float32 in [-1, 1].
        rate: samples a second.
        classes: name of a label -> the name of its class.
    """

    samples: np.ndarray
    rate: int
    classes: dict[str, str]


def draw_sounds(
    predictor: "Predictor",
    count: int,
    *,
    seed: int = 0,
    seconds: float | None = None,
    begin: Any = None,
    classes: Mapping[str, str] | None = None,
    progress: Callable[[float], None] = lambda seconds: None,
) -> list[Sound]:
    """Draws new sounds.

    The noise is NumPy's: the same seed gives the same sounds, and more sounds begin with those that fewer are.

    Args:
        predictor: of an export with the signature `stream`.
        count: how many.
        seed: from 0 on.
        seconds: how long each is; None draws the length from those of training sounds of its classes.
        begin: None, or what the sounds begin with, as a file or samples: they go on from there.
        classes: name of a label -> the name of a class; where none is given it is drawn at random.
        progress: called with the seconds of sound that were drawn, every time some were.

    Returns:
        The sounds.

    Raises:
        ZooError: the export draws no sounds, or does not know these labels or classes; a number out of its range.
    """
    if "stream" not in predictor.signatures:
        raise ZooError(f"{predictor.path} draws no sounds", f"use zoo865 {predictor.task.usage}")
    if count < 1:
        raise ZooError(f"cannot draw {count} sounds", "give an integer of at least 1")
    if seed < 0:
        raise ZooError(f"seed must be at least 0, not {seed}")
    if seconds is not None and not 0 < seconds <= LONGEST:
        raise ZooError(f"a sound lasts between 0 and {LONGEST} seconds, not {seconds}")
    spec, rate = predictor.spec, predictor.spec.sound.rate
    given = {} if classes is None else dict(classes)
    if unknown := [name for name in given if name not in spec.labels]:
        hint = nearest(unknown[0], spec.labels) if spec.labels else "it was trained without classes"
        raise ZooError(f"this model knows no {unknown[0]!r}", hint)
    each = [np.random.default_rng([seed, number]) for number in range(count)]
    labels = {
        name: np.array(
            [_class_of(name, label, given[name]) if name in given else one.integers(len(label.names)) for one in each]
        )
        for name, label in spec.labels.items()
    }
    shares = np.array([one.random() for one in each])
    counts = {name: len(label.names) for name, label in spec.labels.items()}
    if seconds is not None:
        lengths = np.full(count, max(1, round(seconds * rate)), "int32")
    elif held := predictor.details.get(SoundLengths.name):
        lengths = SoundLengths(np.array(held["deciles"])).draw(shares, labels, counts)
    else:  # exported from a Keras model
        raise ZooError(f"{predictor.path} does not say how long sounds are", "give --seconds")
    known = np.zeros(0, "float32") if begin is None else spec.sound.read(begin)[0]
    if len(known) and seconds is None:
        lengths = np.maximum(lengths, len(known) + rate // 10)
    if len(known) >= lengths.max():
        lasts = f"the given beginning lasts {len(known) / rate:.2f} s, and the whole sound shall last {seconds:g} s"
        raise ZooError(lasts, "ask for more: --seconds")
    levels = np.full((count, -(-lengths.max() // STRETCH) * STRETCH), -1, "int32")
    levels[:, : len(known)] = mu_law_levels(known)
    state = {"level": np.full(count, SILENCE, "int32"), "ring": predictor.examples(count, "stream")["ring"]}
    fixed = {"length": lengths} | {name: label.astype("int32") for name, label in labels.items()}
    heard = []
    for first in range(0, levels.shape[1], STRETCH):
        noise = np.stack([one.random(STRETCH, "float32") for one in each])
        some = {"noise": noise, "levels": levels[:, first : first + STRETCH], "first": np.full(count, first, "int32")}
        found = predictor.run("stream", **some, **state, **fixed)
        heard.append(found.pop("sound"))
        state = {name: found[f"next_{name}"] for name in state}
        progress(np.clip(lengths - first, 0, STRETCH).sum() / rate)
    every = np.concatenate(heard, 1)
    named = [{name: label.names[labels[name][row]] for name, label in spec.labels.items()} for row in range(count)]
    return [Sound(row[:length], rate, of) for row, length, of in zip(every, lengths, named, strict=True)]


def _class_of(name: str, label: Label, given: str) -> int:
    """The number of a class."""
    try:
        return int(label.read(given)[0])
    except ZooError as error:
        raise ZooError(f"{name}: {error.message}", error.hint) from error


def write_sounds(drawn: list[Sound], out) -> Path:
    """Writes sounds.

    Args:
        drawn: of one rate.
        out: NAME.wav, .flac or .ogg for all of them one after another; else a folder, new or empty, for a WAV each.

    Returns:
        `out`.

    Raises:
        ZooError: see `zoo865.files.checked_place`; or the path cannot be written.
    """
    out, rate = checked_place(out, SUFFIXES, NAMES), drawn[0].rate
    with atomic(out) as temporary:
        if out.suffix:
            pause = np.zeros(round(PAUSE * rate), "float32")
            joined = [part for one in drawn for part in (pause, one.samples)][1:]
            sounds.write(temporary, np.concatenate(joined), rate, out.suffix.lower())
        else:
            temporary.mkdir()
            digits = len(str(len(drawn)))
            for number, one in enumerate(drawn, 1):
                name = "_".join([f"{number:0{digits}}", *one.classes.values()])
                sounds.write(temporary / f"{name}.wav", one.samples, rate, ".wav")
    return out
