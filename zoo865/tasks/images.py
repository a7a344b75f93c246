"""What tasks on images share: how a person's picture becomes an input, and how a served picture becomes the model's."""

from pathlib import Path

import numpy as np
from keras import ops
from PIL import Image

from zoo865.data import pictures
from zoo865.layers.resize import resize_antialiased
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
        image = image if image.shape[:2] == (height, width) else pictures.resize(image, (height, width))
    return {"image": image}, notes


def as_model_sees(image, spec):
    """uint8 images (batch, any height, any width, channels) -> float32 of the model's shape in [0, 1], in a graph."""
    return resize_antialiased(image, spec.image_shape[:2]) / 255.0


def training_batch(run, caption: str):
    """The exhibit of a training batch, as the model saw it in the first epoch."""
    from zoo865.tasks.task import Exhibit

    feed = run.recipe.batches.open(run.data, batch_size=run.recipe.batch_size, seed=run.settings["seed"], model=None)
    feed.begin_epoch(0)
    images, *labels = next(iter(feed.dataset))
    titles = [run.spec.class_names[label] for label in np.asarray(labels[0])] if labels else None
    figure = image_grid(ops.convert_to_numpy(images)[:25], titles=titles and titles[:25])
    return Exhibit("training_batch", "A training batch, as the model sees it", caption, figure)
