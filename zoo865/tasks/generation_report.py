"""What the report of a generative model shows: new images, how they came about, whether they are only remembered."""

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
from zoo865.metrics.judge import judge_of
from zoo865.preprocessing import prepared
from zoo865.tasks.drawing import draw, draw_like, draw_noise
from zoo865.tasks.examples import training_batch
from zoo865.tasks.images import about_the_folder
from zoo865.tasks.task import ReportSection
from zoo865.visualize.charts import curves
from zoo865.visualize.grids import image_grid

SECONDS_OF_FILM = 6
MOST_SEARCHED = 20_000  # training images among which the nearest is looked for


def sections(run) -> Iterator[ReportSection]:
    """A training batch, new images, how they came about, what is between two of them, the training images nearest to
    them; of a model with two players their losses, with an encoder reconstructions, with a plane of latents that
    plane, of one that completes images completed ones.
    """
    model, data = run.model, run.data
    yield training_batch(run)
    yield from about_the_folder(run)
    noise = draw_noise(*model.noise_input, 64, seed=865)
    samples = draw(model, noise)
    yield ReportSection(
        "samples", "New images", "Made of noise, none of them picked by hand.", image_grid(samples, columns=8)
    )
    yield _verdict(run.metrics["test"], judge_of(data).name)
    yield from _growth(run)
    if "cop" in run.history[-1]:
        yield _players(run.history)
    if hasattr(model, "decode"):
        yield _between(model)
        if model.latent_size == 2:
            yield _plane(model)
    if hasattr(model, "encode"):
        yield _reconstructions(model, data)
    if hasattr(model, "complete"):
        yield _completions(model, data)
    yield _remembered(draw_like(data, model, noise[:8]), data)


def _verdict(measures, judge: str) -> ReportSection:
    known = {
        "fid": ("distance (FID)", "fid_floor", "{:.4g}"),
        "kid": ("distance (KID)", None, "{:.4g}"),
        "precision": ("precision", None, "{:.1%}"),
        "recall": ("recall", None, "{:.1%}"),
        "variety": ("variety", 1.0, "{:.2f}"),
        "sure": ("over 90 % sure", "sure_real", "{:.1%}"),
        "class_least": ("rarest class", None, "{:.1%}"),
        "class_most": ("commonest class", None, "{:.1%}"),
    }
    table = {"measure": [], "new images": [], "real images": []}
    for name, (title, floor, form) in known.items():
        if name in measures:
            real = measures.get(floor, floor)
            row = (title, form.format(measures[name]), "" if real is None else form.format(real))
            for column, cell in zip(table.values(), row, strict=True):
                column.append(cell)
    said = f"{measures['samples']:,.0f} new images beside the test images, as the judge {judge} sees them; "
    said += "the distance of real images is that of as many training images, the floor. Precision: new images that lie "
    said += "among real ones; recall: real ones among new; variety: how much images differ, pixel by pixel."
    if judge == "pixels":
        said = said.replace("as the judge pixels sees them", "both averaged to 8 x 8 pixels")
        said += " No classifier of the zoo knows these images, and such pixels show no detail: believe the pictures."
    return ReportSection("judged", "What the judge says", said, None, table)


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
    caption = "The same noise at the end of every epoch."
    figure = image_grid(shown, titles, columns=len(shown))
    yield ReportSection("growth", "How they came about", caption, figure, animation=film)


def _players(history) -> ReportSection:
    epochs = [row["epoch"] for row in history]
    lines = {name: (epochs, [row[name] for row in history]) for name in ("cop", "counterfeiter")}
    caption = (
        "The cop (discriminator) tells real from made, the counterfeiter (generator) is told from real. Where both "
        f"guess, both stand at {math.log(2):.2f}, the dashed line. Healthy: the cop below it, the counterfeiter above, "
        "both level. Unhealthy: the cop falls to 0 and the counterfeiter climbs, which then learns nothing any more."
    )
    return ReportSection("players", "Cop and counterfeiter", caption, curves(lines, "loss (nats)", level=math.log(2)))


def _between(model) -> ReportSection:
    ends = draw_noise("normal_noise", (model.latent_size,), 10, seed=1)
    steps = np.linspace(0, math.pi / 2, 8)[:, None]
    # Along a circle, so that what lies between is as far from 0 as noise is.
    ways = [np.cos(steps) * start + np.sin(steps) * end for start, end in zip(ends[::2], ends[1::2], strict=True)]
    images = as_bytes(model.decode(np.concatenate(ways).astype("float32")))
    caption = (
        "Each row goes from one latent to another. Where a model has learned what is common, it changes by degrees."
    )
    return ReportSection("between", "From one to another", caption, image_grid(images, columns=8))


def _plane(model) -> ReportSection:
    places = [NormalDist().inv_cdf(share) for share in np.linspace(0.02, 0.98, 15)]
    plane = np.array([[x, -y] for y in places for x in places], "float32")
    caption = "Latents in equal steps of probability: most of what it draws lies in the middle."
    return ReportSection(
        "plane", "The plane of latents", caption, image_grid(as_bytes(model.decode(plane)), columns=15)
    )


def _reconstructions(model, data) -> ReportSection:
    seen = prepared(data.spec, spread(data.test, 16))
    images, latent = as_bytes(seen), np.asarray(model.encode(seen)[0])
    again = as_bytes(model.decode(latent))
    caption = f"Rows in pairs: test images, and below them what {latent.shape[1]} numbers tell of each."
    return ReportSection("reconstructions", "Reconstructions", caption, image_grid(_in_pairs(images, again), columns=8))


def _completions(model, data) -> ReportSection:
    seen = prepared(data.spec, spread(data.test, 8))
    images = as_bytes(seen)
    known = np.zeros(images.shape, "float32")
    known[:, : images.shape[1] // 2] = 1
    complete = compiled(model.complete)
    drawn = [complete(draw_noise(*model.noise_input, 8, seed=seed), seen, known)[0] for seed in range(4)]
    halves = np.where(known == 1, images, 96).astype("uint8")
    rows = np.concatenate([images, halves, *map(as_bytes, drawn)])
    caption = "Test images, what it is shown of them, and four ways in which it goes on."
    return ReportSection("completions", "Half-erased images, completed", caption, image_grid(rows, columns=8))


def _remembered(samples, data) -> ReportSection:
    known = prepared(data.spec, spread(data.train, MOST_SEARCHED))
    real = prepared(data.spec, spread(data.test, 200))
    new = np.float32(samples) / np.iinfo(samples.dtype).max
    flat = [images.reshape(len(images), -1) for images in (new, real, known)]
    places, apart = nearest(flat[0], flat[2])
    _, usual = nearest(flat[1], flat[2])
    caption = (
        f"Rows in pairs: new images, and below them the nearest of {len(known):,} training images, pixel by pixel. New "
        f"images lie {apart.mean():.2f} from theirs on the average, test images {usual.mean():.2f}: "
        "had it learned images by heart, that would be near 0."
    )
    return ReportSection(
        "nearest", "Only remembered?", caption, image_grid(_in_pairs(samples, as_bytes(known[places])), columns=8)
    )


def _in_pairs(above, below) -> np.ndarray:
    """Rows of 8 images, each above the row that belongs to it."""
    rows = [row for start in range(0, len(above), 8) for row in (above[start : start + 8], below[start : start + 8])]
    return np.concatenate(rows)
