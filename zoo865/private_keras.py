"""Every private name of Keras that zoo865 uses. Each function says why no public one does the same.

After an upgrade of Keras, tests/test_private_keras.py names what changed, and nothing else needs to be searched.
"""

from typing import Any

import keras

# Layers that run inside tf.data on every backend extend it. Keras documents it for writers of layers, yet exports it
# nowhere (keras.layers.RandomRotation and its kind are such).
from keras.src.layers.preprocessing.data_layer import DataLayer

__all__ = [
    "DataLayer",
    "adagrad_accumulator",
    "functional_of",
    "is_functional",
    "node_of",
    "nodes_by_depth",
    "seed_generator",
    "seed_generators",
    "sublayers",
]


def seed_generator(layer: DataLayer) -> keras.random.SeedGenerator:
    """The random state of a layer in the backend that runs it: inside tf.data TensorFlow's, whatever Keras' is.

    Args:
        layer: with `seed`, a number, and `generator`, a `keras.random.SeedGenerator` made from it.

    `layer.generator` alone belongs to Keras' backend.
    """
    return layer._get_seed_generator(layer.backend._backend)


def sublayers(layer: keras.Layer, *, recursive: bool = True) -> list[keras.Layer]:
    """The layers that a layer is made of.

    Args:
        layer: a layer or a model.
        recursive: whether to add the layers within those.

    `Model.layers` is public; plain layers have nothing like it.
    """
    return list(layer._flatten_layers(include_self=False, recursive=recursive))


def seed_generators(layer: keras.Layer) -> list[keras.random.SeedGenerator]:
    """The random states that a layer itself owns, without those of its sublayers.

    Public are only their variables, from which the next seed cannot be replaced.
    """
    return list(layer._seed_generators)


def is_functional(layer: keras.Layer) -> bool:
    """Whether a layer is a graph of layers, and not a layer or model with a `call` of its own.

    `keras.Model(inputs, outputs)` returns a subclass of `keras.Model` that is not exported.
    """
    return hasattr(layer, "_nodes_by_depth")


def functional_of(model: keras.Model) -> keras.Model:
    """A built `keras.Sequential`'s graph of layers; a graph as it is.

    A graph made anew from `model.inputs` and `model.outputs` has other tensors and names.
    """
    return model._functional if isinstance(model, keras.Sequential) else model


def nodes_by_depth(graph: keras.Model) -> list[Any]:
    """The nodes of a graph of layers from its inputs to its outputs: one for each call of a layer, with `operation`,
    `input_tensors`, `outputs` and `is_input`.

    Keras offers no public traversal of them.
    """
    return [node for depth in sorted(graph._nodes_by_depth, reverse=True) for node in graph._nodes_by_depth[depth]]


def node_of(tensor: keras.KerasTensor) -> Any:
    """The node, as of `nodes_by_depth`, whose call returned a symbolic tensor.

    Publicly a tensor does not know its layer.
    """
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def adagrad_accumulator(optimizer: keras.optimizers.Adagrad, variable: Any) -> keras.Variable:
    """The sums of squares that AdaGrad keeps of a variable's gradients.

    Publicly they are a part of the list `optimizer.variables`, in an order that is not told.
    """
    return optimizer._accumulators[optimizer._get_variable_index(variable)]
