"""Contrastive learning: features of pictures, learned without labels from which views are of the same picture."""

import dataclasses
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.data.spec import Arrays
from zoo865.data.statistics import class_counts, labels_of, spread
from zoo865.errors import ZooError, nearest
from zoo865.inference import predictions
from zoo865.metrics.intervals import interval
from zoo865.metrics.linear_probe import linear_probe
from zoo865.metrics.one_shot import recall_at
from zoo865.registry import task
from zoo865.tasks.contrastive_report import parts
from zoo865.tasks.embedding import Embedding
from zoo865.tasks.examples import serving
from zoo865.tasks.task import Part, Reference, Signature

PICTURES, TOGETHER = 1_000, 250  # whose views are to be found again, and how many of them are changed at once
LABELLED = 1_000  # training examples that the linear probe learns from


@task
@dataclass(frozen=True)
class ContrastiveLearning(Embedding):
    """Features of pictures, from which no label was learned. Models take inputs prepared by
    `zoo865.preprocessing.prepare`, and return vectors of unit length by a projection head that training alone needs.

    What decides is measured without labels: of pictures that were not trained on, each changed twice by the policy
    "views", one view is to be found by the other. Where there are labels, they tell how good the features are.

    Args:
        loss: of zoo865/losses/metric_learning.py.
        loss_args: its temperature.
        features: the layer before the projection head, which gives (batch, numbers).

    Example:
        >>> ContrastiveLearning(loss_args={"temperature": 0.2}, features="average").monitor
        ('val_instance_accuracy', 'max')
    """

    features: str = "features"

    monitor: ClassVar = ("val_instance_accuracy", "max")
    headline: ClassVar = ("linear_probe_accuracy", "recall_at_1", "instance_accuracy")
    explained: ClassVar = {
        "instance_accuracy": f"The share of views nearest to the other view of their picture, of up to {PICTURES:,}.",
        "linear_probe_accuracy": f"The accuracy of logistic regression on the features, of {LABELLED:,} labels.",
        "recall_at_1": "The share of examples whose nearest other, by the angle of features, is of their class.",
    }

    def model_args(self, spec) -> dict:
        """{"image_shape": (height, width, channels)}.

        Raises:
            ZooError: the data are not images.
        """
        return {"image_shape": spec.image.shape}

    def protocol(self, model, data) -> str:
        """That no label was learned from.

        Raises:
            ZooError: the model has no such layer.
        """
        self.features_of(model)
        return "No label was used in training, nor in choosing the epoch."

    def measure(self, model, data, split: str) -> dict[str, float]:
        """instance_accuracy; where there are labels recall_at_1, and by those of the training split
        linear_probe_accuracy.

        Raises:
            ZooError: the split has fewer than two examples.
        """
        measures = {"instance_accuracy": _instance_accuracy(model, data, split)}
        if len(data.spec.class_names) < 2:
            return measures
        inner = self.features_of(model)
        features, labels = _features(inner, data.spec, data.split(split)), labels_of(data.split(split))
        if np.bincount(labels).max() > 1:  # not one example of each class, as of a small folder
            measures["recall_at_1"] = recall_at(_unit(features), labels, 1)
        if not len(data.train):  # of a folder that is measured on alone all is test
            return measures
        few = Arrays(**spread(data.train, LABELLED))
        right = linear_probe(_features(inner, data.spec, few), few.labels).score(features, labels)
        measures["linear_probe_accuracy"] = float(right)
        if split == "test":
            ends = interval(right, len(labels))
            measures |= zip(("linear_probe_accuracy_low", "linear_probe_accuracy_high"), ends, strict=True)
        return measures

    def references(self, run) -> list[Reference]:
        """Chance."""
        from zoo865.batches.views import VIEWS

        values = {"instance_accuracy": 1 / (VIEWS * min(PICTURES, len(run.data.test)) - 1)}
        if count := len(run.spec.class_names):
            shares = class_counts(run.data.test, count) / len(run.data.test)
            values |= {"linear_probe_accuracy": float(shares.max()), "recall_at_1": float((shares**2).sum())}
        return [Reference("chance", values)]

    def report_sections(self, run) -> Iterator[Part]:
        """Pairs of views, the nearest to some test pictures, a map of test pictures."""
        yield from parts(run, lambda: _unit(_features(self.features_of(run.model), run.spec, run.data.test)))

    def calibrate(self, model, data):
        """Nothing: without labels no distance is known to be near enough."""
        return None

    def embedding_of(self, model):
        """Features at unit length: they tell classes apart better than what the projection head makes of them."""
        import keras

        from zoo865.layers.unit_length import UnitLength

        return keras.Model(model.input, UnitLength()(self.features_of(model).output))

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """As `zoo865.tasks.embedding.Embedding`, of features at unit length; and `features`, raw examples ->
        `features` (batch, numbers) float32 as they are.
        """
        from keras import ops

        inner = self.features_of(model)

        def look(seen):
            return {"features": ops.cast(inner(seen, training=False), "float32")}

        return {**super().signatures(model, spec, examples), "features": serving(spec, examples, look)}

    def features_of(self, model):
        """The model up to its features.

        Raises:
            ZooError: it has no such layer.
        """
        names = [layer.name for layer in model.layers]
        if self.features not in names:
            raise ZooError(f"task.features: no layer {self.features!r}", nearest(self.features, names))
        return _up_to(model, self.features)


@functools.lru_cache(maxsize=2)  # its answers are traced once for all epochs
def _up_to(model, layer: str):
    import keras

    from zoo865.private_keras import nodes_by_depth

    # In this graph: what an export folds shares layers with the model, whose own outputs are of the other.
    (output,) = (node.outputs[0] for node in nodes_by_depth(model) if node.operation.name == layer)
    return keras.Model(model.input, output)


def _instance_accuracy(model, data, split: str) -> float:
    """The share of views whose nearest other is of the same picture; always the same views."""
    from zoo865.batches.views import VIEWS, Views

    some = Arrays(**spread(data.split(split), PICTURES))
    pairs = dataclasses.replace(data, train=some)
    feed = Views().open(pairs, batch_size=VIEWS * min(TOGETHER, len(some)), seed=865)
    vectors = np.concatenate([model.predict_on_batch(seen) for seen, _ in feed.dataset.as_numpy_iterator()])
    return recall_at(vectors, np.arange(len(vectors)) // VIEWS, 1)


def _features(inner, spec, split) -> np.ndarray:
    return np.concatenate([outputs for _, outputs in predictions(inner, spec, split)]).astype("float32")


def _unit(features: np.ndarray) -> np.ndarray:
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-6)
