"""What training costs: seconds, and how many examples in each."""

import time

import keras


class Speed(keras.callbacks.Callback):
    """Writes an epoch's `seconds`, `cpu_seconds` of all threads, and `examples_per_second` into its logs.

    It runs before callbacks that measure and write, so that their time does not count.

    Args:
        examples_per_step: what a training step counts as, its batch or an agent's steps.

    Example:
        >>> history = line.fit(x, y, verbose=0, callbacks=[Speed(examples_per_step=8)]).history
        >>> round(history["examples_per_second"][0] * history["seconds"][0])
        8
    """

    def __init__(self, examples_per_step: int) -> None:
        super().__init__()
        self.examples_per_step = examples_per_step

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the clocks."""
        self.began, self.cpu_began, self.batches = time.perf_counter(), time.process_time(), 0

    def on_train_batch_end(self, batch, logs=None):
        """Counts batches. With several steps in one execution Keras names the last, even past the data's end."""
        self.batches = min(batch + 1, self.params["steps"])

    def on_epoch_end(self, epoch, logs=None):
        """Writes what was measured."""
        logs["seconds"] = time.perf_counter() - self.began
        logs["cpu_seconds"] = time.process_time() - self.cpu_began
        logs["examples_per_second"] = self.batches * self.examples_per_step / logs["seconds"]
