"""The page of a network's landscape: its loss along two directions through its weights (Li et al. 2018)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops, tree

from zoo865.data.statistics import at_once
from zoo865.errors import ZooError
from zoo865.explain.contours import contours
from zoo865.explain.page import write_explanation
from zoo865.explain.paths import compile_function
from zoo865.explain.training_path import TrainingPath, training_path
from zoo865.preprocessing import prepared
from zoo865.reporting.page import page_path
from zoo865.training.memory import keep_freed_memory
from zoo865.visualize.layers import layers_of

POINTS = 25  # along each side
EXAMPLES = 500
REACH = 1.0  # of random directions, which are as long as the weights
MARGIN = 0.25  # around a path, of its extent
LEVELS = 14  # contours
SIDE = 640  # of the plot


@dataclass(frozen=True)
class Plane:
    """The loss on a plane through the weights.

    Args:
        name: "random" or "path".
        about: which plane it is, in sentences.
        across: (points,) float64, how far along the first direction.
        up: (points,) float64, how far along the second.
        losses: (points, points) float64: a row for each of `up`.
        path: (places, 2) float64, where the training's places are on it; of a random plane the middle alone.
        heights: (places,) float64, the loss on the plane there.
    """

    name: str
    about: str
    across: np.ndarray
    up: np.ndarray
    losses: np.ndarray
    path: np.ndarray
    heights: np.ndarray


def random_direction(model: keras.Model, seed: int) -> list[np.ndarray]:
    """A random direction whose filters are as long as the network's own: filter-normalised, by Li et al. 2018.

    Without that, networks of large weights look flat, for whom a step of the same length is a small one. Biases, and
    what batch normalisation learns, are left as they are.

    Args:
        model: whose weights stand at the place around which the surface is drawn.
        seed: of the numbers.

    Returns:
        An array for each of `model.trainable_variables`; zeros for vectors. A filter is what makes one unit: all
        numbers that share a place on the last axis, of a depthwise convolution on the last two.

    Example:
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> kernel, bias = random_direction(model, 0)
        >>> own = keras.ops.convert_to_numpy(model.layers[0].kernel)
        >>> bool(np.allclose(np.linalg.norm(kernel, axis=0), np.linalg.norm(own, axis=0))), bias.tolist()
        (True, [0.0, 0.0])
    """
    random = np.random.default_rng(seed)
    depthwise = {id(one.kernel) for one in layers_of(model).values() if isinstance(one, layers.DepthwiseConv2D)}
    found = []
    for variable in model.trainable_variables:
        own = ops.convert_to_numpy(variable)
        if own.ndim < 2:
            found.append(np.zeros_like(own))
            continue
        drawn, within = random.normal(size=own.shape), tuple(range(own.ndim - (2 if id(variable) in depthwise else 1)))
        length, wanted = (np.sqrt(np.sum(np.square(one), within, keepdims=True)) for one in (drawn, own))
        found.append((drawn / length * wanted).astype(own.dtype))
    return found


def principal_directions(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first two principal components of a path.

    Args:
        places: (places, weights) floats, three or more.

    Returns:
        (2, weights) of length 1, at right angles; the path begins on the negative side of both. And (2,) the shares of
        the variance that they hold.

    Example:
        >>> directions, shares = principal_directions(np.array([[0.0, 0, 5], [3, 0, 5], [3, 1, 5]]))
        >>> directions.shape, bool(shares[0] > 0.9), round(float(shares.sum()), 6)
        ((2, 3), True, 1.0)
    """
    around = places - places.mean(0)
    _, sizes, rows = np.linalg.svd(around, full_matrices=False)
    first = around[0] @ rows[:2].T
    directions = rows[:2] * np.where(first > 0, -1, 1)[:, None].astype(rows.dtype)
    return directions, (sizes[:2] ** 2 / np.sum(sizes**2)).astype("float64")


def mean_loss(model: keras.Model, loss: Callable, inputs: Any, labels: np.ndarray, together: int) -> Callable:
    """A function of weights: the model's mean loss, as it answers when it is asked and not trained.

    Args:
        model: whose weights it leaves alone.
        loss: (labels, answers) -> the mean over them.
        inputs: (examples, ...), or name -> such; as the model sees them.
        labels: (examples,).
        together: examples that are asked at once.

    Returns:
        (weights, others, first, second, place) -> float: values of `model.trainable_variables` and of all its other
        variables; directions, lists as the weights; a pair, how far the weights are moved along each.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
        >>> ask = mean_loss(model, keras.losses.MeanSquaredError(), np.ones((4, 1)), np.ones((4, 1)), 2)
        >>> nothing, one = [np.zeros((1, 1), "float32")], [np.ones((1, 1), "float32")]
        >>> ask(nothing, [], one, one, (2.0, 1.0))
        4.0
    """

    @compile_function
    def move(weights, first, second, place):
        return [w + place[0] * a + place[1] * b for w, a, b in zip(weights, first, second, strict=True)]

    @compile_function
    def of_a_chunk(weights, others, x, y):
        answers, _ = model.stateless_call(weights, others, x, training=False)
        return loss(y, answers)

    def chunk(rows: slice):
        return tree.map_structure(lambda part: ops.convert_to_tensor(part[rows]), (inputs, labels))

    tensors = [chunk(slice(start, start + together)) for start in range(0, len(labels), together)]

    def asked(weights, others, first, second, place):
        moved = move(weights, first, second, ops.convert_to_tensor(np.asarray(place, "float32")))
        found = [of_a_chunk(moved, others, x, y) for x, y in tensors]
        return sum(float(one) * len(y) for one, (_, y) in zip(found, tensors, strict=True)) / len(labels)

    return asked


def on_plane(ask: Callable, model: keras.Model, directions: Sequence[list[np.ndarray]]) -> Callable:
    """The loss around a model's weights. What is no trainable weight stays, as batch normalisation's moving statistics.

    Args:
        ask: as `mean_loss` gives it.
        model: at the place around which the plane is.
        directions: two, an array for each of `model.trainable_variables`.

    Returns:
        (x, y), how far along each -> float.

    Example:
        >>> on_plane(ask, model, directions)(0.0, 0.0)  # doctest: +SKIP
        0.25
    """
    parts = model.trainable_variables, model.non_trainable_variables, *directions
    weights, others, first, second = ([ops.convert_to_tensor(one) for one in part] for part in parts)
    return lambda x, y: ask(weights, others, first, second, (x, y))


def surface(height: Callable, across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """(up, across) float64, the height (x, y) -> float of every point of a grid."""
    return np.array([[height(x, y) for x in across] for y in up])


def planes(path: TrainingPath) -> tuple[list[Plane], np.ndarray]:
    """The loss around the end of a path: on a random plane, and on the path's own, where there are three places.

    Args:
        path: of a training.

    Returns:
        The planes; and (places,) float64, the loss at each place of the path, with its own moving statistics.

    Raises:
        ZooError: the model has no weights that are trained, or no filters.

    Example:
        >>> planes(training_path("mnist_cnn"))[0][0].losses.shape  # doctest: +SKIP
        (25, 25)
    """
    model, spec, split = path.model, path.data.spec, path.data.train
    if not any(len(variable.shape) > 1 for variable in model.trainable_variables):
        raise ZooError(f"{path.title} has no weights that learn", "choose a network that is trained")
    chosen = np.sort(np.random.default_rng(865).permutation(len(split))[:EXAMPLES])
    taken = split.take(chosen)
    together = min(at_once(feature.prepared_shape, EXAMPLES) for feature in spec.inputs.values())
    ask = mean_loss(model, path.loss, prepared(spec, taken), taken["label"], together)
    number = {id(variable): place for place, variable in enumerate(model.variables)}
    parts = model.trainable_variables, model.non_trainable_variables
    trained, rest = ([number[id(variable)] for variable in part] for part in parts)
    nothing = [np.zeros(variable.shape, "float32") for variable in model.trainable_variables]
    losses = [
        ask(*([values[place] for place in part] for part in (trained, rest)), nothing, nothing, (0.0, 0.0))
        for values in path.weights
    ]
    height = on_plane(ask, model, [random_direction(model, seed) for seed in (1, 2)])
    reach, middle = np.linspace(-REACH, REACH, POINTS), np.zeros((1, 2))
    about = (
        "Two random directions, each filter as long as the network's own. The training's path cannot be seen there: "
        "it is nearly at right angles to both."
    )
    found = [Plane("random", about, reach, reach, surface(height, reach, reach), middle, np.array([height(0.0, 0.0)]))]
    if len(path.weights) > 2:
        places = np.stack([np.concatenate([values[place].ravel() for place in trained]) for values in path.weights])
        found.append(_plane_of_path(ask, model, places, path.end))
    return found, np.array(losses)


def _plane_of_path(ask, model, places: np.ndarray, end: int) -> Plane:
    directions, shares = principal_directions(places)
    at = ((places - places[end]) @ directions.T).astype("float64")
    low, high = at.min(0), at.max(0)
    margin = MARGIN * np.maximum(high - low, (high - low).max() / 10)
    across, up = (np.linspace(*ends, POINTS) for ends in zip(low - margin, high + margin, strict=True))
    shapes = [tuple(variable.shape) for variable in model.trainable_variables]
    ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
    parts = [[one.reshape(shape) for one, shape in zip(np.split(row, ends), shapes, strict=True)] for row in directions]
    height = on_plane(ask, model, parts)
    about = (
        f"The first two principal components of the path hold {shares[0]:.0%} and {shares[1]:.0%} of how its weights "
        f"vary{'; the rest takes it off the plane' if shares.sum() < 0.995 else ''}."
    )
    heights = np.array([height(x, y) for x, y in at])
    return Plane("path", about, across, up, surface(height, across, up), at, heights)


def landscape(name: str, *, data: str | None = None, out: str = "landscape.html") -> Path:
    """Writes the page of a network's landscape.

    Args:
        name: a run, a published model or a system, as for `training_path`.
        data: as for `training_path`.
        out: the page.

    Returns:
        Its path.

    Raises:
        ZooError: as `training_path` and `planes`; or the page cannot be written.

    Example:
        >>> landscape("mnist_cnn", data="mnist_sample")  # doctest: +SKIP
        PosixPath('landscape.html')
    """
    out_path = page_path(out, "landscape.html")
    keep_freed_memory()  # else each of 1,250 passes asks the system for its maps anew
    path = training_path(name, data)
    found, losses = planes(path)
    document = {
        "planes": [
            {
                "name": plane.name,
                "about": plane.about,
                "across": plane.across.round(4).tolist(),
                "up": plane.up.round(4).tolist(),
                "losses": [_short(row) for row in plane.losses],
                "path": plane.path.round(4).tolist(),
                "heights": _short(plane.heights),
            }
            for plane in found
        ],
        "names": path.names,
        "losses": _short(losses),
        "end": path.end,
    }
    return write_explanation(
        out_path,
        "landscape.html.jinja",
        document=document,
        training=path,
        drawn=[contours(plane.losses, _levels(plane.losses), SIDE, SIDE) for plane in found],
        rises=bool(losses[path.end] > losses[0]),
        examples=min(EXAMPLES, len(path.data.train)),
        parameters=path.model.count_params(),
        command=" ".join(["zoo865 explain landscape", name, *(["--data", data] if data else [])]),
    )


def _short(losses: np.ndarray) -> list[float]:
    """To four digits; what is not finite as a million."""
    return [float(f"{loss:.4g}") for loss in np.nan_to_num(losses, nan=1e6, posinf=1e6)]


def _levels(losses: np.ndarray) -> np.ndarray:
    """Of contours: each so many times as high as the one before."""
    known = losses[np.isfinite(losses)]
    return np.geomspace(max(known.min(), 1e-6), max(known.max(), 2e-6), LEVELS + 1)[:-1]
