"""Suggestions for improving a classifier, from its measures."""

import numpy as np

from zoo865.data.statistics import class_counts
from zoo865.metrics.intervals import interval
from zoo865.tasks.task import ReportSection

WIDE = 0.04  # an interval of accuracy wider than this says little
GAP = 0.08  # training accuracy above validation's by more: overfitting


def advice(run, counts) -> ReportSection:
    """The section of findings and what may help, the most important first.

    Args:
        run: a run whose data are available.
        counts: (classes, classes) of test images, rows are true classes, columns predicted ones.
    """
    found = [*_few_test_images(run, counts), *_rare_class(run), *_confused(run, counts), *_learned_by_heart(run)]
    table = {"finding": [seen for seen, _ in found], "what may help": [helps for _, helps in found]}
    caption = "From the measures of this run." if found else "Nothing stands out."
    return ReportSection("where_to_look_further", "Suggestions", caption, None, table if found else None)


def _few_test_images(run, counts):
    total = int(counts.sum())
    low, high = interval(counts.diagonal().sum() / total, total)
    if high - low > WIDE:
        helps = (
            "cross-validation, which tests on all of them: --folds 5"
            if run.data.files
            else f"more test {run.recipe.task.unit}"
        )
        yield f"with only {total:,} test {run.recipe.task.unit}, accuracy is uncertain: {low:.1%} to {high:.1%}", helps


def _rare_class(run):
    names, unit, of_class = (
        run.spec.class_names,
        run.recipe.task.unit,
        class_counts(run.data.train, len(run.spec.class_names)),
    )
    rare = int(of_class.argmin())
    if of_class[rare] < np.median(of_class) / 2:
        seen = f"{names[rare]} has {of_class[rare]:,} training {unit}, the median class {np.median(of_class):,.0f}"
        yield seen, f"more {unit} of {names[rare]}"


def _confused(run, counts):
    names, wrong = run.spec.class_names, counts - np.diag(counts.diagonal())
    true, answer = np.unravel_index(wrong.argmax(), wrong.shape)
    if wrong[true, answer] > 1:
        seen = f"{wrong[true, answer]:,} of {counts[true].sum():,} {names[true]} are predicted as {names[answer]}"
        yield (
            seen,
            f"check their labels among the mistakes; if they are right, more {run.recipe.task.unit} like them",
        )


def _learned_by_heart(run):
    best = run.history[run.metrics["best_epoch"] - 1]
    if best.get("accuracy", 0) - best["val_accuracy"] > GAP:
        seen = f"overfitting: training accuracy {best['accuracy']:.1%}, validation accuracy {best['val_accuracy']:.1%}"
        yield (
            seen,
            f"more {run.recipe.task.unit}; stronger augmentation of images (zoo865 augment measures it); more dropout",
        )
