"""What reports show of images: what augmentation makes of them, and what there is to say of a folder."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from zoo865.data.spec import Arrays
from zoo865.data.statistics import spread
from zoo865.preprocessing import prepared
from zoo865.tasks.task import ReportSection


def changed_examples(run, count: int = 6) -> Iterator[ReportSection]:
    """The section of a few training images beside what augmentation makes of them; none where it changes nothing."""
    from keras import ops

    from zoo865.visualize.grids import image_grid

    examples = spread(run.data.train, count)
    (name,) = run.data.spec.inputs
    seen, changed = prepared(run.data.spec, examples), []
    for image in examples[name]:
        three = Arrays(**{name: np.stack([image] * 3), "label": np.zeros(3, "int64")})
        data = dataclasses.replace(run.data, train=three)
        feed = run.recipe.batches.open(data, batch_size=3, seed=run.settings["seed"], model=run.model)
        changed.append(ops.convert_to_numpy(next(iter(feed.dataset))[0]))
    if np.allclose(seen[:, None], np.stack(changed), atol=1e-3):
        return
    names = run.spec.class_names
    titles = [title for label in examples["label"] for title in (names[label], "", "", "")]
    caption = "Left, a training image; beside it three versions of it. The model sees another one in every epoch."
    rows = np.concatenate([seen[:, None], np.stack(changed)], 1)
    pictures = np.clip(rows.reshape(-1, *rows.shape[2:]), 0, 1)
    yield ReportSection("augmentation", "Each example becomes many", caption, image_grid(pictures, titles, columns=4))


def about_the_folder(run) -> Iterator[ReportSection]:
    """The sections on pictures that could not be read, and of those that are in training and held out too."""
    data = run.data
    if data.unreadable:
        table = dict(zip(("picture", "trouble"), map(list, zip(*data.unreadable, strict=True)), strict=True))
        yield ReportSection("unreadable", "Pictures that cannot be read", "They were left out.", table=table)
    if data.twins:
        table = dict(zip(("in training", "held out"), map(list, zip(*data.twins, strict=True)), strict=True))
        caption = "Equal, or saved again: what is measured on them was learned by heart. Take them away on one side."
        yield ReportSection("twins", "Pictures in training and held out", caption, table=table)
