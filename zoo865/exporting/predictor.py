"""`Predictor`: loads an export once and answers."""

import importlib
import itertools
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from zoo865.data.spec import Spec
from zoo865.errors import ZooError
from zoo865.exporting.find import find_export
from zoo865.files import read_json

BATCHES = (1, 8, 64)  # the batch shapes that are traced; what lies between is padded up


class Predictor:
    """A trained system that answers questions.

        predictor = zoo865.Predictor("runs/mnist_cnn-20261124-081352")
        predictor.predict("digit.png")    # [{"label": "7", "probability": 0.998, ...}]

    It loads the SavedModel once, warms it up, and pads batches to few shapes, so that nothing is traced twice. It needs
    TensorFlow, and uses a GPU where TensorFlow finds one.

    Args:
        source: the path of an export or of a run, or the name of a system (its newest run here, or a published model).

    Raises:
        ZooError: there is no such export, or it is damaged.
    """

    def __init__(self, source):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow as tf

        self.path = find_export(source)
        self.details = read_json(self.path / "assets.extra" / "zoo865.json")
        try:
            self.spec, self.task = Spec.from_json(self.details["spec"]), _task(self.details)
        except (KeyError, AttributeError, ImportError, TypeError) as error:
            raise ZooError(
                f"{self.path} was not exported by this version of zoo865: {error}", "export again"
            ) from error
        try:
            self.loaded = tf.saved_model.load(str(self.path))
        except Exception as error:  # TensorFlow raises OSError, OpError, ValueError, ..., as the damage is
            reason = str(error).strip().split("\n")[0]
            raise ZooError(f"cannot load {self.path}: {reason}", "it is incomplete: export or copy it again") from error
        self.run(self.details["asks"], **self._zeros(1))

    def predict(self, given, *, notes: bool = False) -> list[dict]:
        """Answers for pictures (or whatever the system's task takes).

        Args:
            given: a path, a PIL image, an array (one example, or a batch of them), or an iterable of such.
            notes: whether to add what was done to each input to its answer ("notes").

        Returns:
            One answer an example, in order. For image classification: {"label", "probability", "probabilities"}.

        Raises:
            ZooError: an input cannot be read.
        """
        answers = []
        for chunk in _chunks(self._each(given), BATCHES[-1]):
            parsed = [self.task.parse(one, self.spec) for one in chunk]
            inputs = {name: np.stack([one[name] for one, _ in parsed]) for name in parsed[0][0]}
            found = self.task.answer(self.run(self.details["asks"], **inputs), self.spec)
            if notes:
                found = [answer | {"notes": list(said)} for answer, (_, said) in zip(found, parsed, strict=True)]
            answers.extend(found)
        return answers

    def run(self, signature: str, **inputs) -> dict[str, np.ndarray]:
        """Runs a signature of the export on a batch of arrays.

        Args:
            signature: its name; `predictor.details["signatures"]` lists them with their inputs.
            inputs: name -> array with a batch axis.

        Returns:
            name -> array.
        """
        import tensorflow as tf

        if signature not in self.details["signatures"]:
            raise ZooError(f"no signature {signature!r}", f"there are {', '.join(self.details['signatures'])}")
        function = self.loaded.signatures[signature]
        count = len(next(iter(inputs.values())))
        found = []
        for start in range(0, count, BATCHES[-1]):
            part = {name: array[start : start + BATCHES[-1]] for name, array in inputs.items()}
            size = len(next(iter(part.values())))
            padded = next(batch for batch in BATCHES if batch >= size)
            part = {name: _padded(array, padded) for name, array in part.items()}
            outputs = function(**{name: tf.constant(array) for name, array in part.items()})
            found.append({name: value.numpy()[:size] for name, value in outputs.items()})
        return {name: np.concatenate([outputs[name] for outputs in found]) for name in found[0]} if found else {}

    def _each(self, given) -> Iterable:
        if isinstance(given, np.ndarray):
            example = len(next(iter(self.spec.inputs.values()))[0])
            return given if given.ndim > example else [given]
        one = isinstance(given, (str, Path)) or not isinstance(given, Iterable)
        return [given] if one else given

    def _zeros(self, count: int) -> dict[str, np.ndarray]:
        inputs = self.details["signatures"][self.details["asks"]]
        shapes = {name: self.spec.inputs[name][0] for name in inputs}
        return {name: np.zeros((count, *shapes[name]), inputs[name]["dtype"]) for name in inputs}


def _task(details):
    """The task of an export. Only classes of zoo865.tasks are imported: an export is data, not code to trust."""
    if not details["module"].startswith("zoo865.tasks."):
        raise ZooError(f"task {details['task']!r} is not one of the zoo", "ask its signatures with TensorFlow directly")
    return getattr(importlib.import_module(details["module"]), details["task"])()


def _padded(array: np.ndarray, size: int) -> np.ndarray:
    return (
        np.concatenate([array, np.zeros((size - len(array), *array.shape[1:]), array.dtype)])
        if len(array) < size
        else array
    )


def _chunks(iterable: Iterable, size: int):
    iterator = iter(iterable)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk
