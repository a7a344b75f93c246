"""The layers of a model wherever they nest, by their paths; and going between them and what they give.

Any Keras model will do, also one with a `call` of its own: while it runs, a layer's `call` goes through ours.
"""

import contextlib
import functools
import threading

import keras
from keras import activations, layers

from zoo865.errors import ZooError, nearest
from zoo865.private_keras import sublayers


def layers_of(model: keras.Model) -> dict[str, keras.Layer]:
    """Path -> layer, as the model lists them: "backbone/conv" stands inside of "backbone".

    Of two layers that bear the same name in the same place, the second is "conv (2)".

    Args:
        model: any Keras model, or a layer made of others.

    Returns:
        Path -> layer, in the order in which the model lists them.

    Example:
        >>> list(layers_of(model))[:3]
        ['stem', 'stem_norm', 'stem_relu']
    """
    found, named = {}, {}
    for layer in _within(model):
        if isinstance(layer, layers.InputLayer):
            continue
        named[layer.name] = named.get(layer.name, 0) + 1
        path = layer.name if named[layer.name] == 1 else f"{layer.name} ({named[layer.name]})"
        found[path] = layer
        found |= {f"{path}/{inner}": one for inner, one in layers_of(layer).items()}
    return found


def nests(layer) -> bool:
    """Whether a layer is made of others."""
    return bool(_within(layer))


def _within(layer) -> list[keras.Layer]:
    if isinstance(layer, keras.Model):
        return layer.layers
    if isinstance(layer, layers.MultiHeadAttention | layers.GroupQueryAttention):
        return []  # what they are made of gives (places, heads, numbers), which looks like maps and is none
    return sublayers(layer, recursive=False)


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
        raise ZooError(f"several layers are named {name!r}", f"choose one by its path: {', '.join(named)}")
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


def squashing(model, answer) -> keras.Layer | None:
    """The layer that ends a model with a softmax or sigmoid, if one does.

    Args:
        model: which is asked.
        answer: asks it, without arguments.
    """
    given = {}
    ends = [layer for layer in layers_of(model).values() if _squashes(layer)]
    note = lambda layer: after(lambda values: given.setdefault(id(layer), values))  # noqa: E731
    if not ends:
        return None
    with tapped({layer: note(layer) for layer in ends}):
        answers = answer()
    return next((layer for layer in ends if given.get(id(layer)) is answers), None)


@contextlib.contextmanager
def unsquashed(layer):
    """For the body, a layer gives what goes into its softmax or sigmoid; None changes nothing."""
    if isinstance(layer, layers.Softmax):
        with _replaced("call", {layer: lambda inputs, *args, **kwargs: inputs}):
            yield
    else:
        with _replaced("activation", {layer: activations.linear} if layer else {}):
            yield


def _squashes(layer) -> bool:
    squash = (activations.softmax, activations.sigmoid)
    return isinstance(layer, layers.Softmax) or getattr(layer, "activation", None) in squash


@contextlib.contextmanager
def _replaced(name: str, functions):
    """For the body, and this thread, layers have other functions; past Keras, which follows what a layer is given."""
    here, before = threading.get_ident(), {layer: vars(layer).get(name) for layer in functions}

    def either(ours, theirs):
        return lambda *args, **kwargs: (ours if threading.get_ident() == here else theirs)(*args, **kwargs)

    for layer, function in functions.items():
        vars(layer)[name] = either(function, getattr(layer, name))
    try:
        yield
    finally:
        for layer, value in before.items():
            if value is None:
                del vars(layer)[name]
            else:
                vars(layer)[name] = value
