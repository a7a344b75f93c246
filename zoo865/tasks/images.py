"""What tasks on images share: how a person's picture becomes an input, and how a served picture becomes the model's."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from keras import ops
from PIL import Image

from zoo865.data import pictures
from zoo865.data.spec import Arrays, spread
from zoo865.layers.resize import resize_antialiased
from zoo865.tasks.task import Exhibit
from zoo865.visualize.grids import image_grid


def parse_picture(given, spec) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """A picture file, a PIL image or an array as {"image": uint8 of the model's shape}, and what was done to it.

    Files and PIL images may come as people have them: drawings are turned to the ink the data had and centred as they
    were. Arrays (uint8, or floats in [0, 1]) are only resized.
    """
    height, width, channels = spec.image_shape
    if isinstance(given, (str, Path)):
        image, notes = pictures.as_trained(pictures.read(given, channels), spec)
    elif isinstance(given, Image.Image):
        image, notes = pictures.as_trained(pictures.from_pil(given, channels), spec)
    else:
        image, notes = pictures.from_array(given, channels), ()
        image = image if image.shape[:2] == (height, width) else pictures.resize(image, (height, width), spec.crop)
    return {"image": image}, notes


def as_model_sees(image, spec):
    """uint8 images (batch, any height, any width, channels) -> float32 of the model's shape in [0, 1], in a graph."""
    return resize_antialiased(image, spec.image_shape[:2], spec.crop) / 255.0


def training_batch(run, caption: str):
    """The exhibit of a training batch, as the model saw it in the first epoch."""
    feed = run.recipe.batches.open(run.data, batch_size=run.recipe.batch_size, seed=run.settings["seed"], model=None)
    feed.begin_epoch(0)
    images, *labels = next(iter(feed.dataset))
    titles = [run.spec.class_names[label] for label in np.asarray(labels[0])] if labels else None
    figure = image_grid(ops.convert_to_numpy(images)[:25], titles=titles and titles[:25])
    return Exhibit("training_batch", "A training batch, as the model sees it", caption, figure)


def changed_examples(run, count: int = 6) -> Iterator[Exhibit]:
    """The exhibit of a few training images beside what augmentation makes of them; none where it changes nothing."""
    examples = spread(run.data.train, count)
    rows = [[image / 255.0, *_versions(run, image)] for image in examples["image"]]
    if all(np.allclose(given, version, atol=1e-3) for given, *versions in rows for version in versions):
        return
    names = run.spec.class_names
    titles = [title for label in examples["label"] for title in (names[label], "", "", "")]
    caption = "Left, a training image; beside it three versions of it. The model sees another one in every epoch."
    pictures = np.clip([image for row in rows for image in row], 0, 1)
    yield Exhibit("augmentation", "Each example becomes many", caption, image_grid(pictures, titles, columns=4))


def _versions(run, image):
    """Three versions of an image, as a training batch of nothing else holds them."""
    three = Arrays(image=np.stack([image] * 3), label=np.zeros(3, "int64"))
    data = dataclasses.replace(run.data, train=three)
    feed = run.recipe.batches.open(data, batch_size=3, seed=run.settings["seed"], model=None)
    return ops.convert_to_numpy(next(iter(feed.dataset))[0])


def about_the_folder(run) -> Iterator[Exhibit]:
    """The exhibits of pictures that could not be read, and of those that are in training and held out too."""
    data = run.data
    if data.unreadable:
        table = dict(zip(("picture", "trouble"), map(list, zip(*data.unreadable, strict=True)), strict=True))
        yield Exhibit("unreadable", "Pictures that cannot be read", "They were left out.", table=table)
    if data.twins:
        table = dict(zip(("in training", "held out"), map(list, zip(*data.twins, strict=True)), strict=True))
        caption = "Equal, or saved again: what is measured on them was learned by heart. Take them away on one side."
        yield Exhibit("twins", "Pictures in training and held out", caption, table=table)
