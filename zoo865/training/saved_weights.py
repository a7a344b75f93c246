"""A Keras model's weights in a SavedModel: where each stands, so that they need not stand in a file beside it, too."""

from pathlib import Path

import numpy as np


def find_weights(model, saved_model) -> list[str] | None:
    """Where a SavedModel holds a model's weights, bit for bit.

    Args:
        model: a `keras.Model`.
        saved_model: its directory.

    Returns:
        For each of `model.weights` the name of a variable in the SavedModel; None where it lacks some.
    """
    reader = _reader(saved_model)
    names = {}
    for name in sorted(reader.get_variable_to_shape_map()):
        names.setdefault(_content(reader.get_tensor(name)), name)
    contents = [_content(weight) for weight in model.get_weights()]
    return [names[content] for content in contents] if names.keys() >= {*contents} else None


def take_weights(model, saved_model, names: list[str]):
    """Gives a model the weights that `find_weights` found."""
    reader = _reader(saved_model)
    model.set_weights([reader.get_tensor(name) for name in names])


def _reader(saved_model):
    import tensorflow as tf

    return tf.train.load_checkpoint(str(Path(saved_model) / "variables" / "variables"))


def _content(array) -> tuple:
    array = np.asarray(array)
    return str(array.dtype), array.shape, array.tobytes()
