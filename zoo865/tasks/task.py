"""What a task gives to the loop, the report, the export and the command line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True)
class Exhibit:
    """Something to look at in the report: a figure or a table.

    Args:
        name: a short file name, "confusion_matrix".
        title: what it is, as a heading.
        caption: how to read it, in a sentence.
        figure: a matplotlib figure, or None.
        table: column name -> values, or None.
        animation: a GIF's bytes, or None.
    """

    name: str
    title: str
    caption: str
    figure: Any = None
    table: dict[str, list] | None = None
    animation: bytes | None = None


@dataclass(frozen=True)
class Signature:
    """A function of an export.

    Args:
        function: tensors, by the names of `inputs` -> name -> tensor.
        inputs: name -> (shape with None for what may vary, dtype), in the order of the function's arguments.
        sample: name -> array, real inputs that the written export is checked with.
        loops: whether its graph loops, which tf2onnx cannot convert: ONNX files leave it out.
    """

    function: Callable
    inputs: dict[str, tuple[tuple, str]]
    sample: dict[str, np.ndarray]
    loops: bool = False


class Task(Protocol):
    """What a trained model is for: a frozen dataclass.

    Attributes:
        monitor: the measure that decides which epoch is best, and whether "max" or "min" is better.
        unit: what an example is called.
        ask_with: the command by which a person asks it, "predict RUN FILE".
    """

    monitor: tuple[str, str]
    unit: str
    ask_with: str

    def model_args(self, spec) -> dict:
        """What the data decide of the builder's arguments."""
        ...

    def compile_args(self, spec) -> dict:
        """Loss and metrics for `compile`; {} where the model has its own `compute_loss`."""
        ...

    def measure(self, model, data, split: str) -> dict[str, float]:
        """Measures of a model on a split, by plain names."""
        ...

    def protocol(self, model, data) -> str:
        """How its measures come about beyond what every card says, or "".

        Raises:
            ZooError: this model cannot be measured so, or not on these data.
        """
        ...

    def broken(self, logs: dict[str, float]) -> str:
        """Why training has come to nothing, told by what was measured in an epoch; "" where it has not."""
        ...

    def sight(self, model) -> np.ndarray | None:
        """What an epoch's end looks like: (height, width, 1 or 3) uint8; None where there is nothing to see."""
        ...

    def show(self, run) -> Iterator[Exhibit]:
        """What the report of a run shows beyond the curves."""
        ...

    def signatures(self, model, spec, examples: dict[str, np.ndarray]) -> dict[str, Signature]:
        """What an export of the model offers; the first answers a person. `examples` are raw ones of the data."""
        ...

    def parse(self, given, spec) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
        """What a person gives (a file, an array) as inputs of the first signature without batch axis, and what was done
        to it.
        """
        ...

    def answer(self, outputs: dict[str, np.ndarray], spec) -> list[dict]:
        """Outputs of the first signature as one readable, JSON-able answer an example."""
        ...
