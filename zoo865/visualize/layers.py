"""The layers of a model wherever they nest, by their paths; and going between them and what they give.

Any Keras model will do, also one with a `call` of its own: while it runs, a layer's `call` goes through ours.
"""

import contextlib
import functools

import keras
from keras import activations, layers

from zoo865.errors import ZooError, nearest


def layers_of(model) -> dict[str, keras.Layer]:
    """Path -> layer, in the model's order: "backbone/conv" stands inside of "backbone"."""
    found = {}
    for layer in _within(model):
        if not isinstance(layer, layers.InputLayer):
            found[layer.name] = layer
            found |= {f"{layer.name}/{path}": inner for path, inner in layers_of(layer).items()}
    return found


def nests(layer) -> bool:
    """Whether a layer is made of others."""
    return bool(_within(layer))


def _within(layer) -> list[keras.Layer]:
    if isinstance(layer, keras.Model):
        return layer.layers
    return list(layer._flatten_layers(include_self=False, recursive=False))


def path_of(model, name: str) -> str:
    """The path of a layer, named by its path, or by its name alone where no other bears it.

    Raises:
        ZooError: there is none, or several.
    """
    paths = list(layers_of(model))
    named = [name] if name in paths else [path for path in paths if path.rpartition("/")[2] == name]
    if len(named) == 1:
        return named[0]
    if named:
        raise ZooError(f"several layers are called {name!r}", f"name one by its path: {', '.join(named)}")
    raise ZooError(f"no layer {name!r}; there are {', '.join(paths)}", nearest(name, paths))


@contextlib.contextmanager
def tapped(taps):
    """For the body, layers give what their taps make of it: layer -> a function of a function, the layer's own call."""

    def through(call, tap):
        return lambda *args, **kwargs: tap(functools.partial(call, *args, **kwargs))

    with _replaced("call", {layer: through(layer.call, tap) for layer, tap in taps.items()}):
        yield


def after(function):
    """The tap that makes of what a layer gives what the function does."""
    return lambda call: function(call())


@contextlib.contextmanager
def unsquashed(model):
    """For the body, the model ends without softmax or sigmoid."""
    last = list(layers_of(model).values())[-1]
    if isinstance(last, layers.Softmax):
        with _replaced("call", {last: lambda inputs, *args, **kwargs: inputs}):
            yield
    else:
        ends = getattr(last, "activation", None) in (activations.softmax, activations.sigmoid)
        with _replaced("activation", {last: activations.linear} if ends else {}):
            yield


@contextlib.contextmanager
def _replaced(name: str, values):
    """For the body, layers have other attributes; past Keras, which follows what a layer is given."""
    before = {layer: vars(layer).get(name) for layer in values}
    for layer, value in values.items():
        vars(layer)[name] = value
    try:
        yield
    finally:
        for layer, value in before.items():
            if value is None:
                del vars(layer)[name]
            else:
                vars(layer)[name] = value
