"""Evaluating and saving the exponential moving average (EMA) of the weights while training goes on."""

import keras
import numpy as np


class AverageWeights(keras.callbacks.Callback):
    """After each epoch, puts the optimizer's EMA of the weights (`use_ema=True`) into the model.

    Later callbacks measure and save the average. The next epoch continues from the weights as they were; when `fit`
    ends, the average stays. Without an EMA in the optimizer it does nothing.

    Example:
        >>> line.compile(keras.optimizers.SGD(use_ema=True, ema_momentum=0.9), "mse", run_eagerly=True)
        >>> line.fit(x, y, epochs=2, verbose=0, callbacks=[AverageWeights()]).epoch
        [0, 1]
    """

    def __init__(self) -> None:
        super().__init__()
        self.own = []

    def on_epoch_begin(self, epoch, logs=None):
        """Restores the weights."""
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
        """The weights that the average replaces after an epoch, for the checkpoint."""
        return {f"{index:04}": array for index, array in enumerate(self.own)}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Restores what `state` returned."""
        self.own = [array for _, array in sorted(state.items())]


def _put(variables, arrays: list[np.ndarray]):
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _copies(variables) -> list[np.ndarray]:
    return [np.array(keras.ops.convert_to_tensor(variable)) for variable in variables]
