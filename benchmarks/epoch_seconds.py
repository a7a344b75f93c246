"""How long the epochs of `zoo865.train` take, without what is measured between them."""

import contextlib
import time
from collections.abc import Iterator


@contextlib.contextmanager
def epoch_seconds() -> Iterator[list[float]]:
    """A list, to which every epoch that is trained within adds its CPU seconds."""
    from zoo865.training import loop

    before, seconds = loop.Speed, []

    class Timed(before):
        def on_epoch_begin(self, epoch, logs=None):
            super().on_epoch_begin(epoch, logs)
            self.cpu = time.process_time()

        def on_epoch_end(self, epoch, logs=None):
            seconds.append(time.process_time() - self.cpu)
            super().on_epoch_end(epoch, logs)

    loop.Speed = Timed
    try:
        yield seconds
    finally:
        loop.Speed = before
