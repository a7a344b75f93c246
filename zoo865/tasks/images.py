"""Report sections on images: augmentation, and problems of a folder."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from zoo865.data.spec import Arrays
from zoo865.data.statistics import spread
from zoo865.preprocessing import prepared
from zoo865.tasks.task import Pictures, ReportSection


def changed_examples(run, count: int = 6) -> Iterator[ReportSection]:
    """The section of a few training images beside augmented versions; none without augmentation."""
    from keras import ops

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
    captions = [said for label in examples["label"] for said in (names[label], "", "", "")]
    caption = "Left, a training image; right, three augmented versions. The model sees a new version in every epoch."
    rows = np.concatenate([seen[:, None], np.stack(changed)], 1)
    pictures = Pictures(list(rows.reshape(-1, *rows.shape[2:])), captions, columns=4)
    yield ReportSection("augmentation", "Augmentation", caption, pictures=pictures)


def about_the_folder(run) -> Iterator[ReportSection]:
    """The sections on files left out, and on held-out pictures that are near-duplicates of training pictures."""
    data = run.data
    if data.left_out:
        table = dict(zip(("left out", "why"), map(list, zip(*data.left_out, strict=True)), strict=True))
        yield ReportSection("left_out", "Files left out of the folder", "", table=table)
    if data.near_duplicates:
        table = dict(zip(("in training", "held out"), map(list, zip(*data.near_duplicates, strict=True)), strict=True))
        caption = "Near-duplicates: measures on the held-out copies are too optimistic. Remove one of each pair."
        yield ReportSection("twins", "Near-duplicates of training pictures in held-out data", caption, table=table)
