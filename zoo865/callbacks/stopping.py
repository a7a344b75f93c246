"""Reasons to stop before the last epoch: early stopping, time budget, Ctrl-C, NaN, divergence."""

import math
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from zoo865.errors import ZooError


class TimeBudget(keras.callbacks.Callback):
    """Stops training after the batch in which the budget runs out; the epoch's end is still measured.

    Args:
        minutes: the budget, counted from the first batch of the first `fit`; None for no limit.

    Raises:
        ZooError: a budget of 0 minutes or less.

    Example:
        >>> line.fit(x, y, epochs=9, verbose=0, callbacks=[TimeBudget(minutes=1e-9)]).epoch
        [0]
    """

    def __init__(self, minutes: float | None) -> None:
        super().__init__()
        self.minutes = math.inf if minutes is None else minutes
        if not self.minutes > 0:
            raise ZooError(f"minutes must be greater than 0, not {minutes}")
        self.deadline, self.stopped = math.inf, False

    def on_train_begin(self, logs=None):
        """Starts the clock, once."""
        if self.deadline == math.inf:
            self.deadline = time.monotonic() + 60 * self.minutes

    def on_train_batch_end(self, batch, logs=None):
        """Stops when time is up."""
        if time.monotonic() >= self.deadline:
            self.stopped = self.model.stop_training = True


class StopAtGoal(keras.callbacks.Callback):
    """Early stopping: ends a phase when a measure reaches its goal or has not improved for `patience` epochs.

    Args:
        measure: its name.
        direction: "max" where more is better, or "min".
        phase: whose `stop_at` and `patience` hold; the loop sets the next one.
        rows: () -> the numbers of all epochs so far, this one's too.

    Example:
        >>> rows = [{"phase": "train", "accuracy": 0.9}]
        >>> goal = StopAtGoal("accuracy", "max", zoo865.Phase(stop_at=0.8), lambda: rows)
        >>> line.fit(x, y, epochs=9, verbose=0, callbacks=[goal]).epoch
        [0]
    """

    def __init__(
        self, measure: str, direction: str, phase: Any, rows: Callable[[], Sequence[Mapping[str, Any]]]
    ) -> None:
        super().__init__()
        self.measure, self.direction, self.phase, self.rows = measure, direction, phase, rows

    @property
    def reached(self) -> bool:
        """Whether the phase is over."""
        return bool(self.phase.why_over(self.rows(), self.measure, self.direction))

    def on_epoch_end(self, epoch, logs=None):
        """Ends the phase."""
        if self.reached:
            self.model.stop_training = True


class StopOnInterrupt(keras.callbacks.Callback):
    """Ctrl-C ends training after the current batch, as if it were the last one; a second Ctrl-C ends at once.

    Example:
        >>> stop = StopOnInterrupt()
        >>> history = line.fit(x, y, verbose=0, callbacks=[stop])
        >>> stop.stopped
        False
    """

    def __init__(self) -> None:
        super().__init__()
        self.stopped = False
        self.before: Callable | int | None = None

    def on_train_begin(self, logs=None):
        """Installs the handler, which Python allows in the main thread only."""
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self._interrupt)

    def on_train_batch_end(self, batch, logs=None):
        """Stops if Ctrl-C was pressed."""
        if self.stopped:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Restores the handler."""
        self.release()

    def release(self):
        """Restores the previous Ctrl-C handler, also after `fit` failed."""
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)
            self.before = None

    def _interrupt(self, number, frame):
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = True


class StopOnNaN(keras.callbacks.Callback):
    """Ends training with a ZooError where the loss, or a measure at an epoch's end, is NaN or infinite.

    It runs after callbacks that measure and before those that save: weights that the last step ruined are not saved.

    Args:
        hint: () -> what the user can do.

    Raises:
        ZooError: from `fit`, with the number, its epoch and the hint.

    Example:
        >>> line.fit(x, y * np.nan, verbose=0, callbacks=[StopOnNaN()])
        Traceback (most recent call last):
            ...
        zoo865.errors.ZooError: ...nan...
    """

    def __init__(self, hint: Callable[[], str] = lambda: "lower the learning rate") -> None:
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
    """Training has diverged; says why.

    Example:
        >>> str(TrainingDiverged("mode collapse in epoch 3"))
        'mode collapse in epoch 3'
    """


class StopOnDivergence(keras.callbacks.Callback):
    """Ends `fit` with `TrainingDiverged` after an epoch in which training diverged.

    It runs before callbacks that save: that epoch's weights are not saved.

    Args:
        diverged: logs -> why, or "".

    Raises:
        TrainingDiverged: from `fit`, with the reason and the epoch.

    Example:
        >>> collapse = StopOnDivergence(lambda logs: "mode collapse" if logs["loss"] > 0 else "")
        >>> line.fit(x, y, verbose=0, callbacks=[collapse])
        Traceback (most recent call last):
            ...
        zoo865.callbacks.stopping.TrainingDiverged: mode collapse in epoch 1
    """

    def __init__(self, diverged: Callable[[Mapping[str, float]], str]) -> None:
        super().__init__()
        self.diverged = diverged

    def on_epoch_end(self, epoch, logs=None):
        """Checks the epoch's logs."""
        if reason := self.diverged(logs):
            raise TrainingDiverged(f"{reason} in epoch {epoch + 1}")
