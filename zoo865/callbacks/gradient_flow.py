"""How strongly each layer learns, watched while a model trains: gradients and updates, of a step in fifty."""

import os
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import ops

from zoo865.files import read_json, write_json

EVERY = 50  # steps, of which the first is watched: that costs some passes over the weights


class GradientFlow(keras.callbacks.Callback):
    """Writes a row an epoch: of each layer the norm of its gradient, and how large an update is beside the weights.

    `fit` shows no callback a gradient, and a second backward pass would cost as much as the first. So the optimizer's
    `apply` is wrapped, through which gradients come anyway. What is summed there stays outside of the optimizer's
    variables: checkpoints, and every weight that is learned, are the same bits as without. A model that was fitted
    before is compiled again first, else its step goes on as it was.

    Of weights with two dimensions and more, kernels and tables of vectors: scales and biases begin at 1 and 0, beside
    which an update says nothing. For training on one device: of several, each sees gradients of its own.

    Args:
        path: a JSON file for the rows, in which those of a run that is resumed are kept; None: no file.
        every: of so many steps one is watched, and one an epoch at least.

    Example:
        >>> flow = GradientFlow(every=1)
        >>> history = line.fit(x, y, epochs=2, verbose=0, callbacks=[flow])
        >>> [row["epoch"] for row in flow.rows], [sorted(sizes) for sizes in flow.rows[0]["layers"].values()]
        ([1, 2], [['gradient', 'update']])
    """

    def __init__(self, path: str | os.PathLike | None = None, every: int = EVERY) -> None:
        super().__init__()
        self.path, self.every, self.watched = Path(path) if path else None, every, None
        self.rows = read_json(self.path) if self.path and self.path.is_file() else []

    def on_train_begin(self, logs=None):
        """Wraps the optimizer, before the first step is compiled."""
        optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)  # behind a loss scale
        if optimizer is not self.watched:
            self.watched = optimizer
            every = min(self.every, self.params["steps"] or self.every)
            self.layers, self.taken = _watch(optimizer, self.model.trainable_variables, every)

    def on_epoch_begin(self, epoch, logs=None):
        """Forgets rows of epochs that come again."""
        self.rows = [row for row in self.rows if row["epoch"] <= epoch]

    def on_epoch_end(self, epoch, logs=None):
        """Writes the row."""
        if not self.watched or not (count := (sums := self.taken())[-1]):
            return
        gradients, updates = (sums[:-1] / count).reshape(2, -1).tolist()
        layers = zip(self.layers, gradients, updates, strict=True)
        found = {name: {"gradient": gradient, "update": update} for name, gradient, update in layers}
        self.rows.append({"epoch": epoch + 1, "layers": found})
        if self.path:
            write_json(self.path, self.rows)


def _watch(optimizer, variables, every: int) -> tuple[list[str], Callable[[], np.ndarray]]:
    """Wraps `apply`.

    Returns:
        The names of the layers, and a function that gives what was summed since it was last called: (2 * layers + 1,)
        the norms of gradients, updates beside weights, and how many steps were watched.
    """
    groups: dict[str, list[int]] = {}
    for place, variable in enumerate(variables):
        if len(variable.shape) > 1:
            groups.setdefault(variable.path.rpartition("/")[0] or variable.path, []).append(place)
    watch = {"tensorflow": _in_tensorflow, "jax": _in_jax}[keras.backend.backend()]
    return list(groups), watch(optimizer, variables, list(groups.values()), every)


def _norms(gradients, before, after, groups):
    """(2 * layers + 1,) float32: as `_watch` says, of one step."""

    def length(arrays):
        squares = [ops.sum(ops.square(ops.cast(array, "float32"))) for array in arrays if array is not None]
        return ops.sqrt(sum(squares, start=ops.zeros(())))

    norms, updates = [], []
    for places in groups:
        # Of a table of vectors the gradient is that of the rows that were looked up.
        norms.append(length([getattr(gradients[place], "values", gradients[place]) for place in places]))
        change = length([after[place] - before[place] for place in places])
        updates.append(change / ops.maximum(length([before[place] for place in places]), 1e-12))
    return ops.stack([*norms, *updates, ops.ones(())])


def _in_tensorflow(optimizer, variables, groups, every):
    import tensorflow as tf

    apply, sums = optimizer.apply, tf.Variable(tf.zeros(2 * len(groups) + 1), trainable=False)
    places = [place for group in groups for place in group]
    copies = {place: tf.Variable(tf.zeros_like(variables[place].value), trainable=False) for place in places}

    def watched(gradients, trainable_variables=None):
        def keep():
            for place, copy in copies.items():
                copy.assign(variables[place].value)
            return 0

        def add():
            sums.assign_add(_norms(gradients, copies, [variable.value for variable in variables], groups))
            return 0

        due = tf.equal(optimizer.iterations.value % every, 0)
        tf.cond(due, keep, lambda: 0)
        apply(gradients, trainable_variables)
        tf.cond(due, add, lambda: 0)

    def taken():
        found = sums.numpy()
        sums.assign(tf.zeros_like(sums))
        return found

    optimizer.apply = watched
    return taken


def _in_jax(optimizer, variables, groups, every):
    import jax

    apply, sums = optimizer.apply, np.zeros(2 * len(groups) + 1)

    def add(found):
        sums[:] += found

    def watched(gradients, trainable_variables=None):
        before, step = [variable.value for variable in variables], optimizer.iterations.value
        apply(gradients, trainable_variables)
        after = [variable.value for variable in variables]

        def told():
            jax.debug.callback(add, _norms(gradients, before, after, groups))

        jax.lax.cond(step % every == 0, told, lambda: None)

    def taken():
        jax.effects_barrier()
        found = sums.copy()
        sums[:] = 0
        return found

    optimizer.apply = watched
    return taken
