"""Sample images on disk after every epoch."""

import os
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from zoo865.files import write_png


class ImageSamples(keras.callbacks.Callback):
    """Writes a picture at an epoch's end: DIRECTORY/0001.png.

    Args:
        directory: where to write.
        see: model -> (height, width, 1 or 3) uint8, or None to write nothing.

    Example:
        >>> samples = ImageSamples("epochs", lambda model: np.zeros((4, 4, 1), "uint8"))
        >>> history = line.fit(x, y, epochs=2, verbose=0, callbacks=[samples])
        >>> sorted(path.name for path in Path("epochs").iterdir())
        ['0001.png', '0002.png']
    """

    def __init__(self, directory: str | os.PathLike, see: Callable[[keras.Model], np.ndarray | None]) -> None:
        super().__init__()
        self.directory, self.see = Path(directory), see

    def on_epoch_end(self, epoch, logs=None):
        """Writes the picture."""
        image = self.see(self.model)
        if image is not None:
            write_png(self.directory / f"{epoch + 1:04}.png", image)
