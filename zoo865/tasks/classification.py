"""Classification of examples of any kind of data."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.data.spec import Arrays
from zoo865.data.statistics import class_counts, spread
from zoo865.errors import ZooError
from zoo865.inference import predictions
from zoo865.metrics.feature_distance import MOST, MOST_FEATURES, FeatureDistance
from zoo865.metrics.intervals import interval
from zoo865.registry import task
from zoo865.tasks.advice import advice
from zoo865.tasks.calibration import calibration
from zoo865.tasks.examples import serving, training_batch
from zoo865.tasks.task import Part, Reference, ReportSection, Signature, Task


@task
@dataclass(frozen=True)
class Classification(Task):
    """One class out of `spec.class_names` per example. Models take inputs prepared by `zoo865.preprocessing.prepare`,
    and return logits.

    Args:
        label_smoothing: share of the target probability that is spread over all classes in training.

    Raises:
        ZooError: a share below 0, or of 1 and more.

    Example:
        >>> Classification(label_smoothing=0.1).monitor
        ('val_cross_entropy', 'min')
    """

    label_smoothing: float = 0.0

    # Among good epochs accuracy differs by a handful of mistakes; cross-entropy depends on every example.
    monitor: ClassVar = ("val_cross_entropy", "min")
    measures_exports: ClassVar = True
    headline: ClassVar = ("accuracy", "balanced_accuracy", "cross_entropy")
    explained: ClassVar = {
        "accuracy": "The share of correct predictions.",
        "balanced_accuracy": "Mean recall over classes: rare classes count as much as common ones.",
        "cross_entropy": "The mean negative log-probability of the true class, in nats; lower is better.",
    }
    loss_measure: ClassVar = "cross_entropy"

    def __post_init__(self):
        if not 0 <= self.label_smoothing < 1:
            raise ZooError(f"label_smoothing must be at least 0 and below 1, not {self.label_smoothing}")

    def model_args(self, spec) -> dict:
        """{"NAME_shape": ... of every input, "classes": ...}.

        Raises:
            ZooError: there are fewer than two classes.
        """
        if spec.targets and set(spec.targets) != {"label"}:
            wrong = f'classification needs exactly one target, "label"; the data have {", ".join(spec.targets)}'
            raise ZooError(wrong, 'name the target "label" and remove the others')
        if len(spec.class_names) < 2:
            held = f"only one class ({spec.class_names[0]})" if spec.class_names else "no labels"
            raise ZooError(f"the data have {held}", "provide at least two classes (pictures: one sub-folder each)")
        return {**super().model_args(spec), "classes": len(spec.class_names)}

    def compile_args(self, spec) -> dict:
        """Cross-entropy, with accuracy beside it."""
        from keras import metrics

        from zoo865.losses.classification import SmoothedCrossentropy, correct

        accuracy = metrics.MeanMetricWrapper(correct, name="accuracy")
        return {"loss": SmoothedCrossentropy(self.label_smoothing), "metrics": [accuracy]}

    def measure(self, model, data, split: str) -> dict[str, float]:
        """accuracy; balanced_accuracy (mean over classes); cross_entropy in nats, without label smoothing.

        On test also accuracy_low and accuracy_high, between which 95 % of bootstrap samples lie.
        """
        labels, probabilities = answers_of(model, data, split)
        right = probabilities.argmax(-1) == labels
        of_class = [right[labels == label].mean() for label in np.unique(labels)]
        chosen = probabilities[np.arange(len(labels)), labels]
        measures = {"accuracy": float(right.mean())}
        if split == "test":
            measures |= zip(("accuracy_low", "accuracy_high"), interval(right.mean(), len(right)), strict=True)
        measures["balanced_accuracy"] = float(np.mean(of_class))
        return measures | {"cross_entropy": float(-np.log(np.maximum(chosen, 1e-12)).mean())}

    def references(self, run) -> list[Reference]:
        """The test accuracy of always predicting the most frequent training class."""
        count = len(run.spec.class_names)
        frequent, held = class_counts(run.data.train, count).argmax(), class_counts(run.data.test, count)
        values = {"accuracy": held[frequent] / held.sum(), "balanced_accuracy": (held[frequent] > 0) / (held > 0).sum()}
        return [Reference(f"always predicting {run.spec.class_names[frequent]}", values)]

    def report_sections(self, run) -> Iterator[Part]:
        """What `mistakes` shows, confusion, each class, `parts_on_answers`, calibration, advice; the examples, a
        training batch and what `after_the_batch` shows.
        """
        answers = functools.cache(lambda: answers_of(run.model, run.data, "test"))
        counts = functools.cache(lambda: _confusion(*answers()))
        yield Part("Most confident mistakes", lambda: self.mistakes(run, *answers()))
        yield Part("Confusion matrix", lambda: [_matrix(run, counts())])
        yield Part("Per class", lambda: [_per_class(run, counts())])
        yield from self.parts_on_answers(run, answers)
        yield Part("Calibration", lambda: [calibration(*answers(), self.unit)])
        yield Part("Suggestions", lambda: [advice(run, counts())])
        yield Part("Training batch", lambda: [training_batch(run)])
        yield Part("Examples", lambda: self.after_the_batch(run))

    def parts_on_answers(self, run, answers: Callable) -> Iterator[Part]:
        """Further parts on the test examples; none by default.

        Args:
            run: a run whose model and data are available.
            answers: gives (examples,) labels and (examples, classes) probabilities; asked again, it has them at hand.
        """
        return iter(())

    def after_the_batch(self, run) -> Iterator[ReportSection]:
        """Further sections on the examples; none by default."""
        return iter(())

    def mistakes(self, run, labels, probabilities) -> Iterator[ReportSection]:
        """The misclassified test examples, the most confident first.

        Args:
            run: a run whose model and data are available.
            labels: (examples,) true labels of the test examples.
            probabilities: (examples, classes) predicted probabilities.
        """
        worst, caption = worst_mistakes(labels, probabilities, self.unit)
        table = {}
        if len(worst):
            examples, names = run.data.test.take(worst), run.spec.class_names
            answers = probabilities[worst].argmax(-1)
            for name, feature in run.spec.inputs.items():
                shown = [feature.show(one) for one in examples[name]]
                table |= {name: shown} if isinstance(shown[0], str) else {}
            table |= {
                "label": [names[label] for label in labels[worst]],
                "prediction": [names[answer] for answer in answers],
            }
            table["probability"] = [f"{share:.0%}" for share in probabilities[worst].max(-1)]
        yield ReportSection("mistakes", "Most confident mistakes", caption, table=table or None)

    def calibrate(self, model, data):
        """How far inputs lie from the training data, by what the last layer reads; None where these are no vectors."""
        if (inner := with_features(model)) is None or inner.outputs[0].shape[1] > MOST_FEATURES:
            return None
        seen = []
        for split in (data.train, data.validation):
            found = predictions(inner, data.spec, Arrays(**spread(split, MOST)))
            seen.append(np.concatenate([outputs[0] for _, outputs in found]))
        return FeatureDistance.from_features(*seen)

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`serve`: raw inputs -> `probabilities` (batch, classes) float32 and `label` (batch,) int64, an index into the
        class names; where the model has a feature distance, `distance` (batch,) float32 from the training data, above 1
        for 1 % of examples like those.
        """
        return {"serve": serving(spec, examples, answering(model))}

    def decode(self, outputs, spec) -> list[dict]:
        """{"label": name, "probability": ..., "probabilities": {name: ...}}, the likeliest class first; "distance" from
        the training data, where the export has it.
        """
        answers = []
        for place, row in enumerate(outputs["probabilities"]):
            order = np.argsort(-row)
            ranked = {spec.class_names[label]: float(row[label]) for label in order}
            answers.append(
                {
                    "label": spec.class_names[order[0]],
                    "probability": float(row[order[0]]),
                    "probabilities": ranked,
                }
            )
            if "distance" in outputs:
                answers[-1]["distance"] = float(outputs["distance"][place])
        return answers


def answering(model) -> Callable:
    """What a model sees -> `probabilities` and `label`; and `distance`, where the model bears a `calibration`."""
    if (distance := getattr(model, "calibration", None)) is None:
        return lambda seen: _answer_of(model(seen, training=False))
    inner = with_features(model)

    def answer(seen):
        features, logits = inner(seen, training=False)
        return {**_answer_of(logits), "distance": distance(features)}

    return answer


def with_features(model):
    """A model that gives (batch, numbers) what a model's last layer reads, and its logits; None where it is no graph
    of layers, or the last reads no such rows.
    """
    import keras

    from zoo865.private_keras import node_of

    if len(getattr(model, "outputs", None) or ()) != 1:
        return None
    read = node_of(model.outputs[0]).input_tensors
    if len(read) != 1 or len(read[0].shape) != 2:
        return None
    inputs = model.inputs[0] if isinstance(model, keras.Sequential) else model.input  # as the model is called
    return keras.Model(inputs, [read[0], model.outputs[0]])


def _answer_of(logits) -> dict:
    """(batch, classes) logits -> `probabilities`, and `label`, the likeliest class's index."""
    from keras import ops

    probabilities = ops.softmax(ops.cast(logits, "float32"))
    # Keras' argmax looks at the sign bit of floats, for which ONNX has no operator.
    label = ops.top_k(probabilities, 1)[1][:, 0]
    return {"probabilities": probabilities, "label": ops.cast(label, "int64")}


def answers_of(model, data, split: str) -> tuple[np.ndarray, np.ndarray]:
    """(examples,) labels and (examples, classes) probabilities of a split, by a model or by its export."""
    pairs = [
        (examples["label"], _probabilities(outputs))
        for examples, outputs in predictions(model, data.spec, data.split(split))
    ]
    labels, probabilities = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return labels, probabilities


def _probabilities(outputs) -> np.ndarray:
    """Those of an export, or of a model's logits."""
    if isinstance(outputs, Mapping):
        return outputs["probabilities"].astype("float64")
    from scipy.special import softmax

    return softmax(outputs.astype("float64"), -1)


def worst_mistakes(labels, probabilities, unit: str, most: int = 25) -> tuple[np.ndarray, str]:
    """Indices of at most `most` misclassified examples, the most confident first; and a sentence on their number."""
    answers = probabilities.argmax(-1)
    wrong = np.flatnonzero(answers != labels)
    worst = wrong[np.argsort(-probabilities[wrong, answers[wrong]])][:most]
    if not len(wrong):
        return worst, f"None: all {len(labels):,} test {unit} are classified correctly."
    return worst, f"{len(wrong):,} of {len(labels):,} test {unit} are misclassified; the most confident are shown."


def confusion(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """(classes, classes) how often, a row for the true class, a column for the answer."""
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, answers), 1)
    return counts


def _confusion(labels, probabilities) -> np.ndarray:
    return confusion(labels, probabilities.argmax(-1), probabilities.shape[1])


def _matrix(run, counts) -> ReportSection:
    from zoo865.visualize.charts import matrix

    caption = f"Counts of test {run.recipe.task.unit}: rows are true classes, columns predicted ones."
    return ReportSection("confusion_matrix", "Confusion matrix", caption, matrix(counts, run.spec.class_names))


def _per_class(run, counts) -> ReportSection:
    names, right = run.spec.class_names, counts.diagonal()
    table = {
        "class": list(names),
        "training examples": class_counts(run.data.train, len(names)).tolist(),
        "test examples": counts.sum(1).tolist(),
        "recall": [f"{share:.1%}" for share in right / np.maximum(1, counts.sum(1))],
        "precision": [f"{share:.1%}" for share in right / np.maximum(1, counts.sum(0))],
    }
    caption = "Recall: the share of a class that is found. Precision: the share of its predictions that are right."
    return ReportSection("per_class", "Per class", caption, None, table)
