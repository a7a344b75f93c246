"""Held-out measures in the logs of every epoch."""

from collections.abc import Callable, Mapping

import keras


class Measure(keras.callbacks.Callback):
    """Adds measures of the model to an epoch's logs, for later callbacks and the history.

    Args:
        measure: model -> {"accuracy": 0.98, ...}; each name gets the prefix "val_".

    Example:
        >>> slope = Measure(lambda model: {"slope": float(model.get_weights()[0][0, 0])})
        >>> list(line.fit(x, y, epochs=2, verbose=0, callbacks=[slope]).history)
        ['loss', 'val_slope']
    """

    def __init__(self, measure: Callable[[keras.Model], Mapping[str, float]]) -> None:
        super().__init__()
        self.measure = measure

    def on_epoch_end(self, epoch, logs=None):
        """Measures."""
        logs.update({f"val_{name}": value for name, value in self.measure(self.model).items()})
