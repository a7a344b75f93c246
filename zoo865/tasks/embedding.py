"""Vectors whose distances tell whether two examples are of the same class, also of classes never seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from zoo865.data.episodes import Episode, episodes_given, episodes_of
from zoo865.data.spec import Spec
from zoo865.data.statistics import labels_of
from zoo865.errors import ZooError
from zoo865.inference import predictions
from zoo865.metrics.intervals import interval
from zoo865.metrics.one_shot import distances_of_queries, equal_error_rate, one_shot_right, recall_at
from zoo865.metrics.same_threshold import SameThreshold
from zoo865.preprocessing import prepared
from zoo865.registry import task
from zoo865.tasks.embedding_report import parts
from zoo865.tasks.examples import serving, training_batch
from zoo865.tasks.task import Part, Reference, Signature, Task


@task
@dataclass(frozen=True)
class Embedding(Task):
    """A vector of unit length for each example. Models take inputs prepared by `zoo865.preprocessing.prepare`.

    It is measured by what it was not trained on: episodes of classes with one example each (zoo865/data/episodes.py).

    Args:
        loss: of zoo865/losses/metric_learning.py, or the sum of several: "batch_hard+prototypical".
        loss_args: its margin, or temperature. Loss and settings are checked as training begins, by `compile_args`:
            the losses need Keras, which a task that only predicts does without.

    Example:
        >>> Embedding(loss="batch_hard", loss_args={"margin": 0.3}).monitor
        ('val_one_shot_accuracy', 'max')
    """

    loss: str = "supervised_contrastive"
    loss_args: dict[str, Any] = field(default_factory=dict)

    monitor: ClassVar = ("val_one_shot_accuracy", "max")
    calibration: ClassVar = SameThreshold
    open_set: ClassVar = True
    usage: ClassVar = "nearest RUN FILE --gallery FOLDER"
    headline: ClassVar = ("one_shot_accuracy", "five_way_accuracy", "equal_error_rate")
    explained: ClassVar = {
        "one_shot_accuracy": "The share of queries nearest to their own class, of up to 20 with one example each.",
        "five_way_accuracy": "The same with 5 classes.",
        "recall_at_1": "The share of examples whose nearest other is of their class, among all of the split.",
        "equal_error_rate": "Wrong verdicts on 'the same or not?', where both kinds of mistakes are equally frequent.",
    }

    def model_args(self, spec) -> dict:
        """{"NAME_shape": ... of the one input}.

        Raises:
            ZooError: there are several inputs, or labels are missing.
        """
        if len(spec.inputs) != 1 or not spec.class_names:
            held = f"{len(spec.inputs)} inputs" if len(spec.inputs) != 1 else "no labels"
            raise ZooError(f"distances are learned from one input with labels; the data have {held}", "--data FOLDER")
        return super().model_args(spec)

    def compile_args(self, spec) -> dict:
        """The loss.

        Raises:
            ZooError: there is no such loss, it has no such setting, or a setting is not above 0.
        """
        from zoo865.losses.metric_learning import MetricLearning

        return {"loss": MetricLearning(self.loss, self.loss_args)}

    def measure(self, model, data, split: str) -> dict[str, float]:
        """one_shot_accuracy and five_way_accuracy, of 20 and of 5 classes, the latter only where each episode has five
        or more: among fewer it would be the former by a wrong name; equal_error_rate; recall_at_1, but not of a
        split that brings its own queries, as Lake's runs, in several of which the same characters stand. The interval
        is that of as many answers as there are examples that were asked about, however often each was.

        Raises:
            ZooError: the split has no two classes with two examples.
        """
        vectors, labels, episodes = _measured(model, data, split)
        right = one_shot_right(vectors, episodes)
        measures = {"one_shot_accuracy": float(right.mean())}
        if split == "test":
            asked = len(np.unique(np.concatenate([one.queries for one in episodes])))  # some of them several times
            ends = interval(right.mean(), asked)
            measures |= zip(("one_shot_accuracy_low", "one_shot_accuracy_high"), ends, strict=True)
        own, others = distances_of_queries(vectors, episodes)
        if _of_five(episodes):
            measures["five_way_accuracy"] = float(one_shot_right(vectors, episodes, 5).mean())
        measures["equal_error_rate"] = equal_error_rate(own, others[np.isfinite(others)])[0]
        if _queries(data.split(split)) is None:
            measures["recall_at_1"] = recall_at(vectors, labels, 1)
        return measures

    def references(self, run) -> list[Reference]:
        """Chance."""
        episodes = _episodes(run.data.test, run.spec)
        ways = np.concatenate([[len(one.support)] * len(one.queries) for one in episodes])
        values = {"one_shot_accuracy": float(np.mean(1 / ways)), "equal_error_rate": 0.5}
        return [Reference("chance", values | ({"five_way_accuracy": 1 / 5} if _of_five(episodes) else {}))]

    def report_sections(self, run) -> Iterator[Part]:
        """Queries with their nearest, confusions, distances, accuracy by group, a map; the training batch."""
        yield from parts(run, lambda: _measured(run.model, run.data, "test"))
        yield Part("Training batch", lambda: [training_batch(run)])

    def calibrate(self, model, data):
        """The distance up to which two examples are taken for one class."""
        vectors, _, episodes = _measured(model, data, "validation")
        return SameThreshold.from_distances(*distances_of_queries(vectors, episodes))

    def embedding_of(self, model):
        """The model that gives an example's vector; here all of it."""
        return model

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`embed`: raw examples -> `vector` (batch, dimensions) float32 of unit length. `embed_float`: the same of
        examples as the model sees them. `distance`: two raw examples -> `distance` (batch,) float32, from 0 to 2, and
        where it was calibrated `same` (batch,) bool.
        """
        ((name, feature),), calibration = spec.inputs.items(), getattr(model, "calibration", None)
        embedding = self.embedding_of(model)

        def embed(seen):
            return {"vector": embedding(seen, training=False)}

        def compare(seen):
            from keras import ops

            first, second = (embedding(seen[f"{which}_{name}"], training=False) for which in ("first", "second"))
            distance = ops.sqrt(ops.sum(ops.square(first - second), axis=-1))
            return {"distance": distance} | ({"same": distance <= calibration.threshold} if calibration else {})

        pairs = Spec({f"first_{name}": feature, f"second_{name}": feature})
        both = {f"first_{name}": examples[name], f"second_{name}": examples[name][::-1]}
        shape = (None, *feature.prepared_shape)
        return {
            "embed": serving(spec, examples, embed),
            "embed_float": Signature(embed, {name: (shape, "float32")}, {name: prepared(spec, examples)}),
            "distance": serving(pairs, both, compare),
        }


def _measured(model, data, split: str) -> tuple[np.ndarray, np.ndarray, list[Episode]]:
    """(examples, dimensions) vectors of a split, (examples,) labels, and its episodes: its own, or else drawn ones.

    Raises:
        ZooError: there are none.
    """
    part = data.split(split)
    if not (episodes := _episodes(part, data.spec)):
        raise ZooError(f"the {split} split of {data.name} has no two classes with two examples", "give more data")
    vectors = np.concatenate([outputs for _, outputs in predictions(model, data.spec, part)])
    return vectors.astype("float32"), labels_of(part), episodes


def _episodes(split, spec) -> list[Episode]:
    """Those that a split brings by an array "query", or else drawn ones."""
    if (queries := _queries(split)) is not None:
        return episodes_given(labels_of(split), queries, spec.class_names)
    return episodes_of(labels_of(split), spec.class_names)


def _of_five(episodes: list[Episode]) -> bool:
    """Whether all are of five classes or more."""
    return min(len(one.support) for one in episodes) >= 5


def _queries(split) -> np.ndarray | None:
    """(examples,) bool, which are asked about, where the split says so."""
    return getattr(split, "arrays", {}).get("query")
