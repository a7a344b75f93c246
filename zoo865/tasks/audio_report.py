"""Report sections of generative models of sound: new sounds, how real ones go on, of which class they are likeliest."""

import io
import math
from collections.abc import Iterator

import numpy as np

from zoo865.batches.whole_sounds import levels_and_labels
from zoo865.data import sounds
from zoo865.data.spec import Arrays
from zoo865.data.statistics import spread
from zoo865.inference import compiled
from zoo865.preprocessing.mu_law import mu_law_samples
from zoo865.tasks.examples import training_batch
from zoo865.tasks.task import Part, Pictures, ReportSection
from zoo865.visualize.charts import matrix

HEARD = 12  # new sounds in a report
CUT, CONTINUED = 4, 0.4  # real sounds that go on, and which share of each is given
ASKED = 100  # sounds whose class is asked for


def sections(run) -> Iterator[Part]:
    """New sounds; how real ones go on; of which class real ones are likeliest; a training batch."""
    yield Part("New sounds", lambda: [_new(run)])
    yield Part("Continued", lambda: [_continued(run)])
    if run.spec.labels:
        yield Part("Likeliest class", lambda: [_likeliest(run)])
    yield Part("Training batch", lambda: [training_batch(run)])


def _new(run) -> ReportSection:
    random, labels = np.random.default_rng(865), run.spec.labels
    # Each class of the label with the most classes, in turn; of the others any.
    widest = max(labels, key=lambda name: len(labels[name].names), default="")
    of_class = {
        name: (np.arange(HEARD) if name == widest else random.integers(0, 1 << 16, HEARD)).astype("int32")
        % len(label.names)
        for name, label in labels.items()
    }
    held = run.recipe.task.calibrate(run.model, run.data)
    lengths = held.draw(random.random(HEARD), of_class, run.model.conditions)
    captions = [", ".join(label.names[of_class[name][row]] for name, label in labels.items()) for row in range(HEARD)]
    drawn = _drawn(run.model, np.full((HEARD, lengths.max()), -1, "int32"), lengths, of_class)
    caption = "Drawn sample by sample from random noise; not cherry-picked."
    return ReportSection("samples", "New sounds", caption, pictures=_pictures(drawn, captions, run.spec.sound.rate))


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
    pictures = _pictures(both, captions, run.spec.sound.rate, columns=2)
    return ReportSection("continued", "Continued sounds", caption, pictures=pictures)


def _likeliest(run) -> ReportSection:
    from zoo865.tasks.audio_generation import nats_by_class

    label = next(iter(run.spec.labels))
    levels, labels = levels_and_labels(Arrays(**spread(run.data.test, ASKED)), run.spec)
    found = nats_by_class(run.model, levels, labels, label).argmin(0)
    names = run.spec.labels[label].names
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (labels[label], found), 1)
    others = [name for name in run.spec.labels if name != label]
    beside = f", its {' and '.join(others)} known" if others else ""
    caption = f"As which {label} a real sound is likeliest, by Bayes' rule{beside}: {len(levels)} test sounds."
    return ReportSection("likeliest", f"Likeliest {label}", caption, figure=matrix(counts, names))


def _drawn(model, levels, lengths, of_class) -> list[np.ndarray]:
    """Sounds whose levels are drawn where they are below 0: (samples,) float32 each."""
    noise = np.random.default_rng(866).random(levels.shape, "float32")
    start = model.silence(noise)
    found = np.asarray(compiled(model.advance)(noise, levels, *start, lengths * 0, lengths, of_class)[0])
    return [mu_law_samples()[row[:length]] for row, length in zip(found, lengths, strict=True)]


def _pictures(drawn, captions, rate: int, columns: int | None = None) -> Pictures:
    """Waves to see and to hear."""
    files = []
    for one in drawn:
        sounds.write(file := io.BytesIO(), one, rate, ".wav")
        files.append(file.getvalue())
    return Pictures([sounds.wave_picture(one) for one in drawn], captions, columns or 3, files)
