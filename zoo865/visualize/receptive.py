"""Which pixels a unit can see: its exact receptive field, followed through the network's graph.

Every place of the image sees one pixel. A kernel's place sees what all places under it see, which size, stride, padding
and dilation tell; where ways meet, a place sees what it sees on any of them. So edges are exact too.

Paper: Araujo, Norris, Sim 2019 (computing receptive fields).
"""

import keras
import numpy as np
from keras import layers

from zoo865.errors import ZooError
from zoo865.private_keras import functional_of, is_functional, nodes_by_depth
from zoo865.visualize.layers import path_of

KERNELS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
POOLS = (layers.MaxPooling2D, layers.AveragePooling2D)
WHOLE = (layers.Flatten, layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D)
POINTWISE = (
    *(layers.Activation, layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU, layers.Softmax, layers.Dense),
    *(layers.BatchNormalization, layers.Rescaling, layers.Normalization, layers.Dropout, layers.SpatialDropout2D),
    *(layers.GaussianNoise, layers.GaussianDropout, layers.Identity),
    *(layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum, layers.Concatenate),
)
POINTWISE_OPERATIONS = {"Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Maximum", "Minimum", "Relu", "Relu6"}


def receptive_fields(model: keras.Model, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """The rows and the columns of the image that the units of a layer can see.

    Args:
        model: a graph of layers, or a chain; both may nest; built for images of one size.
        layer: by path or name.

    Returns:
        (rows, 2) and (columns, 2) integers: of each row of the layer's maps the first row of the image and the last
        one plus 1, and the same for columns. A layer without maps has one row and one column.

    Raises:
        ZooError: no such layer, or none that the image leads to; a layer on the way of which it is not known how far
            it looks.

    Example:
        >>> rows, columns = receptive_fields(model, "stem")  # 3 x 3, padded: the first row sees two
        >>> rows[:2].tolist()
        [[0, 2], [0, 3]]
    """
    path = path_of(model, layer)
    if not is_graph(model) or None in model.inputs[0].shape[1:3]:
        raise ZooError(
            f"the receptive fields of {model.name} are unknown", "it must be a graph of layers with a fixed image size"
        )
    seen = {}
    pixels = [np.stack([np.arange(side), np.arange(side) + 1], 1) for side in model.inputs[0].shape[1:3]]
    _follow(model, [pixels], "", seen)
    if isinstance(seen.get(path), list):
        return tuple(seen[path])
    raise ZooError(
        f"the receptive fields of layer {path!r} are unknown", seen.get(path) or "it is not connected to the image"
    )


def receptive_field(model: keras.Model, layer: str, place: tuple[int, int]) -> tuple[slice, slice]:
    """The part of an image that the unit at (row, column) of a layer's maps can see; see `receptive_fields`.

    Args:
        model, layer: as in `receptive_fields`.
        place: (row, column) of the layer's maps.

    Returns:
        Slices of the image's rows and columns.

    Raises:
        ZooError: as in `receptive_fields`.

    Example:
        >>> receptive_field(model, "stem", (5, 0))
        (slice(4, 7, None), slice(0, 2, None))
    """
    rows, columns = (slice(*map(int, sees[at])) for sees, at in zip(receptive_fields(model, layer), place, strict=True))
    return rows, columns


def is_graph(layer) -> bool:
    """Whether it is a graph of layers or a chain, and not a layer or model of its own `call`."""
    return isinstance(layer, keras.Sequential) or is_functional(layer)


def _follow(model, given, above: str, seen: dict) -> list:
    """Takes down path -> what its places see along rows and columns, or why that is not known; inputs first.

    Args:
        model: a graph or chain.
        given: the same for the model's inputs.
        above: the path of the model, with "/" at its end.

    Returns:
        What the places of the model's outputs see.
    """
    graph = functional_of(model)
    known = dict(zip(map(id, graph.inputs), given, strict=True))
    for node in nodes_by_depth(graph):
        if node.is_input:
            continue
        layer, path = node.operation, above + node.operation.name
        inputs = [known[id(tensor)] for tensor in node.input_tensors]
        unknown = next((one for one in inputs if isinstance(one, str)), None)
        if unknown:
            found = [unknown] * len(node.outputs)
        elif is_graph(layer):
            found = _follow(layer, inputs, f"{path}/", seen)
        else:
            found = [_looks(layer, inputs, node.input_tensors, output) for output in node.outputs]
        known |= zip(map(id, node.outputs), found, strict=True)
        seen[path] = found[0]
    return [known[id(tensor)] for tensor in graph.outputs]


def _looks(layer, inputs, tensors, output):
    """What the places of a layer's output see, rows and columns; or, in words, that this is not known."""
    if isinstance(layer, WHOLE) or len(output.shape) == 2:
        return [
            np.array([[ranges[:, 0].min(), ranges[:, 1].max()]]) for ranges in map(_united, zip(*inputs, strict=True))
        ]
    if all(len(ranges) == 1 for axes in inputs for ranges in axes):
        places = output.shape[1:3] if len(output.shape) == 4 else (1, 1)
        return [
            np.repeat(_united(ranges), count, 0)
            for ranges, count in zip(zip(*inputs, strict=True), places, strict=True)
        ]
    if getattr(layer, "data_format", "") == "channels_first":
        return f"{layer.name} uses channels_first"
    if isinstance(layer, POINTWISE) or type(layer).__name__ in POINTWISE_OPERATIONS or _within_places(layer):
        return [_united(ranges) for ranges in zip(*inputs, strict=True)]
    axes = range(2)
    before, size, stride, dilation = [0, 0], [1, 1], [1, 1], [1, 1]
    if isinstance(layer, KERNELS):
        size, stride, dilation = layer.kernel_size, layer.strides, layer.dilation_rate
    elif isinstance(layer, POOLS):
        size, stride = layer.pool_size, layer.strides
    elif isinstance(layer, layers.ZeroPadding2D):
        before = [edges[0] for edges in layer.padding]
    elif isinstance(layer, layers.Cropping2D):
        before = [-edges[0] for edges in layer.cropping]
    else:
        return f"the receptive field of {layer.name} ({type(layer).__name__}) is unknown"
    places, below = output.shape[1:3], tensors[0].shape[1:3]
    if getattr(layer, "padding", None) == "same":
        whole = [(places[a] - 1) * stride[a] + (size[a] - 1) * dilation[a] + 1 for a in axes]
        before = [max(0, whole[a] - below[a]) // 2 for a in axes]
    return [_under(inputs[0][a], places[a], before[a], size[a], stride[a], dilation[a]) for a in axes]


def _within_places(layer) -> bool:
    """Whether a layer normalises the channels of each place."""
    return isinstance(layer, layers.LayerNormalization) and layer.axis in (-1, 3, [-1], [3])


def _under(ranges, places: int, before: int, size: int, stride: int, dilation: int) -> np.ndarray:
    """(places, 2) what the places of a kernel see, given (places below, 2) what those below see."""
    below = np.arange(places)[:, None] * stride - before + np.arange(size) * dilation
    there = (below >= 0) & (below < len(ranges))
    first, last = (ranges[np.clip(below, 0, len(ranges) - 1), end] for end in (0, 1))
    return np.stack([np.where(there, first, np.iinfo(int).max).min(1), np.where(there, last, 0).max(1)], 1)


def _united(ranges) -> np.ndarray:
    """What places see that see all of these; one place goes with any number of others."""
    ranges = np.broadcast_arrays(*ranges)
    return np.stack([np.min([one[:, 0] for one in ranges], 0), np.max([one[:, 1] for one in ranges], 0)], 1)
