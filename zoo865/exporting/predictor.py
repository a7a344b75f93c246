"""`Predictor`: loads an export once and answers."""

import importlib
import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from zoo865.data.spec import Spec
from zoo865.errors import ZooError, nearest
from zoo865.exporting.find import find_export, read_details
from zoo865.exporting.onnx_engine import OnnxEngine
from zoo865.exporting.tensorflow_engine import TensorFlowEngine
from zoo865.tasks.drawing import as_bytes, draw_noise
from zoo865.training.published import Published

ENGINES = {"tensorflow": ("saved_model", TensorFlowEngine), "onnx": ("onnx", OnnxEngine)}
AT_ONCE = 64  # examples that `predict` reads and asks about together: memory stays bounded


class Predictor:
    """A trained system that answers questions.

        predictor = zoo865.Predictor("runs/mnist_cnn-20261124-081352")
        predictor.predict("digit.png")    # [{"label": "7", "probability": 0.998, ...}]

    It loads an export once and warms it up.

    Args:
        source: the path of an export or of a run, or the name of a system (its newest run here, or a published model).
        engine: "tensorflow" answers by the SavedModel, on a GPU where TensorFlow finds one; "onnx" by the ONNX export,
            on the CPU, with the least delay for single examples.

    Raises:
        ZooError: there is no such export or engine, or the export is damaged.
    """

    def __init__(self, source, *, engine: str = "tensorflow"):
        if engine not in ENGINES:
            raise ZooError(f"no engine {engine!r}", nearest(engine, ENGINES))
        format, load = ENGINES[engine]
        self.path = find_export(source, format)
        self.details = read_details(self.path)
        if (self.path / "card.json").is_file():
            Published(self.path).check()
        try:
            self.spec, self.task = Spec.from_json(self.details["spec"]), _task(self.details)
            self.signatures, self.asks = self.details["signatures"], self.details["asks"]
            warm_up = self.examples(np.zeros, 1)
        except (KeyError, AttributeError, ImportError, TypeError) as error:
            raise ZooError(
                f"{self.path} was not exported by this version of zoo865: {error}", "export again"
            ) from error
        self.engine = load(self.path, self.signatures)
        self.engine.run(self.asks, warm_up)

    def predict(self, given, *, notes: bool = False) -> list[dict]:
        """Answers for pictures (or whatever the system's task takes).

        Args:
            given: a path, a PIL image, an array (one example, or a batch of them), or an iterable of such.
            notes: whether to add what was done to each input to its answer ("notes").

        Returns:
            One answer an example, in order. For image classification: {"label", "probability", "probabilities"}.

        Raises:
            ZooError: an input cannot be read, or the system only makes images.
        """
        if self.asks == "generate":
            raise ZooError("it makes images, and answers about none", f"zoo865 {self.task.ask_with}")
        answers = []
        for chunk in _chunks(self._each(given), AT_ONCE):
            parsed = [self.task.parse(one, self.spec) for one in chunk]
            inputs = {name: np.stack([one[name] for one, _ in parsed]) for name in parsed[0][0]}
            found = self.task.answer(self.engine.run(self.asks, inputs), self.spec)
            if notes:
                found = [answer | {"notes": list(said)} for answer, (_, said) in zip(found, parsed, strict=True)]
            answers.extend(found)
        return answers

    def run(self, signature: str, **inputs) -> dict[str, np.ndarray]:
        """Runs a signature of the export on a batch of arrays.

        Args:
            signature: its name; `predictor.signatures` lists them with the shapes and dtypes of their inputs.
            inputs: name -> array with a batch axis.

        Returns:
            name -> array.

        Raises:
            ZooError: there is no such signature.
        """
        if signature not in self.signatures:
            raise ZooError(f"no signature {signature!r}", f"there are {', '.join(self.signatures)}")
        return self.engine.run(signature, inputs)

    def generate(self, count: int, *, seed: int = 0) -> np.ndarray:
        """New images.

        The noise is NumPy's: the same seed makes the same images in every engine, and more begin with those that fewer
        have.

        Args:
            count: how many.
            seed: from 0 on.

        Returns:
            (count, height, width, channels) uint8.

        Raises:
            ZooError: the system makes no images.
        """
        if "generate" not in self.signatures:
            raise ZooError(f"{self.path} makes no images", f"ask it: zoo865 {self.task.ask_with}")
        if seed < 0:
            raise ZooError(f"seed must be at least 0, not {seed}")
        ((name, about),) = self.signatures["generate"].items()
        noise = draw_noise(name, tuple(about["shape"][1:]), count, seed=seed)
        return as_bytes(self.run("generate", **{name: noise})["image"])

    def examples(self, fill, count: int) -> dict[str, np.ndarray]:
        """Inputs of the signature that `predict` asks, with the shapes and dtypes of the data.

        Args:
            fill: (shape, dtype) -> array, for instance `numpy.zeros`.
            count: how many examples.
        """
        found = {}
        for name, about in self.signatures[self.asks].items():
            shape = self.spec.inputs[name][0] if name in self.spec.inputs else about["shape"][1:]
            found[name] = fill((count, *shape), about["dtype"])
        return found

    def _each(self, given) -> Iterable:
        if isinstance(given, np.ndarray):
            example = len(next(iter(self.spec.inputs.values()))[0])
            return given if given.ndim > example else [given]
        one = isinstance(given, (str, Path)) or not isinstance(given, Iterable)
        return [given] if one else given


def _task(details):
    """The task of an export. Only classes of zoo865.tasks are imported: an export is data, not code to trust."""
    if not details["module"].startswith("zoo865.tasks."):
        raise ZooError(f"task {details['task']!r} is not one of the zoo", "ask its signatures with TensorFlow directly")
    return getattr(importlib.import_module(details["module"]), details["task"])(**details.get("task_args", {}))


def _chunks(iterable: Iterable, size: int):
    iterator = iter(iterable)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk
