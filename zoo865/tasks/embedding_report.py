"""What the report shows of learned distances: queries and what is nearest to them, distances, a map."""

import functools
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from zoo865.data.episodes import Episode, group_of
from zoo865.metrics.intervals import interval
from zoo865.metrics.one_shot import distances_in, distances_of_queries, one_shot_right
from zoo865.tasks.task import Part, Pictures, ReportSection

QUERIES, NEAREST = 8, 3  # rows of the pictures, and how many of the nearest stand in each
MAPPED = 10  # classes of the map
CONFUSED = 12  # rows of the table

Measured = Callable[[], tuple[np.ndarray, np.ndarray, list[Episode]]]


def parts(run, measured: Measured) -> Iterator[Part]:
    """Queries, confusions, distances, accuracy by group, a map.

    Args:
        run: a `zoo865.Run`.
        measured: gives (examples, dimensions) vectors of the test examples, (examples,) labels, and their episodes.
    """
    found = functools.cache(measured)
    yield Part("Queries and what is nearest", lambda: [_queries(run, *found())])
    yield Part("Classes taken for another", lambda: [_confusions(run, *found())])
    yield Part("Distances", lambda: [_distances(run, *found())])
    yield Part("Accuracy by group", lambda: _by_group(run, *found()))
    yield Part("Map of test examples", lambda: [map_of(run, *found()[:2])])


def _queries(run, vectors, labels, episodes) -> ReportSection:
    """Mistakes first, then others: the query, its own class's example, and the nearest examples."""
    own, others = distances_of_queries(vectors, episodes)
    asked = [(episode, place) for episode in episodes for place in range(len(episode.queries))]
    order = np.argsort(others[:, 0] - own)
    wrong = int((others[:, 0] < own).sum())
    ((name, feature),) = run.spec.inputs.items()
    images, captions = [], []
    for row in order[: min(QUERIES, max(wrong, QUERIES // 2))]:
        episode, place = asked[row]
        query, truth = episode.queries[place], episode.support[episode.truth[place]]
        away = distances_in(vectors, episode)[place]
        near = episode.support[np.argsort(away)[:NEAREST]]
        shown = run.data.test.take(np.array([query, truth, *near]))[name]
        images += [feature.show(one) for one in shown]
        captions += ["query", f"its class: {own[row]:.2f}"]
        captions += [
            f"{'right' if one == truth else 'wrong'}: {distance:.2f}"
            for one, distance in zip(near, np.sort(away), strict=False)
        ]
    caption = (
        f"{wrong:,} of {len(own):,} queries are nearer to another class. Rows, the worst first: the query, the one "
        f"example of its class, and the {NEAREST} nearest examples, with distances."
    )
    pictures = Pictures(images, captions, 2 + NEAREST) if isinstance(images[0], np.ndarray) else None
    return ReportSection("queries", "Queries and what is nearest", caption, pictures=pictures)


def _confusions(run, vectors, labels, episodes) -> ReportSection:
    names, pairs = run.spec.class_names, Counter()
    for episode in episodes:
        answers = distances_in(vectors, episode).argmin(1)
        for query, answer, truth in zip(episode.queries, answers, episode.truth, strict=True):
            if answer != truth:
                pairs[labels[query], labels[episode.support[answer]]] += 1
    most = pairs.most_common(CONFUSED)
    caption = f"{len(pairs):,} pairs of classes were confused; the most frequent." if most else "No class was."
    table = {
        "class": [names[true] for (true, _), _ in most],
        "taken for": [names[other] for (_, other), _ in most],
        "times": [count for _, count in most],
    }
    return ReportSection("confusions", "Classes taken for another", caption, table=table if most else None)


def _distances(run, vectors, labels, episodes) -> ReportSection:
    from zoo865.visualize.charts import two_histograms

    own, others = distances_of_queries(vectors, episodes)
    calibration = run.recipe.task.calibrate(run.model, run.data)
    caption = "Distances of test queries to the example of their own class, and to those of others."
    if calibration:
        caption += (
            f" The line: what is nearer than {calibration.threshold:.2f} is taken for the same. It was set on the "
            f"validation split, where {calibration.unknown_accepted:.1%} of examples of no class among "
            f"{calibration.gallery} were taken for one of them, and {calibration.known_rejected:.1%} of those that had "
            "one were not. More classes, or more examples of each, let more through."
        )
    figure = two_histograms(
        {"same class": own, "different": others[np.isfinite(others)]},
        "distance",
        "share of pairs",
        calibration.threshold if calibration else None,
    )
    return ReportSection("distances", "Distances", caption, figure)


def _by_group(run, vectors, labels, episodes) -> Iterator[ReportSection]:
    from zoo865.visualize.charts import shares

    groups: dict[str, list] = {}
    asked: dict[str, set] = {}
    for episode in episodes:
        group = group_of(run.spec.class_names[labels[episode.support[0]]])
        groups.setdefault(group, []).extend(one_shot_right(vectors, [episode]))
        asked.setdefault(group, set()).update(episode.queries.tolist())
    if len(groups) < 2:
        return
    values = {name: np.mean(right) for name, right in sorted(groups.items())}
    ends = [interval(values[name], len(asked[name])) for name in values]
    caption = "One-shot accuracy by group of classes, with the interval of 95 %."
    yield ReportSection(
        "by_group",
        "Accuracy by group",
        caption,
        shares(list(values), np.array(list(values.values())), np.array(ends), "group"),
    )


def map_of(run, vectors: np.ndarray, labels: np.ndarray) -> ReportSection:
    """The section of a map of test examples, coloured by class where they have one.

    Args:
        run: a `zoo865.Run`.
        vectors: (examples, dimensions) of the test examples.
        labels: (examples,) integers; all 0 without labels.
    """
    from zoo865.visualize.embeddings import embedding_map_figure

    names = run.spec.class_names or ("unlabelled",)
    chosen = [label for label, _ in Counter(labels.tolist()).most_common(MAPPED)]
    places = np.flatnonzero(np.isin(labels, chosen))
    numbers = [chosen.index(label) for label in labels[places]]
    figure = embedding_map_figure(vectors[places], numbers, [names[label] for label in chosen])
    of = f" of up to {MAPPED} classes" if run.spec.class_names else ""
    caption = f"Vectors of test examples{of}, in the plane in which they spread most."
    return ReportSection("map", "Map of test examples", caption, figure)
