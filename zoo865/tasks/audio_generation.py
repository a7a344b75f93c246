"""Generative models of sound: new sounds of a class, the likelihood of one, and of which class it is likeliest."""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.batches.whole_sounds import PADDING, as_pieces, levels_and_labels, pieces_of
from zoo865.data.spec import Arrays
from zoo865.data.statistics import spread
from zoo865.errors import ZooError
from zoo865.inference import compiled
from zoo865.layers.scan import scan
from zoo865.metrics.sound_lengths import SoundLengths
from zoo865.preprocessing.mu_law import mu_law_levels, mu_law_samples
from zoo865.registry import task
from zoo865.tasks.task import Part, Signature, Task

SAMPLES = 1 << 17  # that a network is asked about at once
ASKED = 300  # sounds whose class is asked for
BORDER, SEEDS = 1e-5, 20  # how near to the border of two levels noise may lie, and how many are tried


@task
@dataclass(frozen=True)
class AudioGeneration(Task):
    """New sounds, the likelihood of one, and of which class it is likeliest.

    Models are called on pieces of sounds, as `zoo865.batches.whole_sounds.as_pieces` gives them, and give {"nats":
    (batch,) negative log-likelihoods, "samples": (batch,) of how many samples}. They have `for_batches()`, as
    `WholeSounds` wants it; `generate(noise, length, of_class)`: (batch, samples) uniform noise in [0, 1), samples of
    whole sounds (batch,) int32, and by the name of each label of the data (batch,) int32 -> (batch, samples) int32
    levels; and `silence` and `advance`, which do so in several calls (see `zoo865.models.wavenet.WaveNet`).

    Example:
        >>> AudioGeneration().monitor
        ('val_bits', 'min')
    """

    calibration: ClassVar = SoundLengths
    monitor: ClassVar = ("val_bits", "min")
    unit: ClassVar = "sounds"
    usage: ClassVar = "generate RUN --out sound.wav"
    more_usage: ClassVar = ("predict RUN sound.wav",)
    headline: ClassVar = ("bits",)
    loss_measure: ClassVar = "bits"
    explained: ClassVar = {
        "bits": "The mean negative log-likelihood of a sample, one of 256 levels, in bits; lower is better.",
    }

    def model_args(self, spec) -> dict:
        """{"conditions": {name of a label: how many classes}, "rate": samples a second}."""
        return {"conditions": {name: len(label.names) for name, label in spec.labels.items()}, "rate": spec.sound.rate}

    def measure(self, model, data, split: str) -> dict[str, float]:
        """bits a sample; on test by the name of each label also NAME_accuracy: of at most 300 sounds the share that is
        likeliest as of its own class, all else known.
        """
        levels, labels = levels_and_labels(data.split(split), data.spec)
        nats, samples = nats_of(model, levels, labels)
        measures = {"bits": float(nats.sum() / samples.sum() / math.log(2))}
        if split == "test" and labels:
            levels, labels = levels_and_labels(Arrays(**spread(data.split(split), ASKED)), data.spec)
            for name in labels:
                found = nats_by_class(model, levels, labels, name).argmin(0)
                measures[f"{name}_accuracy"] = float((found == labels[name]).mean())
        return measures

    def protocol(self, model, data) -> str:
        """What bits are of.

        Raises:
            ZooError: the data lack a label that sounds are made by.
        """
        if missing := [name for name in model.conditions if name not in data.spec.labels]:
            had = ", ".join(data.spec.labels) or "none"
            raise ZooError(f"{data.name} has no label {missing[0]!r}, by which {model.name} was trained; it has {had}")
        given = ", ".join(["length", *model.conditions])
        return f"A sample is one of 256 levels (mu-law); its bits are told with these known: {given}."

    def calibrate(self, model, data) -> SoundLengths:
        """How long training sounds are, by class."""
        levels, labels = levels_and_labels(data.train, data.spec)
        return SoundLengths.of([len(one) for one in levels], labels, model.conditions)

    def report_sections(self, run) -> Iterator[Part]:
        """See zoo865/tasks/audio_report.py."""
        from zoo865.tasks.audio_report import sections

        return sections(run)

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`serve`: sounds (batch, samples) float32 in [-1, 1] -> by the name of each label the probabilities of its
        classes, (batch, classes), all equally likely before; and `bits` (batch,), of a sample.
        `bits`: sounds, and (batch,) int32 by the name of each label -> `bits` (batch,) as of these classes.
        `generate`: `noise` (batch, samples) float32 uniform in [0, 1), and labels -> `sound` (batch, samples) float32.
        `stream`: the same a stretch at a time, with a beginning of one's own: `noise`; `levels` (batch, samples)
        int32, below 0 where samples are to be drawn; as `level` (batch,) int32 and `ring` what the call before gave as
        `next_level` and `next_ring`, at first 128 and zeros; `first` (batch,) int32, how many samples there were
        before; `length` (batch,) int32, of the whole sound; labels -> `sound`, `next_level`, `next_ring`.
        """
        ((name, feature),) = spec.inputs.items()
        labels = spec.labels
        sounds = feature.stack(examples[name])[:2, :800]
        some = {key: np.arange(len(sounds), dtype="int32") % len(label.names) for key, label in labels.items()}

        def named(of_class):
            return dict(zip(labels, of_class, strict=True))

        def bits(sound, *of_class):
            return {"bits": _bits(model, _mu_law_of(sound), named(of_class))}

        def generate(noise, *of_class):
            from keras import ops

            length = ops.zeros_like(noise[:, 0], "int32") + ops.shape(noise)[1]
            return {"sound": _sound_of(model.generate(noise, length, named(of_class)))}

        def stream(noise, levels, level, ring, first, length, *of_class):
            levels, _, level, ring = model.advance(noise, levels, level, ring, first, length, named(of_class))
            # Other names than those of inputs, which tf2onnx would lose.
            return {"sound": _sound_of(levels), "next_level": level, "next_ring": ring}

        one, samples = ((None,), "int32"), (None, None)
        of_labels = dict.fromkeys(labels, one)
        noise = settled_noise(model, some, len(sounds))
        level, ring = map(np.asarray, model.silence(noise))
        state = {"level": level, "ring": ring, "first": level * 0, "length": level * 0 + noise.shape[1]}
        of_state = {"level": one, "ring": ((None, *ring.shape[1:]), "float32"), "first": one, "length": one}
        levels = np.full(noise.shape, -1, "int32")
        found = {
            "serve": Signature(
                lambda sound: likeliest(model, _mu_law_of(sound)),
                {name: (samples, "float32")},
                {name: sounds},
                loops=True,
            ),
            "bits": Signature(bits, {name: (samples, "float32"), **of_labels}, {name: sounds, **some}),
            "generate": Signature(
                generate, {"noise": (samples, "float32"), **of_labels}, {"noise": noise, **some}, loops=True
            ),
            "stream": Signature(
                stream,
                {"noise": (samples, "float32"), "levels": (samples, "int32"), **of_state, **of_labels},
                {"noise": noise, "levels": levels, **state, **some},
                loops=True,
                compile=True,
            ),
        }
        return found if labels else {key: signature for key, signature in found.items() if key != "serve"}

    def decode(self, outputs, spec) -> list[dict]:
        """{"bits": of a sample, NAME: the likeliest class, NAME_probability: how probable it is, all being equally
        probable before, "probabilities": {NAME: {class: ...}}}.
        """
        answers: list[dict] = [{"bits": float(bits)} for bits in outputs["bits"]]
        for name, label in spec.labels.items():
            for answer, shares in zip(answers, outputs.get(name, ()), strict=True):
                answer[name] = label.names[int(np.argmax(shares))]
                answer[f"{name}_probability"] = float(np.max(shares))
                probabilities = dict(zip(label.names, map(float, shares), strict=True))
                answer.setdefault("probabilities", {})[name] = probabilities
        return answers


def nats_of(model, levels: list[np.ndarray], labels: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """How unlikely sounds are as of these classes: (sounds,) negative log-likelihoods, and of how many samples each.

    Args:
        model: see `AudioGeneration`.
        levels: of each sound.
        labels: name -> (sounds,) int32.
    """
    wanted = model.for_batches()
    longest = max(2, SAMPLES // wanted.context) * wanted.context
    pieces = pieces_of([len(one) for one in levels], longest, wanted.context)
    lengths = pieces[:, 2] - pieces[:, 1]
    nats, samples, order = np.zeros(len(levels)), np.zeros(len(levels)), np.argsort(-lengths, kind="stable")
    while len(order):
        count = max(1, SAMPLES // lengths[order[0]])
        some, order = pieces[order[:count]], order[count:]
        found = compiled(model.call)(as_pieces(levels, labels, some, wanted.frame))
        np.add.at(nats, some[:, 0], np.asarray(found["nats"], "float64"))
        np.add.at(samples, some[:, 0], np.asarray(found["samples"], "float64"))
    return nats, samples


def nats_by_class(model, levels: list[np.ndarray], labels: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """(classes, sounds) negative log-likelihoods of sounds as of each class of one label, all others as they are."""
    every = range(model.conditions[name])
    return np.array([nats_of(model, levels, {**labels, name: np.full_like(labels[name], one)})[0] for one in every])


def settled_noise(model, of_class: Mapping[str, np.ndarray], count: int, samples: int = 60) -> np.ndarray:
    """(count, samples) uniform noise by which every engine draws the same: a number at the border of two levels would
    be rounded to either, and what follows on another level is another sound.
    """
    length, unknown = np.full(count, samples, "int32"), np.full((count, samples), -1, "int32")
    settled, furthest = np.zeros((count, samples), "float32"), -1.0
    for seed in range(SEEDS):
        noise = np.random.default_rng(seed).random((count, samples), "float32")
        start = model.silence(noise)
        logits = np.asarray(compiled(model.advance)(noise, unknown, *start, length * 0, length, of_class)[1], "float64")
        odds = np.exp(logits - logits.max(-1, keepdims=True))
        borders = np.cumsum(odds, -1) / odds.sum(-1, keepdims=True)
        away = float(np.abs(borders[..., :-1] - noise[..., None]).min())
        if away > furthest:
            settled, furthest = noise, away
        if away > BORDER:
            break
    return settled


def _mu_law_of(sound):
    """(batch, samples) float32 -> int32 levels, in the graph."""
    from keras import ops

    return mu_law_levels(sound, ops)


def _sound_of(levels):
    """int32 levels -> float32 samples, in the graph."""
    from keras import ops

    return ops.take(mu_law_samples(), levels)


def likeliest(model, levels) -> dict:
    """Of levels, (batch, samples) int32, the probabilities of each condition's classes, and the bits of a sample."""
    from keras import ops

    counts = list(model.conditions.values())
    every = np.array(list(itertools.product(*map(range, counts))), "int32")  # (combinations, conditions)

    def step(carry, numbers):
        of_class = {name: carry + numbers[place] for place, name in enumerate(model.conditions)}
        return carry, _bits(model, levels, of_class)

    nothing = ops.zeros_like(levels[:, 0])
    _, bits = scan(step, nothing, ops.convert_to_tensor(every), ops.cast(nothing, "float32"))
    samples = ops.cast(levels.shape[1] or ops.shape(levels)[1], "float32")
    logs = -bits * samples * math.log(2)  # (combinations, batch)
    shares = ops.reshape(ops.softmax(logs, 0), (*counts, -1))
    axes = range(len(counts))
    found = {
        name: ops.transpose(ops.sum(shares, tuple(axis for axis in axes if axis != place)))
        for place, name in enumerate(model.conditions)
    }
    mean = ops.logsumexp(logs, 0) - math.log(len(every))
    return found | {"bits": -mean / samples / math.log(2)}


def _bits(model, levels, of_class):
    """(batch,) bits of a sample, of whole sounds of as many samples each."""
    from keras import ops

    frame, samples = model.for_batches().frame, levels.shape[1] or ops.shape(levels)[1]
    behind = ops.full_like(levels[:, :1], PADDING) + ops.zeros((1, frame), "int32")
    filled = ops.concatenate([levels, behind], 1)[:, : (samples + frame - 1) // frame * frame]
    first = ops.zeros_like(levels[:, 0])
    found = model({"levels": filled, "first": first, "length": first + samples, **of_class})
    return found["nats"] / found["samples"] / math.log(2)
