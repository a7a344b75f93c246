"""Batch normalisation folded into the layers before it, which then do its work at no cost.

In inference it multiplies each channel by a number and adds another; so do a convolution's kernel and bias.
"""

import keras
import numpy as np
from keras import layers

from zoo865.layers.batch_normalization import BatchNormalization
from zoo865.private_keras import nodes_by_depth
from zoo865.visualize.receptive import is_graph

KERNELS = (layers.Conv1D, layers.Conv2D, layers.Conv3D, layers.DepthwiseConv1D, layers.DepthwiseConv2D, layers.Dense)


def folded(model: keras.Model) -> keras.Model:
    """A model for inference that gives the same, without the batch normalisation that stands right behind a convolution
    or a dense layer, in graphs and chains of layers and in those within them.

    The model itself stays as it is; layers that do not change belong to both. It is given back itself where nothing can
    be folded: it has a `call` of its own, computes in half precision, or what is normalised is read elsewhere, too.

        folded(model)(images, training=False)    # model(images, training=False), but for rounding

    Args:
        model: built.
    """
    if not (is_graph(model) and type(model).__module__.startswith("keras.")):  # a class of a user's own may do more
        return model
    ends = [*model.inputs, *model.outputs] if isinstance(model, keras.Sequential) else [model.input, model.output]
    graph = keras.Model(*ends, name=model.name)  # which is not compiled, as its clone would be anew
    before, news = _layers_before_normalisation(graph), {}

    def layer_of(layer):
        foldable = layer in before.values()
        news[layer] = type(layer).from_config({**layer.get_config(), "use_bias": True}) if foldable else folded(layer)
        return news[layer]

    def call(layer, *args, **kwargs):
        return args[0] if layer in before else layer(*args, **kwargs)

    clone = keras.models.clone_model(graph, clone_function=layer_of, call_function=call)
    if all(new is layer for layer, new in news.items()):
        return model
    for normalisation, layer in before.items():
        news[layer].set_weights(_weights_of_both(layer, normalisation))
    return clone


def _layers_before_normalisation(graph) -> dict:
    """Batch normalisation -> the layer whose output it alone reads, of those that can be folded."""
    nodes = nodes_by_depth(graph)
    made_by = {id(tensor): node.operation for node in nodes for tensor in node.outputs}
    read = [id(tensor) for node in nodes for tensor in node.input_tensors] + [id(tensor) for tensor in graph.outputs]
    times_called = [node.operation for node in nodes]
    found = {}
    for node in nodes:
        layer, source = node.operation, made_by.get(id(node.input_tensors[0])) if node.input_tensors else None
        once = times_called.count(layer) == 1 and times_called.count(source) == 1
        if once and _folds(source, layer, len(node.outputs[0].shape)) and read.count(id(node.input_tensors[0])) == 1:
            found[layer] = source
    return found


def _folds(kernel, normalisation, axes: int) -> bool:
    if type(normalisation) not in (BatchNormalization, layers.BatchNormalization) or type(kernel) not in KERNELS:
        return False
    last = normalisation.axis in (-1, axes - 1)
    changed = getattr(kernel, "quantization_mode", None) or getattr(kernel, "lora_enabled", False)
    plain = kernel.activation is keras.activations.linear and not changed
    channels_last = getattr(kernel, "data_format", "channels_last") == "channels_last"
    return last and plain and channels_last and {kernel.compute_dtype, normalisation.compute_dtype} == {"float32"}


def _weights_of_both(layer, normalisation) -> list[np.ndarray]:
    """Kernel and bias that do what a layer and the normalisation behind it do."""
    mean, variance = (_float64(value) for value in (normalisation.moving_mean, normalisation.moving_variance))
    scale = (_float64(normalisation.gamma) if normalisation.scale else 1.0) / np.sqrt(variance + normalisation.epsilon)
    shift = _float64(normalisation.beta) if normalisation.center else 0.0
    kernel, *biases = (_float64(value) for value in layer.weights)
    bias = (biases[0] if biases else 0.0) - mean
    depthwise = isinstance(layer, layers.DepthwiseConv1D | layers.DepthwiseConv2D)
    return [kernel * (scale.reshape(kernel.shape[-2:]) if depthwise else scale), bias * scale + shift]


def _float64(value) -> np.ndarray:
    return keras.ops.convert_to_numpy(value).astype("float64")
