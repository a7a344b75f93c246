"""Classification of images."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from zoo865.errors import ZooError
from zoo865.preprocessing import prepared
from zoo865.registry import task
from zoo865.tasks.classification import Classification, answering, with_features, worst_mistakes
from zoo865.tasks.examples import serving
from zoo865.tasks.images import about_the_folder, changed_examples
from zoo865.tasks.task import Pictures, ReportSection, Signature


@task
@dataclass(frozen=True)
class ImageClassification(Classification):
    """One class out of `spec.class_names` per image. Models take float32 images in [0, 1] and return logits.

    Args:
        label_smoothing: share of the target's probability that is spread over all classes in training.

    Example:
        >>> from zoo865.data.features import Label
        >>> from zoo865.data.spec import Spec
        >>> spec = Spec({}, {"label": Label(("cat", "dog"))})
        >>> ImageClassification().decode({"probabilities": np.array([[0.25, 0.75]])}, spec)
        [{'label': 'dog', 'probability': 0.75, 'probabilities': {'dog': 0.75, 'cat': 0.25}}]
    """

    unit: ClassVar = "images"
    more_usage: ClassVar = ("look RUN FILE",)

    def model_args(self, spec) -> dict:
        """{"image_shape": (height, width, channels), "classes": ...}.

        Raises:
            ZooError: the data are not images, or have fewer than two classes.
        """
        return {"image_shape": spec.image.shape, "classes": super().model_args(spec)["classes"]}

    def after_the_batch(self, run) -> Iterator[ReportSection]:
        """Augmented images, and problems of a folder."""
        yield from changed_examples(run)
        yield from about_the_folder(run)

    def mistakes(self, run, labels, probabilities) -> Iterator[ReportSection]:
        """The most confident mistakes, with Grad-CAM."""
        from zoo865.visualize.class_activation import grad_cam
        from zoo865.visualize.grids import heated

        worst, caption = worst_mistakes(labels, probabilities, self.unit)
        title, names = "Most confident mistakes", run.spec.class_names
        if not len(worst):
            yield ReportSection("mistakes", title, caption)
            return
        examples, answers = run.data.test.take(worst), probabilities[worst].argmax(-1)
        seen, sure = prepared(run.data.spec, examples), probabilities[worst].max(-1)
        answered = zip(labels[worst], answers, sure, strict=True)
        said = [f"label {names[label]}, predicted {names[answer]} ({share:.0%})" for label, answer, share in answered]
        yield ReportSection("mistakes", title, caption, pictures=Pictures(seen, said))
        try:
            heat = grad_cam(run.model, seen, answers)
        except ZooError:  # a network without maps
            return
        caption = "Grad-CAM of the same images: the warmer, the stronger the evidence for the wrong prediction."
        warm = [heated(image, map_) for image, map_ in zip(seen, heat, strict=True)]
        yield ReportSection("mistakes_grad_cam", "Evidence for the mistakes", caption, pictures=Pictures(warm, said))

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`serve`: uint8 images of any size, drawings of either ink. `serve_float`: float32 images as the model sees
        them, (batch, *image_shape) in [0, 1].

        Both give `probabilities` (batch, classes) float32 and `label` (batch,) int64, an index into the class names;
        where the model has a feature distance, `distance` (batch,) float32 from the training data, above 1 for 1 % of
        images like those. `features`: the last layer's inputs, (batch, numbers) float32, beside the probabilities: for
        comparing images.
        """
        from keras import ops

        ((name, image),) = spec.inputs.items()
        found = super().signatures(model, spec, examples)
        found["serve_float"] = Signature(
            answering(model), {name: ((None, *image.shape), "float32")}, {name: prepared(spec, examples)}
        )
        if inner := with_features(model):

            def look(seen):
                features, logits = inner(seen, training=False)
                probabilities = ops.softmax(ops.cast(logits, "float32"))
                return {"features": ops.cast(features, "float32"), "probabilities": probabilities}

            found["features"] = serving(spec, examples, look)
        return found
