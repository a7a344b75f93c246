"""Reasons to stop before the last epoch: good enough, time is up, Ctrl-C, a loss that is no number, nothing to gain."""

import math
import signal
import threading
import time

import keras

from zoo865.errors import ZooError


class TimeBudget(keras.callbacks.Callback):
    """Stops training after the batch in which the budget runs out; the epoch's end is still measured.

    Args:
        minutes: the budget, counted from the first batch of the first `fit`; None is no bound.
    """

    def __init__(self, minutes: float | None):
        super().__init__()
        self.minutes = math.inf if minutes is None else minutes
        if not self.minutes > 0:
            raise ZooError(f"minutes must be above 0, not {minutes}")
        self.deadline, self.stopped = None, False

    def on_train_begin(self, logs=None):
        """Starts the clock, once."""
        self.deadline = self.deadline or time.monotonic() + 60 * self.minutes

    def on_train_batch_end(self, batch, logs=None):
        """Stops when time is up."""
        if time.monotonic() >= self.deadline:
            self.stopped = self.model.stop_training = True


class StopAtGoal(keras.callbacks.Callback):
    """Ends a phase after the epoch in which a measure reaches the phase's goal, or has not got better for too long.

    Args:
        measure: its name.
        direction: "max" where more is better, or "min".
        rows: () -> the numbers of all epochs so far, this one's too.

    Attributes:
        phase: whose `stop_at` and `patience` hold.
    """

    def __init__(self, measure: str, direction: str, rows):
        super().__init__()
        self.measure, self.direction, self.rows, self.phase = measure, direction, rows, None

    @property
    def reached(self) -> bool:
        """Whether the phase is over."""
        return bool(self.phase.why_over(self.rows(), self.measure, self.direction))

    def on_epoch_end(self, epoch, logs=None):
        """Ends the phase."""
        if self.reached:
            self.model.stop_training = True


class StopOnInterrupt(keras.callbacks.Callback):
    """Ctrl-C ends training after the current batch, as if it were the last one; a second Ctrl-C ends at once."""

    def __init__(self):
        super().__init__()
        self.stopped, self.before = False, None

    def on_train_begin(self, logs=None):
        """Listens, where Python lets a thread do so."""
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self._interrupt)

    def on_train_batch_end(self, batch, logs=None):
        """Stops if asked."""
        if self.stopped:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Listens no more."""
        self.release()

    def release(self):
        """Gives Ctrl-C back to whoever had it; also for when `fit` ended with an error."""
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)
            self.before = None

    def _interrupt(self, number, frame):
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = True


class StopOnNaN(keras.callbacks.Callback):
    """Ends training with a ZooError where the loss, or a measure at an epoch's end, is NaN or infinite.

    It stands behind what measures and before what keeps: weights that a last step has ruined are not kept.

    Args:
        hint: () -> what the user can do.
    """

    def __init__(self, hint=lambda: "lower the learning rate"):
        super().__init__()
        self.hint = hint

    def on_epoch_begin(self, epoch, logs=None):
        """Remembers the epoch for the message."""
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Checks the loss; with several steps in one execution `batch` is the last of them."""
        if not math.isfinite((logs or {}).get("loss", 0.0)):
            step = min(batch + 1, self.params["steps"])  # Keras may name one past the data's end
            raise ZooError(f"the loss became {logs['loss']} at step {step} of epoch {self.epoch + 1}", self.hint())

    def on_epoch_end(self, epoch, logs=None):
        """Checks every number of the epoch."""
        for name, value in (logs or {}).items():
            if not math.isfinite(value):
                raise ZooError(f"{name} became {value} at the last step of epoch {epoch + 1}", self.hint())


class TrainingDiverged(Exception):  # noqa: N818
    """Training has come to nothing; says why."""


class StopOnDivergence(keras.callbacks.Callback):
    """Ends `fit` with `TrainingDiverged` at the end of an epoch in which training came to nothing.

    It stands before what keeps: that epoch's weights are not kept.

    Args:
        diverged: logs -> why, or "".
    """

    def __init__(self, diverged):
        super().__init__()
        self.diverged = diverged

    def on_epoch_end(self, epoch, logs=None):
        """Asks."""
        if reason := self.diverged(logs):
            raise TrainingDiverged(f"{reason} in epoch {epoch + 1}")
