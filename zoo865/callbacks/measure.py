"""Held-out measures in every epoch's logs."""

import keras


class Measure(keras.callbacks.Callback):
    """Writes measures of the model into the logs at an epoch's end, where later callbacks and the history find them.

    Args:
        measure: model -> {"accuracy": 0.98, ...}; each name gets the prefix "val_".
    """

    def __init__(self, measure):
        super().__init__()
        self.measure = measure

    def on_epoch_end(self, epoch, logs=None):
        """Measures."""
        logs.update({f"val_{name}": value for name, value in self.measure(self.model).items()})
