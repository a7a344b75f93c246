"""Classification of sounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from zoo865.errors import ZooError
from zoo865.registry import task
from zoo865.tasks.classification import Classification, worst_mistakes
from zoo865.tasks.sound_pictures import sound_pictures
from zoo865.tasks.task import ReportSection


@task
@dataclass(frozen=True)
class SoundClassification(Classification):
    """One class out of `spec.class_names` per sound. Models take (batch, samples) float32 in [-1, 1], return logits.

    Args:
        label_smoothing: share of the target's probability that is spread over all classes in training.

    Example:
        >>> SoundClassification().unit
        'sounds'
    """

    unit: ClassVar = "sounds"
    usage: ClassVar = "predict RUN sound.wav"

    def model_args(self, spec) -> dict:
        """{"samples": of a sound, "rate": samples a second, "classes": ...}.

        Raises:
            ZooError: the data are not sounds of one length, or have fewer than two classes.
        """
        if spec.sound.length is None:
            raise ZooError("sounds are classified by as many seconds of each", "--set data_args.seconds=1")
        return {"samples": spec.sound.length, "rate": spec.sound.rate, "classes": super().model_args(spec)["classes"]}

    def mistakes(self, run, labels, probabilities) -> Iterator[ReportSection]:
        """The most confident mistakes, to be heard."""
        worst, caption = worst_mistakes(labels, probabilities, self.unit)
        pictures, names = None, run.spec.class_names
        if len(worst):
            ((heard, sound),) = run.spec.inputs.items()
            answers = probabilities[worst].argmax(-1)
            sure = probabilities[worst].max(-1)
            said = [
                f"{names[label]}, heard as {names[answer]} ({share:.0%})"
                for label, answer, share in zip(labels[worst], answers, sure, strict=True)
            ]
            pictures = sound_pictures(run.data.test.take(worst)[heard], said, sound.rate)
        yield ReportSection("mistakes", "Most confident mistakes", caption, pictures=pictures)
