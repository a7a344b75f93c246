"""Where to look further: what the figures of a classifier say is most worth a person's time."""

import numpy as np

from zoo865.data.spec import class_counts
from zoo865.metrics.intervals import interval
from zoo865.tasks.task import Exhibit

WIDE = 0.04  # an interval of accuracy wider than this says little
GAP = 0.08  # training accuracy above validation's by more: the model knows its training images by heart


def advice(run, counts) -> Exhibit:
    """The exhibit of what was seen and what may help, the most telling first.

    Args:
        run: with its data at hand.
        counts: (classes, classes) of test images, a row for the true class, a column for the answer.
    """
    found = [*_few_test_images(run, counts), *_rare_class(run), *_confused(run, counts), *_learned_by_heart(run)]
    table = {"what was seen": [seen for seen, _ in found], "what may help": [helps for _, helps in found]}
    caption = "Told by the figures of this run." if found else "Nothing stands out."
    return Exhibit("where_to_look_further", "Where to look further", caption, None, table if found else None)


def _few_test_images(run, counts):
    total = int(counts.sum())
    low, high = interval(counts.diagonal().sum() / total, total)
    if high - low > WIDE:
        helps = "cross-validation tests on every picture: --folds 5" if run.data.files else "more test images"
        yield f"{total:,} test images tell the accuracy to {low:.1%} to {high:.1%} only", helps


def _rare_class(run):
    names, of_class = run.spec.class_names, class_counts(run.data.train, len(run.spec.class_names))
    rare = int(of_class.argmin())
    if of_class[rare] < np.median(of_class) / 2:
        seen = f"{names[rare]} has {of_class[rare]:,} training images, a class usually {np.median(of_class):,.0f}"
        yield seen, f"more images of {names[rare]}"


def _confused(run, counts):
    names, wrong = run.spec.class_names, counts - np.diag(counts.diagonal())
    true, answer = np.unravel_index(wrong.argmax(), wrong.shape)
    if wrong[true, answer] > 1:
        seen = f"{wrong[true, answer]:,} of {counts[true].sum():,} {names[true]} are taken for {names[answer]}"
        yield seen, "look at them among the mistakes: are their labels right? Then more images like them"


def _learned_by_heart(run):
    best = run.history[run.metrics["best_epoch"] - 1]
    if best.get("accuracy", 0) - best["val_accuracy"] > GAP:
        seen = f"accuracy in training {best['accuracy']:.1%}, on validation images {best['val_accuracy']:.1%}"
        yield seen, "more images; stronger augmentation (zoo865 augment tells how much they bear); more dropout"
