"""Who hears new sounds: a published classifier that learned from real ones."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from zoo865.data.spec import Spec
from zoo865.files import read_json
from zoo865.runs.store import check_files, find_published

JUDGE = "sound_cnn"  # of which the latest published version is asked


class SoundJudge:
    """A published classifier of sounds.

    Args:
        path: of the published model.

    Attributes:
        name: NAME/VERSION.
        accuracy: on the real sounds of its own test.
        spec: what it hears, and its classes.
    """

    def __init__(self, path):
        card = read_json(path / "card.json")
        self.path, self.name = path, f"{card['name']}/{card['version']}"
        self.accuracy, self.spec = card["metrics"]["accuracy"]["value"], Spec.from_json(card["spec"])

    def classes_of(self, sounds: Sequence[np.ndarray]) -> np.ndarray:
        """(sounds,) the numbers of the classes that it hears.

        Args:
            sounds: (samples,) float32 each.

        Raises:
            ZooError: its files are not those of its card.
        """
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow as tf

        check_files(self.path)
        # In a thread: what this one makes while a model is trained on several devices is spread over them.
        with ThreadPoolExecutor(1) as threads:
            loaded = threads.submit(tf.saved_model.load, str(self.path)).result()
        ((name, sound),) = self.spec.inputs.items()
        outputs = loaded.signatures["serve"](**{name: tf.constant(sound.stack(list(sounds)))})
        return outputs["label"].numpy()


def judge_of_sounds(spec: Spec) -> tuple[SoundJudge, str] | None:
    """The published classifier whose classes are those of one of a data set's labels, at its rate, and that label; None
    where there is none.
    """
    if (path := find_published(JUDGE)) is None:
        return None
    judge = SoundJudge(path)
    for name, label in spec.labels.items():
        if label.names == judge.spec.class_names and spec.sound.rate == judge.spec.sound.rate:
            return judge, name
    return None
