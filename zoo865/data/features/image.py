"""Pictures."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.data import pictures
from zoo865.data.features.feature import Feature, array_of, is_pil


@dataclass(frozen=True)
class Image(Feature):
    """A picture: (height, width, 1 or 3) uint8; the model sees float32 in [0, 1].

    Args:
        shape: (height, width, channels) that the model takes.
        ink: "light" for drawings of light ink on dark ground (MNIST), "dark" for the opposite, "" for pictures without.
        ink_margin: pixels left free around the ink when the set was made, or None where nobody framed it.
        binary: whether pixels are 0 or 255 and nothing between.
        crop: whether of pictures in other proportions the centre is cut out; else they are squeezed.
    """

    shape: tuple[int, int, int]
    ink: str = ""
    ink_margin: int | None = None
    binary: bool = False
    crop: bool = False

    kind: ClassVar = "image"
    dtype: ClassVar = "uint8"
    suffixes: ClassVar = pictures.SUFFIXES

    @property
    def served_shape(self) -> tuple:
        """(any height, any width, 1 to 4 channels)."""
        return (None, None, None)

    def read(self, given):
        """A picture file, its bytes, a PIL image, an array or a tensor (uint8, or floats in [0, 1]).

        A drawing keeps its own size: the graph inverts, cuts out and centres it, and the notes say so. Other pictures
        are resized here, as they are when they are read for training.
        """
        size = None if self.ink else self.shape[:2]
        if hasattr(given, "shape"):
            image = pictures.from_array(given, self.shape[2])
            if size and image.shape[:2] != size:
                image = pictures.resize(image, size, self.crop)
        elif is_pil(given):
            image = pictures.from_pil(given, self.shape[2], size, self.crop)
        elif isinstance(given, (list, tuple)):
            image = self.read(array_of(given, "an image"))[0]
        else:
            image = pictures.read(given, self.shape[2], size, self.crop)
        return image, pictures.changes_of(image, self)

    def reads_as(self, other):
        """Where it has the same shape: ink, framing and crop are of who prepares."""
        return isinstance(other, Image) and self.shape == other.shape

    def show(self, value):
        """The picture."""
        value = np.asarray(value)
        return value if value.dtype == np.uint8 else pictures.as_bytes(value)
