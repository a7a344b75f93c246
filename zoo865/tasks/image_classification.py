"""Saying which of several classes an image shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import keras
import numpy as np
from keras import metrics, ops
from scipy.special import softmax

from zoo865.data.spec import class_counts, class_weights
from zoo865.errors import ZooError
from zoo865.losses.classification import SmoothedCrossentropy, right
from zoo865.metrics.intervals import interval
from zoo865.metrics.outputs import outputs_of
from zoo865.tasks.advice import advice
from zoo865.tasks.images import about_the_folder, as_model_sees, changed_examples, parse_picture, training_batch
from zoo865.tasks.task import Exhibit, Signature
from zoo865.visualize.charts import matrix
from zoo865.visualize.grad_cam import grad_cam
from zoo865.visualize.grids import heat_grid, image_grid


@dataclass(frozen=True)
class ImageClassification:
    """One image, one class out of `spec.class_names`. Models take float32 images in [0, 1] and give logits.

    Args:
        label_smoothing: share of the target's probability that is spread over all classes in training.
    """

    label_smoothing: float = 0.0

    # Among good epochs accuracy is told by a handful of mistakes; cross-entropy hears every example.
    monitor: ClassVar = ("val_cross_entropy", "min")
    unit: ClassVar = "images"
    ask_with: ClassVar = "predict RUN FILE"

    def __post_init__(self):
        if not 0 <= self.label_smoothing < 1:
            raise ZooError(f"label_smoothing must be a share from 0 to below 1, not {self.label_smoothing}")

    def model_args(self, spec) -> dict:
        """{"image_shape": (height, width, channels), "classes": ...}.

        Raises:
            ZooError: there are fewer than two classes.
        """
        if len(spec.class_names) < 2:
            names = ", ".join(spec.class_names)
            raise ZooError(f"the data have one class only ({names})", "at least two: one sub-folder of pictures each")
        return {"image_shape": spec.image_shape, "classes": len(spec.class_names)}

    def compile_args(self, spec) -> dict:
        """Cross-entropy, with accuracy beside it."""
        accuracy = metrics.MeanMetricWrapper(right, name="accuracy")
        return {"loss": SmoothedCrossentropy(self.label_smoothing), "metrics": [accuracy]}

    def measure(self, model, data, split: str) -> dict[str, float]:
        """accuracy; balanced_accuracy (mean over classes); cross_entropy in nats, without label smoothing.

        On test also accuracy_low and accuracy_high, between which 95 % of bootstrap samples lie.
        """
        labels, probabilities = _answers(model, data.split(split))
        right = probabilities.argmax(-1) == labels
        of_class = [right[labels == label].mean() for label in np.unique(labels)]
        chosen = probabilities[np.arange(len(labels)), labels]
        measures = {"accuracy": float(right.mean())}
        if split == "test":
            measures |= zip(("accuracy_low", "accuracy_high"), interval(right.mean(), len(right)), strict=True)
        measures["balanced_accuracy"] = float(np.mean(of_class))
        return measures | {"cross_entropy": float(-np.log(np.maximum(chosen, 1e-12)).mean())}

    def protocol(self, model, data) -> str:
        """Nothing beyond what every card says."""
        return ""

    def broken(self, logs) -> str:
        """Nothing is known to break it."""
        return ""

    def sight(self, model) -> None:
        """Nothing to see."""

    def show(self, run) -> Iterator[Exhibit]:
        """Training images, trouble with the folder, confusion, each class, the worst mistakes, advice."""
        yield training_batch(run, "25 images of the first batch, augmented, with their labels.")
        yield from changed_examples(run)
        yield from about_the_folder(run)
        names, test = run.spec.class_names, run.data.test
        labels, probabilities = _answers(run.model, test)
        answers = probabilities.argmax(-1)
        counts = np.zeros((len(names), len(names)), int)
        np.add.at(counts, (labels, answers), 1)
        caption = "Counts on the test images: a row for the true class, a column for the answer."
        yield Exhibit("confusion_matrix", "Confusion matrix", caption, matrix(counts, names))
        yield _per_class(run, counts)
        yield from _mistakes(run.model, test, labels, probabilities, names)
        yield advice(run, counts)

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`serve`: uint8 images of any size. `serve_float`: float32 images of the model's shape in [0, 1].

        Both give `probabilities` (batch, classes) float32 and `label` (batch,) int64, an index into the class names.
        `features`, where the model's layers are a chain at its end: what the last of them reads, (batch, numbers)
        float32, beside the probabilities: for comparing images.
        """

        def answer(image):
            probabilities = ops.softmax(ops.cast(model(image, training=False), "float32"))
            # Keras' argmax looks at the sign bit of floats, for which ONNX has no operator.
            label = ops.top_k(probabilities, 1)[1][:, 0]
            return {"probabilities": probabilities, "label": ops.cast(label, "int64")}

        image, channels = examples["image"], spec.image_shape[2]
        pictures = {"image": ((None, None, None, channels), "uint8")}, {"image": image}
        return {
            "serve": Signature(lambda image: answer(as_model_sees(image, spec)), *pictures),
            "serve_float": Signature(
                answer,
                {"image": ((None, *spec.image_shape), "float32")},
                {"image": image.astype("float32") / 255},
            ),
            **_features(model, spec, pictures),
        }

    def parse(self, given, spec):
        """A picture file, PIL image or array as {"image": ...}, and notes; see `parse_picture`."""
        return parse_picture(given, spec)

    def answer(self, outputs, spec) -> list[dict]:
        """{"label": name, "probability": ..., "probabilities": {name: ...}}, the likeliest class first."""
        answers = []
        for row in outputs["probabilities"]:
            order = np.argsort(-row)
            ranked = {spec.class_names[label]: float(row[label]) for label in order}
            answers.append(
                {
                    "label": spec.class_names[order[0]],
                    "probability": float(row[order[0]]),
                    "probabilities": ranked,
                }
            )
        return answers


def _features(model, spec, pictures) -> dict[str, Signature]:
    if not getattr(model, "inputs", None):  # its own `call`, not a graph of layers
        return {}
    inner = keras.Model(model.inputs, [model.layers[-1].input, *model.outputs])

    def look(image):
        features, logits = inner(as_model_sees(image, spec), training=False)
        probabilities = ops.softmax(ops.cast(logits, "float32"))
        return {"features": ops.cast(features, "float32"), "probabilities": probabilities}

    return {"features": Signature(look, *pictures)}


def _answers(model, split) -> tuple[np.ndarray, np.ndarray]:
    """(examples,) labels and (examples, classes) probabilities."""
    pairs = [(examples["label"], logits) for examples, logits in outputs_of(model, split)]
    labels, logits = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return labels, softmax(logits.astype("float64"), -1)


def _per_class(run, counts) -> Exhibit:
    names, right = run.spec.class_names, counts.diagonal()
    table = {
        "class": list(names),
        **_weights(run),
        "test images": counts.sum(1).tolist(),
        "found (recall)": [f"{share:.1%}" for share in right / np.maximum(1, counts.sum(1))],
        "right when said (precision)": [f"{share:.1%}" for share in right / np.maximum(1, counts.sum(0))],
    }
    caption = "How many of a class were found, and how far its name is to be trusted."
    return Exhibit("per_class", "Each class", caption, None, table)


def _weights(run) -> dict:
    """How many training images each class has; and what each counts, where classes are balanced."""
    counts = class_counts(run.data.train, len(run.spec.class_names))
    table = {"training images": counts.tolist()}
    if getattr(run.recipe.batches, "balance", False):
        table["each counts"] = [f"{weight:.2f}" for weight in class_weights(counts)]
    return table


def _mistakes(model, test, labels, probabilities, names) -> Iterator[Exhibit]:
    answers = probabilities.argmax(-1)
    wrong = np.flatnonzero(answers != labels)
    worst = wrong[np.argsort(-probabilities[wrong, answers[wrong]])][:25]
    title = "The most confident mistakes"
    if not len(worst):
        yield Exhibit("mistakes", title, f"None: all {len(labels):,} test images are right.")
        return
    images = test.take(worst)["image"]
    titles = [f"{names[answers[i]]}, not {names[labels[i]]}" for i in worst]
    figure = image_grid(images, titles, captions=[f"{probabilities[i, answers[i]]:.0%} sure" for i in worst])
    caption = f"{len(wrong):,} of {len(labels):,} test images are wrong; those it was surest of."
    yield Exhibit("mistakes", title, caption, figure)
    try:
        heat = grad_cam(model, images.astype("float32") / 255, answers[worst])
    except ZooError:  # a network without maps
        return
    caption = "The same images: the warmer, the more that place says the wrong answer (Grad-CAM)."
    yield Exhibit("mistakes_grad_cam", "Where it saw them", caption, heat_grid(images, heat, titles))
