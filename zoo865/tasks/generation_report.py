"""Report sections of generative models: new images, their quality, their progress over training, memorization."""

import functools
import math
from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
from PIL import Image

from zoo865.agents.film import gif
from zoo865.data.pictures import as_bytes
from zoo865.data.statistics import spread
from zoo865.inference import compiled
from zoo865.metrics.generative import nearest
from zoo865.preprocessing import prepared
from zoo865.tasks.examples import training_batch
from zoo865.tasks.images import about_the_folder
from zoo865.tasks.quality import trusted_reference
from zoo865.tasks.sampling import noise_of, sample, sample_like, sample_noise
from zoo865.tasks.task import Part, Pictures, ReportSection
from zoo865.visualize.curves import curves
from zoo865.visualize.mosaic import mosaic

SECONDS_OF_FILM = 6
MOST_SEARCHED = 20_000  # training images among which the nearest is looked for


def sections(run) -> Iterator[Part]:
    """New images, their quality, samples over training, latent interpolation and the nearest training images; for a
    GAN the losses, for an encoder reconstructions, for two latents their plane, for a model that completes images
    completions; a training batch.
    """
    samples = functools.cache(lambda: sample(run.model, noise_of(run.model, 64, seed=865)))
    yield Part("New images", lambda: [_samples(samples())])
    yield Part("Sample quality", lambda: [_verdict(run.metrics["test"], *trusted_reference(run.data))])
    yield Part("Samples over training", lambda: _growth(run))
    if "discriminator_loss" in run.history[-1]:
        yield Part("Discriminator and generator", lambda: [_players(run)])
    yield Part("Model abilities", lambda: _abilities(run))
    yield Part("Memorization check", lambda: [_remembered(run)])
    yield Part("Training batch", lambda: [training_batch(run)])
    yield Part("Folder", lambda: about_the_folder(run))


def _samples(samples) -> ReportSection:
    caption = "Generated from random noise; not cherry-picked."
    return ReportSection("samples", "New images", caption, pictures=_grid(samples))


def _abilities(run) -> Iterator[ReportSection]:
    model, data = run.model, run.data
    if hasattr(model, "decode"):
        yield _between(model)
        if model.latent_size == 2:
            yield _plane(model)
    if hasattr(model, "encode"):
        yield _reconstructions(model, data)
    if hasattr(model, "complete"):
        yield _completions(model, data)


def _grid(images, columns: int = 8) -> Pictures:
    """Images in one picture, in rows."""
    return Pictures([mosaic(images, columns)])


def _verdict(measures, judge, why: str) -> ReportSection:
    if why:  # also of runs whose measures were told by pixels, before
        said = f"No distance, precision or recall is reported, because {why}. Judge by the pictures. Pixel diversity, "
        said += f"how much images differ from each other, is {measures['pixel_diversity']:.2f}; 1 for real images."
        return ReportSection("quality", "Sample quality", said)
    known = {
        "fid": ("distance (FID)", "fid_floor", "{:.4g}"),
        "kid": ("distance (KID)", None, "{:.4g}"),
        "precision": ("precision", None, "{:.1%}"),
        "recall": ("recall", None, "{:.1%}"),
        "pixel_diversity": ("pixel diversity", 1.0, "{:.2f}"),
        "confident_share": ("confident (over 90 %)", "confident_share_real", "{:.1%}"),
        "min_class_share": ("smallest class share", None, "{:.1%}"),
        "max_class_share": ("largest class share", None, "{:.1%}"),
    }
    table = {"measure": [], "new images": [], "real images": []}
    for name, (title, floor, form) in known.items():
        if name in measures:
            real = measures.get(floor, floor)
            row = (title, form.format(measures[name]), "" if real is None else form.format(real))
            for column, cell in zip(table.values(), row, strict=True):
                column.append(cell)
    said = f"{measures['samples']:,.0f} new images compared with the test images by features of the reference "
    said += (
        f"classifier {judge.name}; the real images' distance is that of as many training images, a floor. Precision: "
    )
    said += "share of new images among real ones; recall: share of real ones among new; diversity: pixel differences."
    return ReportSection("quality", "Sample quality", said, None, table)


def _growth(run) -> Iterator[ReportSection]:
    """The pictures that training wrote at the end of every epoch, as a film."""
    paths = sorted((run.path / "epochs").glob("*.png"))
    if len(paths) < 2:
        return
    frames = [np.asarray(Image.open(path)) for path in paths]
    each = max(60, 1000 * SECONDS_OF_FILM // len(frames))
    film = gif(frames, [each] * (len(frames) - 1) + [2000])
    some = np.unique(np.linspace(0, len(frames) - 1, 4).astype(int))
    shown = [frames[place].reshape(*frames[place].shape[:2], -1) for place in some]
    titles = [f"epoch {int(paths[place].stem)}" for place in some]
    caption = "The same noise after every epoch."
    pictures = Pictures(shown, titles, columns=2)
    yield ReportSection("growth", "Samples over training", caption, animation=film, pictures=pictures)


def _players(run) -> ReportSection:
    epochs = [row["epoch"] for row in run.history]
    lines = {name: (epochs, [row[name] for row in run.history]) for name in run.recipe.task.shown_apart}
    caption = (
        "The discriminator (the lecture's cop) separates real images from generated ones; the generator (the "
        f"counterfeiter) tries to fool it. If both guess, both losses are {math.log(2):.2f}, the dashed line. Healthy: "
        "the discriminator below it, the generator above, both stable. Unhealthy: the discriminator falls to 0, and "
        "the generator rises and stops learning."
    )
    return ReportSection(
        "players", "Discriminator and generator", caption, curves(lines, "loss (nats)", levels={"": math.log(2)})
    )


def _between(model) -> ReportSection:
    ends = sample_noise("normal_noise", (model.latent_size,), 10, seed=1)
    steps = np.linspace(0, math.pi / 2, 8)[:, None]
    # Along a circle, so that what lies between is as far from 0 as noise is.
    ways = [np.cos(steps) * start + np.sin(steps) * end for start, end in zip(ends[::2], ends[1::2], strict=True)]
    images = as_bytes(model.decode(np.concatenate(ways).astype("float32")))
    caption = "Each row interpolates between two latents. In a well-trained model images change gradually."
    return ReportSection("between", "Latent interpolation", caption, pictures=_grid(images))


def _plane(model) -> ReportSection:
    places = [NormalDist().inv_cdf(share) for share in np.linspace(0.02, 0.98, 15)]
    plane = np.array([[x, -y] for y in places for x in places], "float32")
    caption = "A grid of latents in equal steps of probability: every cell is equally likely."
    grid = _grid(as_bytes(model.decode(plane)), columns=15)
    return ReportSection("plane", "Latent space", caption, pictures=grid)


def _reconstructions(model, data) -> ReportSection:
    seen = prepared(data.spec, spread(data.test, 16))
    images, latent = as_bytes(seen), np.asarray(model.encode(seen)[0])
    again = as_bytes(model.decode(latent))
    caption = f"Pairs of rows: test images and, below, their reconstructions from {latent.shape[1]} latent numbers."
    return ReportSection("reconstructions", "Reconstructions", caption, pictures=_grid(_in_pairs(images, again)))


def _completions(model, data) -> ReportSection:
    seen = prepared(data.spec, spread(data.test, 8))
    images = as_bytes(seen)
    known = np.zeros(images.shape, "float32")
    known[:, : images.shape[1] // 2] = 1
    complete = compiled(model.complete)
    drawn = [complete(noise_of(model, 8, seed=seed), seen, known)[0] for seed in range(4)]
    halves = np.where(known == 1, images, 96).astype("uint8")
    rows = np.concatenate([images, halves, *map(as_bytes, drawn)])
    caption = "Rows: test images, the visible halves, and four completions of each."
    return ReportSection("completions", "Image completion", caption, pictures=_grid(rows))


def _remembered(run) -> ReportSection:
    model, data = run.model, run.data
    samples = sample_like(data, model, noise_of(model, 8, seed=865))
    known = prepared(data.spec, spread(data.train, MOST_SEARCHED))
    real = prepared(data.spec, spread(data.test, 200))
    new = samples.astype("float32") / np.iinfo(samples.dtype).max
    flat = [images.reshape(len(images), -1) for images in (new, real, known)]
    places, apart = nearest(flat[0], flat[2])
    _, usual = nearest(flat[1], flat[2])
    caption = (
        f"Pairs of rows: new images and, below, the nearest of {len(known):,} training images by pixel distance. The "
        f"mean distance is {apart.mean():.2f} for new images and {usual.mean():.2f} for test images; a model that "
        "memorizes training images would be near 0."
    )
    pictures = _grid(_in_pairs(samples, as_bytes(known[places])))
    return ReportSection("nearest", "Memorization check", caption, pictures=pictures)


def _in_pairs(above, below) -> np.ndarray:
    """Rows of 8 images, each above the row that belongs to it."""
    rows = [row for start in range(0, len(above), 8) for row in (above[start : start + 8], below[start : start + 8])]
    return np.concatenate(rows)
