"""Losses that bring vectors of one class together and those of different classes apart.

Each takes a batch as `zoo865.batches.class_balanced` lays it out, P classes with K examples each, those of a class in
consecutive rows. So which rows belong together is known before any number is, and no loss searches for pairs or
triplets in labels. All compute in float32, and value and gradient are finite for any vectors, identical ones and zeros
included.

What would make them nan is refused as a `ZooError` before anything is computed, by shapes and settings alone: rows that
are not so many examples of each class, fewer than two of a class, a setting that is not above 0.
"""

import inspect
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo865.errors import ZooError, nearest
from zoo865.settings import checked_arguments

EPSILON = 1e-6  # of squared lengths and distances: below it their roots have no slope


def contrastive(vectors: Any, examples_per_class: int, *, margin: float = 1.0) -> Any:
    """Distances of pairs of one class, and by how much those of different classes fall short of the margin (Hadsell,
    Chopra, LeCun 2006; the distances themselves, not their squares).

    Either kind is averaged over the pairs that still contribute, so that many pairs that are far enough apart do not
    dilute the few that are not.

    Args:
        vectors: (classes * examples_per_class, dimensions) of unit length.
        examples_per_class: K.
        margin: how far apart different classes shall be; between opposite vectors there are 2.

    Returns:
        The loss, a scalar.

    Example:
        >>> vectors = ops.convert_to_tensor([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0], [-1.0, 0.0]])
        >>> round(float(contrastive(vectors, 2)), 3)  # a pair of one class is 0.894 apart; no others are too near
        0.894
    """
    _check_settings(margin=margin)
    same, different = _pairs(vectors, examples_per_class)
    distances = distances_between(vectors)
    return _mean_of_positive(distances * same) + _mean_of_positive(ops.relu(margin - distances) * different)


def batch_hard(vectors: Any, examples_per_class: int, *, margin: float = 0.2) -> Any:
    """The triplet loss of every example with the farthest of its class and the nearest of the others (Hermans, Beyer,
    Leibe 2017), averaged over those that still contribute.

    Args:
        vectors: (classes * examples_per_class, dimensions) of unit length.
        examples_per_class: K.
        margin: by how much farther the other class shall be.

    Returns:
        The loss, a scalar.

    Example:
        >>> vectors = ops.convert_to_tensor([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0], [-1.0, 0.0]])
        >>> float(batch_hard(vectors, 2))  # every example is nearer to its own class by more than the margin
        0.0
    """
    _check_settings(margin=margin)
    same, different = _pairs(vectors, examples_per_class)
    distances = distances_between(vectors)
    farthest = ops.max(distances * same, axis=1)
    nearest = ops.min(distances + 4.0 * (1.0 - different), axis=1)  # no two vectors are 4 apart
    return _mean_of_positive(ops.relu(farthest - nearest + margin))


def semi_hard(vectors: Any, examples_per_class: int, *, margin: float = 0.2) -> Any:
    """The mean triplet loss of all triplets whose example of another class is farther than the one of the same class,
    but by less than the margin (Schroff, Kalenichenko, Philbin 2015).

    Args:
        vectors: (classes * examples_per_class, dimensions) of unit length.
        examples_per_class: K.
        margin: by how much farther the other class shall be.

    Returns:
        The loss, a scalar.

    Example:
        >>> vectors = ops.convert_to_tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [-1.0, 0.0]])
        >>> round(float(semi_hard(vectors, 2, margin=0.5)), 3)
        0.127
    """
    _check_settings(margin=margin)
    classes = _classes_of(vectors, examples_per_class)
    _, different = _pairs(vectors, examples_per_class)
    distances = distances_between(vectors)
    blocks = ops.reshape(distances, (classes, examples_per_class, classes, examples_per_class))
    of_class = ops.reshape(ops.einsum("pkpl->pkl", blocks), (vectors.shape[0], examples_per_class))
    farther = distances[:, None, :] - of_class[:, :, None]  # (anchors, of their class, all)
    not_itself = np.tile(1.0 - np.eye(examples_per_class, dtype="float32"), (classes, 1))
    counts = ops.cast(ops.logical_and(farther > 0, farther < margin), "float32")
    return _mean_of_positive((margin - farther) * counts * different[:, None, :] * not_itself[:, :, None])


def supervised_contrastive(vectors: Any, examples_per_class: int, *, temperature: float = 0.07) -> Any:
    """InfoNCE over all positives: how surprising each other example of the class is, as the answer to which of all
    examples is of the same one (Khosla et al. 2020). With two views of each picture as a class of their own it is the
    loss of SimCLR (Chen et al. 2020).

    Args:
        vectors: (classes * examples_per_class, dimensions) of unit length.
        examples_per_class: K.
        temperature: of the softmax over cosines.

    Returns:
        The loss in nats, a scalar: the mean over examples of the mean over their positives.

    Example:
        >>> vectors = ops.convert_to_tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
        >>> round(float(supervised_contrastive(vectors, 2, temperature=1.0)), 3)  # log(e + 1 + 1) - 1
        0.551
    """
    _check_settings(temperature=temperature)
    same, _ = _pairs(vectors, examples_per_class)
    vectors = ops.cast(vectors, "float32")
    cosines = ops.matmul(vectors, ops.transpose(vectors)) / temperature
    others = cosines - 1e9 * np.eye(vectors.shape[0], dtype="float32")
    positives = ops.sum(cosines * same, axis=1) / (examples_per_class - 1)
    return ops.mean(ops.logsumexp(others, axis=1) - positives)


def prototypical(vectors: Any, examples_per_class: int, *, shots: int = 1, temperature: float = 0.1) -> Any:
    """Episodes: the first examples of each class make up its prototype, their mean, to which the others shall be
    nearer than to those of other classes (Snell, Swersky, Zemel 2017).

    Args:
        vectors: (classes * examples_per_class, dimensions).
        examples_per_class: K.
        shots: how many of them the prototype is made of.
        temperature: of the softmax over negative squared distances: 1 in the paper, whose vectors are of any length.

    Returns:
        The loss in nats, a scalar: the mean cross-entropy of the others.

    Raises:
        ZooError: `shots` leaves no example of a class to ask about; see also above.

    Example:
        >>> vectors = ops.convert_to_tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
        >>> round(float(prototypical(vectors, 2, temperature=4.0)), 3)  # log(1 + exp(-1))
        0.313
    """
    _check_settings(shots=shots, temperature=temperature)
    classes, dimensions = _classes_of(vectors, examples_per_class), vectors.shape[1]
    if shots >= examples_per_class:
        wrong = f"shots={shots} of {examples_per_class} examples of a class leave none to ask about"
        raise ZooError(wrong, f"set shots to at most {examples_per_class - 1}, or give more examples of each class")
    vectors = ops.reshape(ops.cast(vectors, "float32"), (classes, examples_per_class, dimensions))
    prototypes = ops.mean(vectors[:, :shots], axis=1)
    asked = ops.reshape(vectors[:, shots:], (-1, dimensions))
    # The squared length of what is asked about is the same for all prototypes: softmax does not see it.
    nearness = 2.0 * ops.matmul(asked, ops.transpose(prototypes)) - ops.sum(ops.square(prototypes), axis=1)
    truth = np.repeat(np.eye(classes, dtype="float32"), examples_per_class - shots, axis=0)
    return -ops.mean(ops.sum(ops.log_softmax(nearness / temperature, axis=1) * truth, axis=1))


def distances_between(vectors: Any) -> Any:
    """Euclidean distances of vectors of unit length.

    Args:
        vectors: (examples, dimensions).

    Returns:
        (examples, examples) float32. Below 0.001 they are 0, with no gradient: a root has an endless slope at 0.

    Example:
        >>> np.round(np.array(distances_between(ops.eye(2)), "float64"), 3).tolist()
        [[0.0, 1.414], [1.414, 0.0]]
    """
    vectors = ops.cast(vectors, "float32")
    squared = 2.0 - 2.0 * ops.matmul(vectors, ops.transpose(vectors))
    return ops.sqrt(ops.maximum(squared, EPSILON)) * ops.cast(squared > EPSILON, "float32")


def _check_settings(**settings: float) -> None:
    for name, value in settings.items():
        if not 0 < value < np.inf:
            raise ZooError(f"{name} must be above 0, not {value}", f"leave {name} out for its default")


def _classes_of(vectors, examples_per_class: int) -> int:
    """How many classes a batch has.

    Raises:
        ZooError: its rows are not so many examples of each class, or too few to compare.
    """
    if examples_per_class < 2:
        wrong = f"a batch with {examples_per_class} of each class has no two examples of one to bring together"
        raise ZooError(wrong, "give 2 or more of each, as zoo865.batches.class_balanced does")
    if (count := vectors.shape[0]) is None or count % examples_per_class or not count:
        wrong = f"a batch of {count or 'unknown size'} is not {examples_per_class} examples of each class"
        raise ZooError(wrong, f"make its size a fixed multiple of {examples_per_class}")
    return count // examples_per_class


def _pairs(vectors, examples_per_class: int) -> tuple[np.ndarray, np.ndarray]:
    """Two (count, count) float32: 1 where two different examples are of one class, and where they are of two."""
    count = _classes_of(vectors, examples_per_class) * examples_per_class
    classes = np.arange(count) // examples_per_class
    together = (classes[:, None] == classes).astype("float32")
    return together - np.eye(count, dtype="float32"), 1.0 - together


def _mean_of_positive(losses):
    """The mean of those that are above 0; 0 where none is."""
    return ops.sum(losses) / ops.maximum(ops.sum(ops.cast(losses > 0, "float32")), 1.0)


@keras.saving.register_keras_serializable("zoo865")
class MetricLearning(keras.losses.Loss):
    """One of these losses, or the sum of several, as Keras takes them: with labels whose shape is the batch's layout.

    Args:
        kind: its name, "batch_hard", or several, "batch_hard+prototypical".
        settings: its margin, or temperature and shots; of several losses each setting goes to those that have it.
        name: as Keras calls it.

    Raises:
        ZooError: there is no such loss, it has no such setting, or a setting is not above 0.

    Example:
        >>> vectors, labels = np.repeat(np.eye(2, 8, dtype="float32"), 3, 0), np.array([[0, 0, 0], [1, 1, 1]])
        >>> float(MetricLearning("batch_hard")(labels, vectors))
        0.0
    """

    def __init__(
        self, kind: str, settings: Mapping[str, Any] | None = None, name: str = "metric_learning", **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.kind, self.settings, names = kind, dict(settings or {}), kind.split("+")
        for one in names:
            if one not in LOSSES:
                raise ZooError(f"unknown loss {one!r}", nearest(one, LOSSES))
        known = {one: {*inspect.signature(LOSSES[one]).parameters} for one in names}
        anybodys = set().union(*known.values())
        self.parts = {}
        for one in names:  # what nobody has is refused
            own = {name: value for name, value in self.settings.items() if name in known[one] or name not in anybodys}
            layout = ("vectors", "examples_per_class")  # which each batch brings
            self.parts[one] = checked_arguments(LOSSES[one], own, "task.loss_args", without=layout)
            _check_settings(**self.parts[one])

    def call(self, y_true, y_pred):
        """y_true (classes, examples_per_class); y_pred (classes * examples_per_class, dimensions) -> a scalar.

        Raises:
            ZooError: the labels have another shape, or are not those of the vectors.
        """
        labels, rows = tuple(y_true.shape), y_pred.shape[0]
        if len(labels) != 2 or (None not in (*labels, rows) and labels[0] * labels[1] != rows):
            wrong = f"labels of shape {labels} do not tell which of {rows} rows are of one class"
            raise ZooError(wrong, "give (classes, examples of each), as zoo865.batches.class_balanced does")
        return sum(LOSSES[one](y_pred, y_true.shape[1], **settings) for one, settings in self.parts.items())

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "kind": self.kind, "settings": self.settings}


LOSSES = {one.__name__: one for one in (contrastive, batch_hard, semi_hard, supervised_contrastive, prototypical)}
