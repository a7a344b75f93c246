"""Report sections of generative models of sound: new sounds, how real ones go on, of which class they are likeliest."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
from scipy.special import logsumexp

from zoo865.batches.whole_sounds import as_pieces, levels_and_labels, pieces_of
from zoo865.data.spec import Arrays
from zoo865.data.statistics import spread
from zoo865.inference import compiled
from zoo865.metrics.sound_judge import judge_of_sounds
from zoo865.preprocessing.mu_law import LEVELS, mu_law_samples
from zoo865.tasks.classification import confusion
from zoo865.tasks.examples import training_batch
from zoo865.tasks.sound_pictures import sound_pictures
from zoo865.tasks.task import Part, ReportSection
from zoo865.visualize.charts import matrix
from zoo865.visualize.sound_charts import bits_by_place, what_is_heard

HEARD, JUDGED = 12, 60  # new sounds in a report, and those that a classifier hears
CUT, CONTINUED = 4, 0.4  # real sounds that go on, and which share of each is given
ASKED = 100  # sounds whose class is asked for
PLACED, COUNTED = 60, 300  # sounds whose bits are told, and whose levels are counted
STRETCH = 1 << 14  # samples whose logits are held at once


def sections(run) -> Iterator[Part]:
    """New sounds; how real ones go on; of which class real ones are likeliest; what is heard; a training batch."""
    yield Part("New sounds", lambda: _new(run))
    yield Part("Continued", lambda: [_continued(run)])
    if run.spec.labels:
        yield Part("Likeliest class", lambda: [_likeliest(run)])
    yield Part("Bits by place", lambda: _by_place(run))
    yield Part("Training batch", lambda: [training_batch(run)])


def _new(run) -> Iterator[ReportSection]:
    """New sounds; and as what a classifier hears them, where there is one."""
    random, labels, judge = np.random.default_rng(865), run.spec.labels, judge_of_sounds(run.spec)
    count = JUDGED if judge else HEARD
    # Each class of the label with the most classes, in turn; of the others any.
    widest = max(labels, key=lambda name: len(labels[name].names), default="")
    of_class = {
        name: (np.arange(count) if name == widest else random.integers(0, 1 << 16, count)).astype("int32")
        % len(label.names)
        for name, label in labels.items()
    }
    held = run.recipe.task.calibrate(run.model, run.data)
    lengths = held.draw(random.random(count), of_class, run.model.conditions)
    captions = [", ".join(label.names[of_class[name][row]] for name, label in labels.items()) for row in range(HEARD)]
    drawn = _drawn(run.model, np.full((count, lengths.max()), -1, "int32"), lengths, of_class)
    caption = "Drawn sample by sample from random noise; not cherry-picked."
    pictures = sound_pictures(drawn[:HEARD], captions, run.spec.sound.rate)
    yield ReportSection("samples", "New sounds", caption, pictures=pictures)
    if judge:
        classifier, label = judge
        names, wanted, found = labels[label].names, of_class[label], classifier.classes_of(drawn)
        caption = (
            f"As which {label} the classifier {classifier.name} hears {count} new sounds: "
            f"{(found == wanted).mean():.0%} as what they should be. Of real sounds it knows {classifier.accuracy:.1%}."
        )
        yield ReportSection("judged", f"Heard {label}", caption, matrix(confusion(wanted, found, len(names)), names))


def _continued(run) -> ReportSection:
    levels, labels = levels_and_labels(Arrays(**spread(run.data.test, CUT)), run.spec)
    lengths = np.array([len(one) for one in levels], "int32")
    given = np.full((len(levels), lengths.max()), -1, "int32")
    for row, one in zip(given, levels, strict=True):
        known = math.ceil(CONTINUED * len(one))
        row[:known] = one[:known]
    real = [mu_law_samples()[one] for one in levels]
    drawn = _drawn(run.model, given, lengths, labels)
    both = [one for pair in zip(real, drawn, strict=True) for one in pair]
    captions = [words for _ in real for words in ("real", f"from {CONTINUED:.0%} on drawn")]
    caption = f"Test sounds, and what the model makes of their first {CONTINUED:.0%}."
    pictures = sound_pictures(both, captions, run.spec.sound.rate, columns=2)
    return ReportSection("continued", "Continued sounds", caption, pictures=pictures)


def _likeliest(run) -> ReportSection:
    from zoo865.tasks.audio_generation import nats_by_class

    label = next(iter(run.spec.labels))
    levels, labels = levels_and_labels(Arrays(**spread(run.data.test, ASKED)), run.spec)
    found = nats_by_class(run.model, levels, labels, label).argmin(0)
    names = run.spec.labels[label].names
    counts = confusion(labels[label], found, len(names))
    others = [name for name in run.spec.labels if name != label]
    beside = f", its {' and '.join(others)} known" if others else ""
    caption = f"As which {label} a real sound is likeliest, by Bayes' rule{beside}: {len(levels)} test sounds."
    return ReportSection("likeliest", f"Likeliest {label}", caption, figure=matrix(counts, names))


def _by_place(run) -> Iterator[ReportSection]:
    """How likely samples are, early and late in a sound; and of one sample, what its probability is by."""
    levels, labels = levels_and_labels(Arrays(**spread(run.data.test, PLACED)), run.spec)
    bits = [
        bits_of_samples(run.model, one, {name: label[place] for name, label in labels.items()})
        for place, one in enumerate(levels)
    ]
    of_training, _ = levels_and_labels(Arrays(**spread(run.data.train, COUNTED)), run.spec)
    counts = np.bincount(np.concatenate(of_training), minlength=LEVELS) + 1.0
    by_counts = float(-np.log2(counts / counts.sum())[np.concatenate(levels)].mean())
    caption = (
        f"The mean bits of a sample by where it lies in its sound, of {len(levels)} test sounds. All {LEVELS} levels "
        f"alike would be {math.log2(LEVELS):.0f} bits; knowing how frequent each is in training, {by_counts:.2f}."
    )
    references = {"all levels alike": math.log2(LEVELS), "their frequencies": by_counts}
    yield ReportSection("bits_by_place", "Bits by place", caption, bits_by_place(bits, references))
    longest = int(np.argmax([len(one) for one in levels]))
    heard, rate = 1 + sum(run.model.dilations), run.spec.sound.rate
    caption = (
        f"What the network hears as it gives a sample its probability: the {heard:,} samples before it, "
        f"{1000 * heard / rate:.0f} ms, shaded in the longest of those sounds. Below, the bits of that sound's samples."
    )
    figure = what_is_heard(mu_law_samples()[levels[longest]], bits[longest], heard, rate)
    yield ReportSection("heard", "What the network hears", caption, figure)


def bits_of_samples(model, levels: np.ndarray, of_class: Mapping[str, np.int32]) -> np.ndarray:
    """(samples,) bits of each sample of one sound.

    Args:
        model: a `zoo865.models.wavenet.WaveNet`.
        levels: (samples,).
        of_class: name of a condition -> the number of its class.
    """
    wanted, found = model.for_batches(), []
    numbers = {name: np.array([number], "int32") for name, number in of_class.items()}
    for piece in pieces_of([len(levels)], max(STRETCH, 2 * wanted.context), wanted.context):
        given, (_, start, end) = as_pieces([levels], {}, piece[None], wanted.frame), piece
        known = np.maximum(given["levels"], 0)
        logits = np.asarray(compiled(model.logits)(known, given["first"], given["length"], numbers), "float32")[0]
        heard = wanted.context if found else 0
        asked, logits = levels[start + heard : end], logits[heard : end - start]
        found.append((logsumexp(logits, -1) - logits[np.arange(len(asked)), asked]) / math.log(2))
    return np.concatenate(found)


def _drawn(model, levels, lengths, of_class) -> list[np.ndarray]:
    """Sounds whose levels are drawn where they are below 0: (samples,) float32 each."""
    noise = np.random.default_rng(866).random(levels.shape, "float32")
    start = model.silence(noise)
    found = np.asarray(compiled(model.advance)(noise, levels, *start, lengths * 0, lengths, of_class)[0])
    return [mu_law_samples()[row[:length]] for row, length in zip(found, lengths, strict=True)]
