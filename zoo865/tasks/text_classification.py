"""Classification of texts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from zoo865.data.word_stream import text_input
from zoo865.preprocessing import prepared
from zoo865.registry import task
from zoo865.tasks.classification import Classification, answering, worst_mistakes
from zoo865.tasks.examples import serving
from zoo865.tasks.task import Part, ReportSection, Signature
from zoo865.tasks.text_classification_report import parts, with_moving_words


@task
@dataclass(frozen=True)
class TextClassification(Classification):
    """One class out of `spec.class_names` per text. Models take numbers of words, (batch, words) int32, padded with 0
    at the end, and return logits; how much padding there is does not change them.

    Args:
        label_smoothing: share of the target probability that is spread over all classes in training.

    Example:
        >>> TextClassification().unit
        'texts'
    """

    unit: ClassVar = "texts"
    usage: ClassVar = "predict RUN 'A wonderful film'"
    more_usage: ClassVar = ("look RUN 'A wonderful film'",)

    def model_args(self, spec) -> dict:
        """{"vocabulary": the words, "classes": ...}.

        Raises:
            ZooError: the data are not texts, or have fewer than two classes.
        """
        return {"vocabulary": text_input(spec)[1].vocabulary, "classes": super().model_args(spec)["classes"]}

    def mistakes(self, run, labels, probabilities) -> Iterator[ReportSection]:
        """The most confident mistakes in full, with the words that moved each answer most."""
        worst, _ = worst_mistakes(labels, probabilities, self.unit)
        for section in super().mistakes(run, labels, probabilities):
            yield with_moving_words(run, section, worst, probabilities[worst].argmax(-1)) if len(worst) else section

    def parts_on_answers(self, run, answers: Callable) -> Iterator[Part]:
        """Accuracy by length, the words that moved answers most, word vectors."""
        return parts(run, answers)

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`serve`: texts, (batch,) strings. `serve_tokens`: numbers of words, (batch, words) int32, padded with 0 at
        the end: what a GPU runs, or ONNX, which has no strings.

        Both give `probabilities` (batch, classes) float32 and `label` (batch,) int64, an index into the class names;
        where the model has a feature distance, `distance` (batch,) float32 from the training data, above 1 for 1 % of
        texts like those.
        """
        ((name, _),) = spec.inputs.items()
        answer = answering(model)
        numbers = {name: prepared(spec, examples)}
        return {
            "serve": serving(spec, examples, lambda seen: answer(_without_padding(seen))),
            "serve_tokens": Signature(answer, {name: ((None, None), "int32")}, numbers),
        }


def _without_padding(words):
    """(batch, words), cut at the longest text."""
    from keras import ops

    longest = ops.max(ops.sum(ops.cast(ops.not_equal(words, 0), "int32"), axis=1))
    return words[:, : ops.maximum(longest, 1)]
