"""What an epoch's end looks like, as a picture on disk."""

from pathlib import Path

import keras

from zoo865.files import write_png


class ImageSamples(keras.callbacks.Callback):
    """Writes a picture at an epoch's end: DIRECTORY/0001.png.

    Args:
        directory: where to.
        see: model -> (height, width, 1 or 3) uint8, or None where there is nothing to see.
    """

    def __init__(self, directory, see):
        super().__init__()
        self.directory, self.see = Path(directory), see

    def on_epoch_end(self, epoch, logs=None):
        """Looks, and writes."""
        image = self.see(self.model)
        if image is not None:
            write_png(self.directory / f"{epoch + 1:04}.png", image)
