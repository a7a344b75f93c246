"""A model as people draw it: its blocks in order, with what they give and how much they hold."""

import re
from dataclasses import dataclass

import keras

# "block_12_expand" is of block_12, "stage1_conv" of stage1, "stem_norm" of stem, "conv2d_3" of conv2d.
BLOCK = re.compile(r"[A-Za-z]+_?\d+(?=_|$)|[A-Za-z0-9]+")


@dataclass(frozen=True)
class Block:
    """Layers in a row whose names begin alike.

    Args:
        name: what they begin with; within a part of a model "part/name".
        layers: kind of layer -> how many there are.
        output: shape that the last of them gives, without the batch; () where it is not known.
        parameters: numbers that they hold.
    """

    name: str
    layers: dict[str, int]
    output: tuple
    parameters: int


def blocks_of(model) -> list[Block]:
    """The blocks of a model in the order of its layers, those of models within it too."""
    return list(_blocks(model, ""))


def _blocks(model, above: str):
    together = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        within = isinstance(layer, keras.Model)
        if together and (within or _stem(layer) != _stem(together[-1])):
            yield _block(together, above)
            together = []
        if within:
            yield from _blocks(layer, f"{above}{layer.name}/")
        else:
            together.append(layer)
    if together:
        yield _block(together, above)


def _stem(layer) -> str:
    found = BLOCK.match(layer.name)
    return found[0] if found else layer.name


def _block(layers, above: str) -> Block:
    kinds = {}
    for layer in layers:
        kinds[type(layer).__name__] = kinds.get(type(layer).__name__, 0) + 1
    name = layers[0].name if len(layers) == 1 else _stem(layers[0])
    return Block(above + name, kinds, _shape(layers[-1]), sum(layer.count_params() for layer in layers))


def _shape(layer) -> tuple:
    try:
        return tuple(layer.output.shape[1:])
    except (AttributeError, ValueError):  # of several outputs, or called in no graph of layers
        return ()
