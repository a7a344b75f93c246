"""`Predictor`: loads an export once and runs it."""

import functools
import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zoo865 import registry
from zoo865.data.features import Image, unboxed
from zoo865.data.pictures import as_bytes, as_trained
from zoo865.data.spec import Spec
from zoo865.errors import ZooError, nearest
from zoo865.exporting.find import find_export, origin_of, read_details
from zoo865.exporting.onnx_engine import OnnxEngine, onnx_folder
from zoo865.exporting.tensorflow_engine import TensorFlowEngine
from zoo865.files import split_name
from zoo865.tasks.sampling import sample_noise
from zoo865.tasks.task import Task
from zoo865.training.published import Published
from zoo865.training.run import Run

ENGINES = ("onnx", "tensorflow")
GPUS = ("nvidia[0-9]*", "dxg")  # devices without which TensorFlow need not be asked for a GPU
AT_ONCE = 64  # examples that are read, and go through a network, together: memory stays bounded


class Predictor:
    """A trained system, ready for inference.

    It loads an export once and warms it up. `engine` answers `predict`; `origin`: "run PATH", "published NAME/VERSION".

    Args:
        source: the path of an export or of a run, or the name of a system (its newest run here, or a published model).
        engine: "onnx" answers by ONNX Runtime, on the CPU, with the least delay, and imports neither TensorFlow nor
            Keras; "tensorflow" by the SavedModel, on a GPU where it finds one. None takes ONNX Runtime where the export
            has the file and TensorFlow sees no GPU.
        task: where the system's task is a user's own: the file that holds it, or the task itself. No code that an
            export names is ever imported.

    Raises:
        ZooError: there is no such export or engine, or the export is damaged.

    Example:
        >>> predictor = zoo865.Predictor(run)
        >>> predictor.engine, list(predictor.signatures)
        ('onnx', ['serve', 'serve_float', 'features'])
    """

    def __init__(
        self, source: Run | Published | str | os.PathLike, *, engine: str | None = None, task: str | Task | None = None
    ) -> None:
        if engine not in (None, *ENGINES):
            raise ZooError(f"unknown engine {engine!r}", nearest(engine, ENGINES))
        self.path = find_export(source)
        self.details, self.origin = read_details(self.path), origin_of(self.path)
        if (self.path / "card.json").is_file():
            Published(self.path).check()
        try:
            self.spec = Spec.from_json(self.details["spec"])
            self.task = task if isinstance(task, Task) else _task(self.details, task)
            self.signatures = self.details["signatures"]
            self.default_signature = self.details.get("default_signature") or self.details["asks"]
            warm_up = self.examples(1)
        except (KeyError, AttributeError, ImportError, TypeError, ValueError) as error:
            raise ZooError(
                f"{self.path} was not exported by this version of zoo865: {error}", "export it again"
            ) from error
        self._given, self._loaded = engine, {}
        self._engine = functools.cache(self._engine_for)  # which looks for files
        self.engine = self.engine_of(self.default_signature)
        self._run(self.default_signature, warm_up)

    def predict(self, given: Any, *, notes: bool = False) -> list[dict]:
        """Predictions for examples.

        Args:
            given: one example, or several in an iterable or an array with a batch axis. Of a system with one input what
                that takes: a path, a PIL image, an array, a text, ... Of one with several a dict by their names, or a
                tuple or list in their order: a pair of files is one pair.
            notes: whether to add to each answer what was done to its example, and whether it is unlike the training
                data ("notes").

        Returns:
            One prediction per example, in order. For classification: {"label", "probability", "probabilities"}, and
            "distance" from the training data, in which 1 % of examples like those are beyond 1.

        Raises:
            ZooError: an example cannot be read, or the system only generates images.

        Example:
            >>> (answer,) = zoo865.Predictor(run).predict("digit.png")
            >>> list(answer), len(answer["probabilities"])
            (['label', 'probability', 'probabilities', 'distance'], 10)
        """
        return list(self.answers(self._each(given), notes=notes))

    def answers(self, examples: Iterable, *, notes: bool = False, errors: bool = False) -> Iterator[dict]:
        """Predictions for examples, one by one: examples are read lazily, so that memory stays bounded.

        Args:
            examples: each as `predict` takes one.
            notes: see `predict`.
            errors: whether an unreadable example yields {"error": why}, on one line, instead of raising.

        Yields:
            One answer an example, in order; see `predict`.

        Raises:
            ZooError: an example cannot be read, unless `errors`; or the system only generates images.

        Example:
            >>> answers = zoo865.Predictor(run).answers(["digit.png", "missing.png"], errors=True)
            >>> ["error" in answer for answer in answers]
            [False, True]
        """
        if self.default_signature == "generate":
            raise ZooError("it generates images and makes no predictions", f"use zoo865 {self.task.usage}")
        for chunk in _chunks(examples, AT_ONCE):
            read = [self._read(one, errors) for one in chunk]
            # Neighbours of one shape are asked about together: pictures have sizes of their own, texts their lengths.
            for _, neighbours in itertools.groupby(read, key=_shapes):
                group = list(neighbours)
                yield from ({"error": " ".join(str(one).split())} for one in group if isinstance(one, ZooError))
                if whole := [one for one in group if not isinstance(one, ZooError)]:
                    yield from self._answers(whole, notes)

    def _answers(self, group: list[tuple[dict[str, np.ndarray], tuple[str, ...]]], notes: bool) -> list[dict]:
        """Of examples of one shape."""
        inputs = {name: feature.stack([one[name] for one, _ in group]) for name, feature in self.spec.inputs.items()}
        found = self.task.decode(self._run(self.default_signature, inputs), self.spec)
        return [_noted(answer, said) for answer, (_, said) in zip(found, group, strict=True)] if notes else found

    def run(self, signature: str, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Runs a signature of the export on a batch of arrays.

        Args:
            signature: its name; `predictor.signatures` lists them with the shapes and dtypes of their inputs.
            inputs: name -> array with a batch axis; of an empty batch the results are empty too.

        Returns:
            name -> array.

        Raises:
            ZooError: there is no such signature, or it does not take these inputs.

        Example:
            >>> zoo865.Predictor(run).run("serve_float", image=images)["probabilities"].shape
            (8, 10)
        """
        if signature not in self.signatures:
            raise ZooError(f"no signature {signature!r}", f"known: {', '.join(self.signatures)}")
        if inputs.keys() != self.signatures[signature].keys():
            given, wanted = ", ".join(inputs) or "none", ", ".join(self.signatures[signature])
            raise ZooError(f"signature {signature!r} takes {wanted}; got {given}", "pass its inputs by name")
        for name, array in inputs.items():
            about, array = self.signatures[signature][name], np.asarray(array)
            fits = array.dtype == about["dtype"] or (about["dtype"] == "string" and array.dtype.kind in "OUS")
            sides = zip(array.shape, about["shape"], strict=False)
            if not fits or array.ndim != len(about["shape"]) or any(wanted not in (None, is_) for is_, wanted in sides):
                wanted = f"{about['dtype']} of shape {tuple(about['shape'])}"
                raise ZooError(
                    f"{name!r} of {signature!r} is {array.dtype} of shape {array.shape}", f"it takes {wanted}"
                )
        counts = {name: len(array) for name, array in inputs.items()}
        if len(set(counts.values())) > 1:
            raise ZooError(f"the inputs of {signature!r} have {counts} examples", "pass the same number of each")
        if all(counts.values()):
            return self._run(signature, inputs)
        found = self._run(signature, self.examples(1, signature))
        return {name: array[:0] for name, array in found.items()}

    def generate(self, count: int, *, seed: int = 0) -> np.ndarray:
        """Generates new images.

        The noise is NumPy's: the same seed gives the same images in every engine, and a larger count starts with the
        images of a smaller one.

        Args:
            count: how many.
            seed: from 0 on.

        Returns:
            (count, height, width, channels) uint8.

        Raises:
            ZooError: the system generates no images.

        Example:
            >>> zoo865.Predictor(run).generate(4)
            Traceback (most recent call last):
                ...
            zoo865.errors.ZooError: ...
        """
        if "generate" not in self.signatures:
            raise ZooError(f"{self.path} generates no images", f"use zoo865 {self.task.usage}")
        if seed < 0:
            raise ZooError(f"seed must be at least 0, not {seed}")
        ((name, about),) = self.signatures["generate"].items()
        noise = sample_noise(name, tuple(about["shape"][1:]), count, seed=seed)
        (images,) = self.run("generate", **{name: noise}).values()
        return as_bytes(images)

    def embed(self, given: Any) -> np.ndarray:
        """Vectors of examples, whose distances tell how alike they are.

        Args:
            given: as for `predict`.

        Returns:
            (examples, dimensions) float32, each of unit length; of no examples (0, dimensions).

        Raises:
            ZooError: an example cannot be read, or the system makes no vectors.

        Example:
            >>> zoo865.Predictor(run).embed("digit.png")
            Traceback (most recent call last):
                ...
            zoo865.errors.ZooError: ...
        """
        if "embed" not in self.signatures:
            raise ZooError(f"{self.path} makes no vectors to compare", f"use zoo865 {self.task.usage}")
        if answers := self.predict(given):
            return np.array([answer["vector"] for answer in answers], "float32")
        return self.run("embed", **self.examples(0, "embed"))["vector"]

    def distance(self, first: Any, second: Any) -> float:
        """How far apart two examples are: 0 for the same, at most 2.

        Args:
            first, second: an example each, as for `predict`.

        Returns:
            The Euclidean distance of their vectors.

        Raises:
            ZooError: as `embed`, or either is not one example: of several `embed` gives the vectors.

        Example:
            >>> zoo865.Predictor(run).distance("digit.png", "digit.png")
            Traceback (most recent call last):
                ...
            zoo865.errors.ZooError: ...
        """
        vectors = {"first": self.embed(first), "second": self.embed(second)}
        for which, found in vectors.items():
            if len(found) != 1:
                wrong = f"distance compares one example with one, but the {which} holds {len(found):,}"
                raise ZooError(wrong, "call it once a pair, or take the vectors of several from embed")
        return float(np.linalg.norm(vectors["first"][0] - vectors["second"][0]))

    def nearest(self, given: Any, gallery: Any, count: int = 5) -> list[dict]:
        """What of a gallery is nearest to each example.

        Args:
            given: as for `predict`.
            gallery: a `zoo865.exporting.gallery.Gallery`; the file of one; or a folder, one sub-folder per class.
            count: how many of each, from 1 on, or as many as the gallery has.

        Returns:
            Of each example "nearest", {"name", "distance", "file"} of its nearest, the nearest first; and "none",
            whether even the nearest is beyond the export's threshold (see `zoo865.metrics.same_threshold`).

        Raises:
            ZooError: as `embed`; the gallery is empty, or of another model; or `count` is below 1.

        Example:
            >>> zoo865.Predictor(run).nearest("digit.png", "digits/")
            Traceback (most recent call last):
                ...
            zoo865.errors.ZooError: ...
        """
        from zoo865.exporting.gallery import gallery_of

        held, vectors = gallery_of(self, gallery), self.embed(given)
        threshold = self.details.get(self.task.calibration.name, {}).get("threshold", np.inf)
        found = held.nearest(vectors, count)
        return [{"nearest": near, "none": near[0]["distance"] > threshold} for near in found]

    def examples(self, count: int, signature: str | None = None, *, usual: bool = False) -> dict[str, np.ndarray]:
        """Blank inputs of a signature, with the shapes and dtypes of the data.

        Args:
            count: how many examples.
            signature: its name; None takes the one that `predict` asks.
            usual: whether a length that varies is that of usual examples; else it is 1.
        """
        found = {}
        for name, about in self.signatures[signature or self.default_signature].items():
            feature = self.spec.inputs.get(name)
            if feature is not None and about["dtype"] == feature.dtype:
                found[name] = feature.blank(count, feature.usual_length if usual else 1)
            else:
                found[name] = np.zeros((count, *(side or 1 for side in about["shape"][1:])), about["dtype"])
        return found

    def engine_of(self, signature: str) -> str:
        """The engine that runs a signature, "onnx" or "tensorflow"."""
        if self._given is not None:
            return self._given
        in_onnx = (onnx_folder(self.path) / f"{signature}.onnx").is_file()
        return "onnx" if in_onnx and not _tensorflow_sees_a_gpu() else "tensorflow"

    def _run(self, signature: str, inputs) -> dict[str, np.ndarray]:
        run = functools.partial(self._engine(signature).run, signature)
        if (count := len(next(iter(inputs.values())))) <= AT_ONCE:
            return run(inputs)
        parts = [
            run({name: array[start : start + AT_ONCE] for name, array in inputs.items()})
            for start in range(0, count, AT_ONCE)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _engine_for(self, signature: str) -> OnnxEngine | TensorFlowEngine:
        engine = self.engine_of(signature)
        if engine not in self._loaded:
            if engine == "onnx":
                self._loaded[engine] = OnnxEngine(self.path, self.details.get("onnx"))
            else:
                self._loaded[engine] = TensorFlowEngine(self.path, self.details.get("compile", ()))
        return self._loaded[engine]

    def _each(self, given) -> Iterable:
        """The examples in what is given."""
        given = unboxed(given)
        if getattr(given, "shape", ())[:1] == (0,):
            return []
        if len(self.spec.inputs) == 1:
            if isinstance(given, Mapping):
                return [given]
            (feature,) = self.spec.inputs.values()
            return [given] if feature.is_one(given) else given
        if isinstance(given, Mapping) or not isinstance(given, Iterable) or isinstance(given, (str, bytes)):
            return [given]
        if isinstance(given, (list, tuple)) and len(given) == len(self.spec.inputs):
            parts = zip(self.spec.inputs.values(), given, strict=True)
            if all(feature.is_one(part) and not isinstance(part, Mapping) for feature, part in parts):
                return [given]
        several = (Mapping, list, tuple)
        return [given] if isinstance(given, (list, tuple)) and given and not isinstance(given[0], several) else given

    def _read(self, one, errors: bool = False) -> tuple[dict[str, np.ndarray], tuple[str, ...]] | ZooError:
        """The inputs of one example, and what was done to it; or with `errors`, why it cannot be read."""
        try:
            inputs, notes = self.task.preprocess(one, self.spec)
        except ZooError as error:
            if errors:
                return error
            raise
        if not self.details.get("prepares_ink"):  # an export made before graphs did it
            inputs = {name: self._with_ink_prepared(name, array) for name, array in inputs.items()}
        return inputs, notes

    def _with_ink_prepared(self, name: str, array):
        feature = self.spec.inputs[name]
        return as_trained(array, feature)[0] if isinstance(feature, Image) else array


def _noted(answer: dict, said) -> dict:
    unlike = ["unlike the training data"] if answer.get("distance", 0) > 1 else []
    return answer | {"notes": [*said, *unlike]}


def _task(details: Mapping, file: str | None) -> Task:
    """The task of an export: one of the zoo's, or what the user's file marks as one.

    Raises:
        ZooError: it is neither.
    """
    document = details["task"]
    if isinstance(document, str):  # as exports were written before tasks were registered
        document = {"kind": document, **details.get("task_args", {})}
    settings = dict(document)
    written_in, _, kind = settings.pop("kind").rpartition(":")
    if file is not None:
        if not split_name(str(file))[0]:
            raise ZooError(f"{file} is not a Python file", "name the file that defines the task: --task my.py")
        return registry.find("task", file if split_name(str(file))[1] else f"{file}:{kind}")(**settings)
    of_the_zoo = not written_in and details.get("module", "zoo865.").startswith("zoo865.")
    if not of_the_zoo or kind not in registry.names("task"):
        wrong = f"task {kind!r} is not part of zoo865"
        raise ZooError(wrong, f"name the file that defines it: --task {written_in or 'my.py'}")
    return registry.find("task", kind)(**settings)


@functools.cache
def _tensorflow_sees_a_gpu() -> bool:
    if not any(path for name in GPUS for path in Path("/dev").glob(name)):
        return False
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def _shapes(read) -> list | None:
    """The shapes of an example's inputs; None of one that cannot be read."""
    return None if isinstance(read, ZooError) else [np.shape(array) for array in read[0].values()]


def _chunks(iterable: Iterable, size: int) -> Iterator[list]:
    iterator = iter(iterable)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk
