"""The page of back-propagation: every number of a small network's gradient, along its computation graph."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo865.explain.depth import every_depth, of_a_system
from zoo865.explain.page import write_explanation
from zoo865.losses.gradients import input_gradient
from zoo865.reporting.page import page_path

ACTIVATIONS = ("tanh", "sigmoid", "relu")
LEARNED = ("w1", "b1", "w2", "b2", "v1", "v2", "c")
BEGIN = {"x": 1.5, "t": -0.5, "w1": 0.8, "b1": 0.1, "w2": -0.6, "b2": 0.2, "v1": 0.7, "v2": -0.5, "c": 0.0}
RATE, STEPS = 0.05, 20
DIFFERENCE = 1e-5  # on either side, of a central difference


@dataclass(frozen=True)
class Operation:
    """A node of a computation graph.

    Args:
        name: of what it gives.
        formula: as one writes it.
        inputs: names of what it is made of.
        value: a tensor for each of them -> a tensor.
    """

    name: str
    formula: str
    inputs: tuple[str, ...]
    value: Callable[..., Any]


@dataclass(frozen=True)
class Propagation:
    """What a computation graph computes, forward and back.

    Args:
        values: name -> value.
        local: (operation, input) -> the derivative of the operation alone with respect to that input.
        gradients: name -> the derivative of the last operation with respect to it.
    """

    values: dict[str, float]
    local: dict[tuple[str, str], float]
    gradients: dict[str, float]


def operations(activation: str) -> tuple[Operation, ...]:
    """A network of one input, two hidden units and one output, and its loss.

    Args:
        activation: of the hidden units, as Keras names it.

    Example:
        >>> [one.name for one in operations("tanh")]
        ['z1', 'z2', 'h1', 'h2', 'y', 'loss']
    """
    # Keras' own tanh gives float32 for float64 on JAX (Keras 3.15.1).
    hidden = (lambda z: 2 * ops.sigmoid(2 * z) - 1) if activation == "tanh" else keras.activations.get(activation)
    return (
        Operation("z1", "w1 x + b1", ("w1", "x", "b1"), lambda w1, x, b1: w1 * x + b1),
        Operation("z2", "w2 x + b2", ("w2", "x", "b2"), lambda w2, x, b2: w2 * x + b2),
        Operation("h1", f"{activation}(z1)", ("z1",), hidden),
        Operation("h2", f"{activation}(z2)", ("z2",), hidden),
        Operation(
            "y", "v1 h1 + v2 h2 + c", ("v1", "h1", "v2", "h2", "c"), lambda v1, h1, v2, h2, c: v1 * h1 + v2 * h2 + c
        ),
        Operation("loss", "(y - t)²", ("y", "t"), lambda y, t: ops.square(y - t)),
    )


@contextlib.contextmanager
def _double_precision() -> Iterator[None]:
    """For the body, JAX computes in float64 where it is asked to, as TensorFlow always does."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    with jax.enable_x64(True):
        yield


def propagate(graph: Sequence[Operation], given: Mapping[str, float]) -> Propagation:
    """Goes forward through a graph, then back, from each operation to its inputs, by the chain rule.

    Derivatives of single operations are the backend's.

    Args:
        graph: operations, each after its inputs.
        given: name -> value of what no operation gives.

    Returns:
        All values, local derivatives and gradients, computed in float64.

    Example:
        >>> found = propagate(operations("tanh"), BEGIN)
        >>> round(found.values["y"], 3), round(found.local["loss", "y"], 3)
        (0.895, 2.79)
    """
    values, local = dict(given), {}
    with _double_precision():
        for one in graph:
            of_inputs = _tensor([values[name] for name in one.inputs])
            value, slopes = input_gradient(_of_one_tensor(one), of_inputs)
            values[one.name] = float(value)
            local |= {(one.name, name): float(slope) for name, slope in zip(one.inputs, slopes, strict=True)}
    gradients = dict.fromkeys(values, 0.0) | {graph[-1].name: 1.0}
    for one in reversed(graph):
        for name in one.inputs:
            gradients[name] += gradients[one.name] * local[one.name, name]
    return Propagation(values, local, gradients)


def whole_gradient(graph: Sequence[Operation], given: Mapping[str, float], names: Sequence[str]) -> list[float]:
    """The derivative of the last operation with respect to some of what is given, by the backend at once.

    Args:
        graph: as for `propagate`.
        given: as for `propagate`.
        names: of what.

    Returns:
        A number for each name, computed in float64.

    Example:
        >>> found = propagate(operations("tanh"), BEGIN)
        >>> bool(np.isclose(whole_gradient(operations("tanh"), BEGIN, ["w1"])[0], found.gradients["w1"], rtol=1e-12))
        True
    """

    def last(moved):
        return _last_value(graph, {**given, **{name: moved[place] for place, name in enumerate(names)}})

    with _double_precision():
        return [float(slope) for slope in input_gradient(last, _tensor([given[name] for name in names]))[1]]


def central_differences(graph: Sequence[Operation], given: Mapping[str, float], names: Sequence[str]) -> list[float]:
    """How much the last operation changes where something given is a little more and a little less, a unit of change.

    Args:
        graph: as for `propagate`.
        given: as for `propagate`.
        names: of what.

    Returns:
        A number for each name, computed in float64.

    Example:
        >>> round(central_differences(operations("tanh"), BEGIN, ["c"])[0], 6)
        2.790324
    """

    def last(name: str, change: float) -> float:
        return float(_last_value(graph, {**given, name: given[name] + change}))

    with _double_precision():
        return [(last(name, DIFFERENCE) - last(name, -DIFFERENCE)) / (2 * DIFFERENCE) for name in names]


def _last_value(graph, given):
    """What the last operation gives, a float64 tensor, of numbers and tensors."""
    values = {name: ops.convert_to_tensor(value, "float64") for name, value in given.items()}
    for one in graph:
        values[one.name] = one.value(*(values[name] for name in one.inputs))
    return values[graph[-1].name]


def _tensor(numbers):
    return ops.convert_to_tensor(np.array(numbers, "float64"))


def _of_one_tensor(operation: Operation):
    """The operation's value of its inputs in one tensor."""
    return lambda numbers: operation.value(*(numbers[place] for place in range(len(operation.inputs))))


def training(activation: str) -> list[dict[str, float]]:
    """What is given to the network before each step of gradient descent on one example, by Keras' SGD.

    Args:
        activation: as for `operations`.

    Returns:
        STEPS + 1 times name -> value.

    Example:
        >>> training("tanh")[0] == BEGIN
        True
    """
    graph, given = operations(activation), [dict(BEGIN)]
    with _double_precision():
        variables = [keras.Variable(BEGIN[name], dtype="float64") for name in LEARNED]
        optimizer = keras.optimizers.SGD(RATE)
        for _ in range(STEPS):
            gradients = propagate(graph, given[-1]).gradients
            optimizer.apply([_tensor(gradients[name]) for name in LEARNED], variables)
            learned = zip(LEARNED, (float(variable.value) for variable in variables), strict=True)
            given.append({**given[-1], **dict(learned)})
    return given


def backprop(out: str = "backprop.html") -> Path:
    """Writes the page on which a gradient is followed through a small network, and through deep ones.

    Args:
        out: the page.

    Returns:
        Its path.

    Raises:
        ZooError: the page cannot be written.

    Example:
        >>> backprop()  # doctest: +SKIP
        PosixPath('backprop.html')
    """
    path = page_path(out, "backprop.html")
    return write_explanation(
        path,
        "backprop.html.jinja",
        document=_document(),
        deep=every_depth(),
        layers=of_a_system("mnist_cnn"),
        system="mnist_cnn",
        given=BEGIN,
        rate=RATE,
        command="zoo865 explain backprop",
    )


def _document() -> dict:
    """What the page's script needs, JSON: for each activation and step all numbers, in the order of their names."""
    found = {activation: _steps(activation) for activation in ACTIVATIONS}
    return {
        "learned": LEARNED,
        "inputs": {one.name: one.inputs for one in operations(ACTIVATIONS[0])},
        "formulas": {name: {one.name: one.formula for one in operations(name)} for name in ACTIVATIONS},
        "steps": {
            activation: [
                {
                    "values": one.values,
                    "gradients": one.gradients,
                    "local": {f"{of} {by}": slope for (of, by), slope in one.local.items()},
                    "differences": dict(zip(LEARNED, differences, strict=True)),
                    "whole": dict(zip(LEARNED, whole, strict=True)),
                }
                for one, differences, whole in steps
            ]
            for activation, steps in found.items()
        },
    }


def _steps(activation: str) -> list[tuple[Propagation, list[float], list[float]]]:
    """For every step of training all numbers, and the gradient in two other ways."""
    graph = operations(activation)
    return [
        (propagate(graph, given), central_differences(graph, given, LEARNED), whole_gradient(graph, given, LEARNED))
        for given in training(activation)
    ]
