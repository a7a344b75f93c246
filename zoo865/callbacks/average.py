"""Measuring and keeping the moving average of the weights while training goes on from the weights themselves."""

import keras
import numpy as np


class AverageWeights(keras.callbacks.Callback):
    """At an epoch's end puts the optimizer's moving average of the weights (`use_ema=True`) into the model.

    Callbacks behind it measure and keep the average. The next epoch goes on from the weights as they were; when `fit`
    ends, the average stays. It does nothing with an optimizer that averages nothing.
    """

    def __init__(self):
        super().__init__()
        self.own = []

    def on_epoch_begin(self, epoch, logs=None):
        """Takes the weights back."""
        if self.own:
            _put(self.model.trainable_variables, self.own)
        self.own = []

    def on_epoch_end(self, epoch, logs=None):
        """Puts the average in."""
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # a loss scale wraps another optimizer
        if any(part.use_ema for part in getattr(optimizer, "optimizers", [optimizer])):
            variables = self.model.trainable_variables
            self.own = _copies(variables)
            optimizer.finalize_variable_values(variables)
            # On JAX variable and average are one buffer now, and a step gives each of its buffers away once.
            _put(variables, _copies(variables))

    def on_train_end(self, logs=None):
        """Forgets the weights: what follows starts from the average."""
        self.own = []

    def state(self) -> dict[str, np.ndarray]:
        """The weights that the average stands in for at an epoch's end: what a checkpoint holds beside the model."""
        return {f"{index:04}": array for index, array in enumerate(self.own)}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Takes back what `state` gave."""
        self.own = [array for _, array in sorted(state.items())]


def _put(variables, arrays: list[np.ndarray]):
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _copies(variables) -> list[np.ndarray]:
    return [np.array(keras.ops.convert_to_tensor(variable)) for variable in variables]
