"""What a task gives to the loop, the report, the export and the command line."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from zoo865.data.features.feature import unboxed
from zoo865.data.spec import Data, Spec
from zoo865.errors import ZooError
from zoo865.metrics.feature_distance import FeatureDistance


@dataclass(frozen=True)
class Pictures:
    """Pictures side by side, a text below each.

    Args:
        images: (height, width, 1 or 3) uint8 or floats in [0, 1], of any sizes.
        captions: a text below each, "" for none; () where none has one.
        columns: pictures in a row, where rows belong together; None for as many as fit.
        sounds: of each picture a sound to play, the bytes of a WAV file; () where there are none.

    Example:
        >>> len(Pictures(list(images), captions=[f"digit {number}" for number in range(8)]).images)
        8
    """

    images: Sequence[np.ndarray]
    captions: Sequence[str] = ()
    columns: int | None = None
    sounds: Sequence[bytes] = ()


@dataclass(frozen=True)
class ReportSection:
    """Something to look at in the report: a chart, pictures or a table.

    Args:
        name: a short file name, "confusion_matrix".
        title: what it is, as a heading.
        caption: how to read it, in a sentence.
        figure: a matplotlib figure of lines and letters, which the page draws as SVG, or None.
        table: column name -> values, or None.
        animation: a GIF's bytes, or None.
        pictures: or None.
        zoom: whether the figure is a map, of markers and texts without axes, that may be zoomed and moved: they move
            apart and keep their size, and a text whose `gid` ends with "-from-2.5" appears when they are 2.5 times as
            far apart. Without JavaScript it is a picture.

    Example:
        >>> table = {"word": ["a", "the"], "count": [9, 7]}
        >>> ReportSection("words", "Words", "The most frequent words.", table=table).name
        'words'
    """

    name: str
    title: str
    caption: str
    figure: Any = None
    table: dict[str, list] | None = None
    animation: bytes | None = None
    pictures: Pictures | None = None
    zoom: bool = False


@dataclass(frozen=True)
class Part:
    """A part of the report that is made when its turn comes: where it fails, the others are made all the same.

    Args:
        title: what it is, for the sentence on its failure.
        make: gives the sections.

    Example:
        >>> part = Part("Words", lambda: [ReportSection("words", "Words", "The most frequent words.")])
        >>> [section.name for section in part.make()]
        ['words']
    """

    title: str
    make: Callable[[], Iterable[ReportSection]]


@dataclass(frozen=True)
class Reference:
    """What measures are to be compared with: what chance earns, the goal.

    Args:
        name: what it is, in a word or three.
        values: measure -> value.
        drawn: whether it is a line in the curves too.

    Example:
        >>> Reference("chance", {"accuracy": 0.1}).values["accuracy"]
        0.1
    """

    name: str
    values: dict[str, float]
    drawn: bool = False


@dataclass(frozen=True)
class Signature:
    """A function of an export.

    Args:
        function: tensors, by the names of `inputs` -> name -> tensor.
        inputs: name -> (shape with None for what may vary, dtype), in the order of the function's arguments.
        sample: name -> array, real inputs that the written export is checked with.
        loops: whether its graph loops.
        compile: whether XLA makes it faster: TensorFlow compiles it where it is asked, for each shape of its inputs.

    Example:
        >>> double = Signature(lambda x: {"y": 2 * x}, {"x": ((None, 3), "float32")}, {"x": np.ones((1, 3), "float32")})
        >>> double.function(*double.sample.values())["y"].tolist()
        [[2.0, 2.0, 2.0]]
    """

    function: Callable
    inputs: dict[str, tuple[tuple, str]]
    sample: dict[str, np.ndarray]
    loops: bool = False
    compile: bool = False

    @property
    def not_in_onnx(self) -> str:
        """Why it has no ONNX file; "" where it may have one."""
        texts = any(dtype == "string" for _, dtype in self.inputs.values())
        return "it splits text into words, for which ONNX has no operators" if texts else ""


class Task:
    """What a trained model is for. Subclasses are frozen dataclasses, marked with `zoo865.registry.task`.

    Only `measure`, and `decode` where it is to be asked, must be written; all else has a default.

    Attributes:
        unit: what an example is called.
        usage: the command that uses it.
        more_usage: commands that inspect its runs further.
        headline: measures that the report shows first, at most three; () for the first three that there are.
        explained: measure -> what it says, in a sentence.
        loss_measure: the measure of which the loss is the counterpart in training: both go into one chart.
        shown_apart: columns of the history of which the report draws no curve: `report_sections` does, or nobody need.
        calibration: the class of what `calibrate` gives: a dataclass of arrays and numbers, with `about()` for cards.
        open_set: whether it may be measured on other classes than were trained on.
        measures_exports: whether `measure` also takes a `Predictor` in the model's place, which answers as the model.

    Example:
        >>> @dataclass(frozen=True)
        ... class Regression(Task):
        ...     def measure(self, model, data, split):
        ...         examples = data.split(split)
        ...         return {"loss": float(len(examples))}
        >>> Regression().monitor, Regression().measure(model, run.data, "test")
        (('val_loss', 'min'), {'loss': 200.0})
    """

    unit: ClassVar[str] = "examples"
    usage: ClassVar[str] = "predict RUN FILE"
    more_usage: ClassVar[tuple[str, ...]] = ()
    headline: ClassVar[tuple[str, ...]] = ()
    explained: ClassVar[Mapping[str, str]] = {}
    loss_measure: ClassVar[str] = "loss"
    shown_apart: ClassVar[tuple[str, ...]] = ()
    open_set: ClassVar[bool] = False
    measures_exports: ClassVar[bool] = False
    calibration: ClassVar[Any] = FeatureDistance

    @property
    def monitor(self) -> tuple[str, str]:
        """The measure that decides which epoch is best, and whether "max" or "min" is better."""
        return "val_loss", "min"

    def model_args(self, spec: Spec) -> dict[str, Any]:
        """What the data decide of the builder's arguments: NAME_shape, the shape of one prepared example, for every
        input; vocabulary_size where an input is of words.

        Args:
            spec: of the data.

        Returns:
            The builder's arguments by their names.

        Example:
            >>> run.recipe.task.model_args(run.spec)
            {'image_shape': (28, 28, 1), 'classes': 10}
        """
        found = {f"{name}_shape": tuple(feature.prepared_shape) for name, feature in spec.inputs.items()}
        for feature in spec.inputs.values():
            if hasattr(feature, "vocabulary_size"):
                found["vocabulary_size"] = feature.vocabulary_size
        return found

    def compile_args(self, spec: Spec) -> dict[str, Any]:
        """Loss and metrics for `compile`; {} where the model has its own `compute_loss`.

        Args:
            spec: of the data.

        Returns:
            Arguments of `keras.Model.compile`.

        Example:
            >>> sorted(run.recipe.task.compile_args(run.spec))
            ['loss', 'metrics']
        """
        return {}

    def measure(self, model: Any, data: Data, split: str) -> dict[str, float]:
        """Measures of a model on a split, by plain names; `monitor` names one of them behind "val_".

        Args:
            model: the Keras model; also a `Predictor`, where `measures_exports` says so.
            data: a `zoo865.data.spec.Data`.
            split: "train", "validation" or "test".

        Returns:
            Measure -> value.

        Example:
            >>> sorted(run.recipe.task.measure(run.model, run.data, "validation"))
            ['accuracy', 'balanced_accuracy', 'cross_entropy']
        """
        raise NotImplementedError

    def protocol(self, model: Any, data: Data) -> str:
        """How its measures come about beyond what every card says.

        Raises:
            ZooError: this model cannot be measured so, or not on these data.
        """
        return ""

    def diverged(self, logs: Mapping[str, float]) -> str:
        """Why training has diverged, by the logs of an epoch; "" if it has not.

        Args:
            logs: of the epoch, by the history's names.

        Returns:
            A reason, in a few words, or "".

        Example:
            >>> from zoo865.tasks.generation import Generation
            >>> Generation().diverged({"val_pixel_diversity": 0.0})
            'mode collapse: ...'
        """
        return ""

    def sample_image(self, model: Any) -> np.ndarray | None:
        """What an epoch's end looks like: (height, width, 1 or 3) uint8; None where there is nothing to see.

        Args:
            model: the Keras model.

        Returns:
            The picture, or None.

        Example:
            >>> run.recipe.task.sample_image(model) is None  # only generative models draw
            True
        """
        return None

    def references(self, run: Any) -> Iterable[Reference]:
        """What its measures are to be compared with.

        Args:
            run: a `zoo865.Run`.

        Returns:
            References, in the order of the report.

        Example:
            >>> [reference.values["accuracy"] for reference in run.recipe.task.references(run)]
            [np.float64(0.1)]
        """
        return ()

    def report_sections(self, run: Any) -> Iterator[ReportSection | Part]:
        """What the report of a run shows beyond the curves. What may fail, for whatever reason, goes into a `Part`.

        Args:
            run: a `zoo865.Run`.

        Yields:
            Sections, or parts that make them, in the order of the report.

        Example:
            >>> titles = [part.title for part in run.recipe.task.report_sections(run)]
            >>> "Confusion matrix" in titles
            True
        """
        from zoo865.tasks.examples import training_batch

        yield Part("Training batch", lambda: [training_batch(run)])

    def calibrate(self, model: Any, data: Data) -> Any:
        """What an export must know that only data tell, as how far an input lies from those of training.

        Args:
            model: the Keras model.
            data: a `zoo865.data.spec.Data`.

        Returns:
            One of the class `calibration`, which the model bears as `calibration` when `signatures` is asked for an
            export; None where there is nothing to know.

        Example:
            >>> distance = run.recipe.task.calibrate(run.model, run.data)
            >>> distance.validation_examples
            200
        """
        return None

    def signatures(self, model: Any, spec: Spec, examples: Mapping[str, np.ndarray]) -> dict[str, Signature]:
        """What an export of the model offers; the first answers a person. `examples` are raw ones of the data.

        By default `serve`: raw inputs of any batch -> `output`, or the model's outputs by their names.

        Args:
            model: the Keras model.
            spec: of the data.
            examples: name -> (examples, ...) array, raw.

        Returns:
            Name -> signature.

        Example:
            >>> list(run.recipe.task.signatures(model, run.spec, run.data.test.take([0, 1])))
            ['serve', 'serve_float', 'features']
        """
        from zoo865.tasks.examples import serving

        return {"serve": serving(spec, examples, lambda seen: _by_name(model(seen, training=False)))}

    def preprocess(self, given: Any, spec: Spec) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
        """What a person gives as one example: inputs of the first signature without batch axis, and what is done to it.

        Args:
            given: what `Feature.read` takes; where an example has several inputs a dict by their names, or as many in
                their order.
            spec: of the data.

        Returns:
            Name of input -> array; and sentences.

        Raises:
            ZooError: it is none, or half of one.

        Example:
            >>> inputs, notes = run.recipe.task.preprocess("digit.png", run.spec)
            >>> inputs["image"].shape, inputs["image"].dtype
            ((28, 28, 1), dtype('uint8'))
        """
        found, notes = {}, []
        for name, one in _parts(given, spec).items():
            found[name], said = spec.inputs[name].read(one)
            notes.extend(said if len(spec.inputs) == 1 else [f"{name}: {note}" for note in said])
        return found, tuple(notes)

    def decode(self, outputs: Mapping[str, np.ndarray], spec: Spec) -> list[dict[str, Any]]:
        """Outputs of the first signature as one readable, JSON-able answer an example; by default as they are.

        An answer whose "distance" is above 1 is noted as unlike the training data.

        Args:
            outputs: name -> (examples, ...) array.
            spec: of the data.

        Returns:
            One answer an example.

        Example:
            >>> outputs = {"probabilities": np.eye(10)[[7]]}
            >>> run.recipe.task.decode(outputs, run.spec)[0]["label"]
            '7'
        """
        count = len(next(iter(outputs.values())))
        return [{name: array[row].tolist() for name, array in outputs.items()} for row in range(count)]


def _parts(given, spec) -> dict:
    """The inputs of one example by name."""
    names = list(spec.inputs)
    of_one = len(names) == 1 and spec.inputs[names[0]].keys
    if isinstance(given, Mapping) and not (of_one and set(given) == set(of_one)):
        parts = dict(given)
    elif len(names) == 1:
        parts = {names[0]: given}
    elif isinstance(given, (list, tuple)) and len(given) == len(names):
        parts = dict(zip(names, given, strict=True))
    else:
        held = f"{len(given)} were given" if isinstance(given, (list, tuple)) else "one was given"
        raise ZooError(
            f"an example has {len(names)} inputs ({', '.join(names)}), but {held}", "give all, in this order"
        )
    if missing := [name for name in names if parts.get(name) is None]:
        raise ZooError(f"the input {missing[0]!r} is missing", f"the inputs are {', '.join(names)}")
    if unknown := [name for name in parts if name not in names]:
        raise ZooError(f"unknown input {unknown[0]!r}", f"the inputs are {', '.join(names)}")
    return {name: unboxed(parts[name]) for name in names}


def _by_name(outputs) -> dict:
    return outputs if isinstance(outputs, dict) else {"output": outputs}
