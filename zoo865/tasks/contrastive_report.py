"""What the report shows of contrastive learning: pairs of views, what is nearest to some pictures, a map."""

import functools
from collections.abc import Callable, Iterator

import numpy as np

from zoo865.data.statistics import labels_of, spread_over
from zoo865.tasks.embedding_report import map_of
from zoo865.tasks.task import Part, Pictures, ReportSection

SHOWN = 8  # pictures with their views
QUERIES, NEAREST = 8, 4  # rows of the pictures, and how many of the nearest stand in each


def parts(run, vectors: Callable[[], np.ndarray]) -> Iterator[Part]:
    """Pairs of views, what is nearest, a map.

    Args:
        run: a `zoo865.Run`.
        vectors: gives (examples, dimensions) of unit length of the test examples.
    """
    found = functools.cache(vectors)
    yield Part("Views", lambda: [_views(run)])
    yield Part("Test pictures and what is nearest", lambda: [_nearest(run, found())])
    yield Part("Map of test examples", lambda: [map_of(run, found(), labels_of(run.data.test))])


def _views(run) -> ReportSection:
    """Pictures of the first batch, each beside its views."""
    recipe = run.recipe
    feed = recipe.batches.open(run.data, batch_size=recipe.batch_size, seed=run.settings["seed"], model=run.model)
    raw, (seen, _) = feed.first_batch()
    ((name, feature),) = run.spec.inputs.items()
    images = []
    for row in range(0, min(2 * SHOWN, len(seen)), 2):
        images += [feature.show(one) for one in (raw[name][row], *seen[row : row + 2])]
    caption = "Left, a training picture; right, two views of it, which the network is to bring together. They are new "
    return ReportSection("views", "Views", f"{caption}in every epoch.", pictures=Pictures(images, columns=3))


def _nearest(run, vectors) -> ReportSection:
    from scipy.spatial.distance import cdist

    chosen = spread_over(len(vectors), QUERIES)
    away = cdist(vectors[chosen], vectors)
    away[np.arange(len(chosen)), chosen] = 0  # each stands first in its row
    near = np.argsort(away, kind="stable")[:, : 1 + NEAREST]
    ((name, feature),) = run.spec.inputs.items()
    images, captions, names = [], [], run.spec.class_names
    for row, places in zip(away, near, strict=True):
        shown = run.data.test.take(places)
        images += [feature.show(one) for one in shown[name]]
        said = [f"{distance:.2f}" for distance in row[places]]
        if names:
            said = [f"{names[label]}: {one}" for label, one in zip(shown["label"], said, strict=True)]
        captions += said
    caption = f"Left, a test picture; right, the {near.shape[1] - 1} nearest other ones, with distances."
    pictures = Pictures(images, captions, columns=near.shape[1])
    return ReportSection("nearest", "Test pictures and what is nearest", caption, pictures=pictures)
