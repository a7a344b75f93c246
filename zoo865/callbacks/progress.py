"""One line per epoch, and a progress bar while it runs."""

import functools
import time
from collections.abc import Callable, Mapping

import keras
import rich.progress
from rich.console import Console


class Progress(keras.callbacks.Callback):
    """Prints one line per epoch: loss, numbers from the batches, the first held-out measure, speed, time left.

    On a terminal, a progress bar is shown below.

    Args:
        epochs: of the whole run, over all phases.
        steps: batches in an epoch.
        examples_per_step: what a training step counts as, its batch or an agent's steps.
        unit: what an example is called ("images").
        batch_logs: () -> current numbers from the batches, such as an agent's return.

    Example:
        >>> progress = Progress(epochs=2, steps=1, examples_per_step=8)  # prints to stderr
        >>> line.fit(x, y, epochs=2, verbose=0, callbacks=[progress]).epoch
        [0, 1]
    """

    def __init__(
        self,
        *,
        epochs: int,
        steps: int,
        examples_per_step: int,
        unit: str = "examples",
        batch_logs: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        super().__init__()
        self.epochs, self.steps, self.examples_per_step, self.unit = epochs, steps, examples_per_step, unit
        self.batch_logs = batch_logs
        # Names are a person's: [red] is no markup, :dog: is no emoji.
        self.console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
        self.bar: rich.progress.Progress | None = None
        self.began, self.first = 0.0, None

    def on_train_begin(self, logs=None):
        """Starts the bar."""
        self.began = self.began or time.monotonic()
        if self.console.is_terminal and not self.console.is_jupyter:
            text = functools.partial(rich.progress.TextColumn, markup=False)
            columns = (text("{task.description}"), rich.progress.BarColumn(24), text("{task.fields[state]}"))
            self.bar = rich.progress.Progress(*columns, console=self.console, transient=True)
            self.bar.start()

    def on_epoch_begin(self, epoch, logs=None):
        """Begins an epoch's bar."""
        self.epoch_began = time.monotonic()
        self.first = epoch if self.first is None else self.first
        if self.bar:
            for task in self.bar.task_ids:
                self.bar.remove_task(task)
            self.task = self.bar.add_task(f"epoch {epoch + 1}/{self.epochs}", total=self.steps, state="starting")

    def on_train_batch_end(self, batch, logs=None):
        """Moves the bar."""
        if self.bar:
            done = min(batch + 1, self.steps)
            speed = done * self.examples_per_step / (time.monotonic() - self.epoch_began)
            numbers = {"loss": (logs or {}).get("loss", float("nan")), **self.batch_logs()}
            state = "  ".join([f"{speed:,.0f} {self.unit}/s", *map(_number, numbers.items())])
            self.bar.update(self.task, completed=done, state=state)

    def on_epoch_end(self, epoch, logs=None):
        """Prints the epoch's line."""
        held_out = [(name, value) for name, value in logs.items() if name.startswith("val_")]
        numbers = [("loss", logs["loss"]), *self.batch_logs().items(), *held_out[:1]]
        done = epoch + 1
        left = (time.monotonic() - self.began) / (done - self.first) * (self.epochs - done)
        self.console.print(
            f"epoch {done:>{len(str(self.epochs))}}/{self.epochs}",
            *map(_number, numbers),
            f"{logs.get('examples_per_second', 0):,.0f} {self.unit}/s",
            f"{clock(left)} left"
            if done < self.epochs and not self.model.stop_training
            else f"{clock(time.monotonic() - self.began)} total",
            sep="  ",
        )

    def on_train_end(self, logs=None):
        """Removes the bar."""
        self.close()

    def close(self):
        """Removes the bar, also after `fit` failed."""
        if self.bar:
            self.bar.stop()
            self.bar = None


def _number(named) -> str:
    name, value = named
    return f"{name} {value:.4g}" if abs(value) >= 10 else f"{name} {value:.4f}"


def clock(seconds: float) -> str:
    """Seconds as minutes:seconds, or hours:minutes:seconds."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
