"""Labels that are likely wrong: a classifier that has not seen an example with its label is sure of another one.

Northcutt, Jiang, Chuang 2021 (confident learning) ask cross-validated predictions too, and estimate from them how many
labels are wrong; where classes are hard to tell apart, as Teslas and Toyotas are by these features, that estimate takes
every uncertain photo for a mistake (docs/design.md). One threshold does not.
"""

from dataclasses import dataclass

import numpy as np

KNOWS_PHOTOS = "mobilenet_v2"  # the system whose features tell photos apart
SURE = 0.65  # probability of another class, from which on a label is likely wrong
FOLDS = 5
STRENGTH = 2.0  # of the classifier, over the number of features: so little that a wrong label is not learned


@dataclass(frozen=True)
class LabelMistake:
    """An example whose label is likely wrong.

    Args:
        index: of the example.
        likely: the label that it likely should have.
        probability: of that one.
    """

    index: int
    likely: int
    probability: float


def label_mistakes(features, labels, groups=None) -> list[LabelMistake]:
    """Finds labels that are likely wrong, the surest first.

    Args:
        features: (examples, features) floats, of a network that was trained on something else.
        labels: (examples,) integers. Classes of fewer than two examples (groups) are not looked at.
        groups: None, or (examples,) a number each: examples of one number are seen together or not at all, since a copy
            of a picture would vouch for its label.

    Example:
        label_mistakes(np.eye(2).repeat(20, 0), [1] + [0] * 19 + [1] * 20)  # [LabelMistake(index=0, likely=0, ...)]
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features, labels = np.asarray(features), np.asarray(labels)
    groups = np.arange(len(labels)) if groups is None else np.asarray(groups)
    groups_of_class = {label: len(np.unique(groups[labels == label])) for label in np.unique(labels)}
    looked_at = np.flatnonzero([groups_of_class[label] > 1 for label in labels])
    classes = np.unique(labels[looked_at])
    if len(classes) < 2:
        return []
    folds = StratifiedGroupKFold(
        min(FOLDS, *(groups_of_class[label] for label in classes)), shuffle=True, random_state=0
    )
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH / features.shape[1], max_iter=1000))
    given = np.searchsorted(classes, labels[looked_at])
    probabilities = cross_val_predict(
        classifier, features[looked_at], given, groups=groups[looked_at], cv=folds, method="predict_proba"
    )
    probabilities[np.arange(len(given)), given] = 0
    likely, sure = probabilities.argmax(1), probabilities.max(1)
    order = [i for i in np.argsort(-sure, kind="stable") if sure[i] > SURE]
    return [LabelMistake(int(looked_at[i]), int(classes[likely[i]]), float(sure[i])) for i in order]
