"""What the report shows of vectors learned from co-occurrence counts: the counts, and what the vectors make of them."""

from collections.abc import Iterator

import numpy as np

from zoo865.tasks.task import ReportSection
from zoo865.visualize.words import against

COMPARED, SHOWN = 20_000, 1000  # pairs of words, at most


def relation_to_counts(run, feed) -> Iterator[ReportSection]:
    """Logarithms of co-occurrence counts against what the vectors and biases of their words say.

    Args:
        run: a `zoo865.Run`, whose model weighs pairs as `zoo865.models.glove.GloVe` does.
        feed: of its batches, a `zoo865.batches.cooccurrences.CoOccurrencesFeed`.
    """
    weights = np.minimum(feed.pairs["count"] / run.model.x_max, 1.0) ** run.model.power
    random, most = np.random.default_rng(865), min(COMPARED, len(weights))
    some = np.unique(random.choice(len(weights), most, p=weights / weights.sum(dtype="float64")))
    if len(some) < 3:
        return
    some = random.permutation(some)
    pairs = {name: array[some] for name, array in feed.pairs.items()}
    expected, found = np.log(pairs["count"]), np.asarray(run.model(pairs))
    correlation = np.corrcoef(expected, found)[0, 1]
    figure = against(expected[:SHOWN], found[:SHOWN], "logarithm of the count", "w · c + biases")
    caption = (
        "The product of a word's vector w and a context's c, plus the biases of both, is to be the logarithm of how "
        "often the words stand near each other (Pennington, Socher, Manning 2014): the correlation is "
        f"{correlation:.3f} over {len(some):,} pairs of words, drawn by their weight in the loss. On the dashed line "
        "both are equal."
    )
    yield ReportSection("counts", "Relation to counts", caption, figure)
