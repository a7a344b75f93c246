"""Pictures."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.data import picture_files, pictures
from zoo865.data.features.feature import Feature, array_of, is_pil
from zoo865.data.file_tree import file_tree
from zoo865.errors import ZooError


@dataclass(frozen=True)
class Image(Feature):
    """A picture: (height, width, 1 or 3) uint8; the model sees float32 in [0, 1].

    Args:
        shape: (height, width, channels) that the model takes.
        ink: "light" for drawings of light ink on dark ground (MNIST), "dark" for the opposite, "" for pictures without.
        ink_margin: pixels left free around the ink when the set was made, or None if it was not framed.
        binary: whether pixels are 0 or 255 and nothing between.
        crop: whether of pictures in other proportions the centre is cut out; else they are squeezed.

    Example:
        >>> pixels, notes = Image((28, 28, 1)).read(np.zeros((50, 60, 3), "uint8"))
        >>> pixels.shape, pixels.dtype
        ((28, 28, 1), dtype('uint8'))
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

    @classmethod
    def files_in(cls, place):
        """Those whose names end as pictures' do, and others that begin as pictures do."""
        return file_tree(place, cls.suffixes, picture_files.is_picture)

    def read(self, given):
        """A picture file, its bytes, a PIL image, an array or a tensor (whole numbers up to 255, or floats in [0, 1]).

        A drawing keeps its own size: the graph inverts, cuts out and centres it, and the notes say so. Other pictures
        are resized here, as they are when they are read for training.
        """
        size = None if self.ink else self.shape[:2]
        if hasattr(given, "shape"):
            image = pictures.from_array(self._as_bytes(np.asarray(given)), self.shape[2])
            if size and image.shape[:2] != size:
                image = pictures.resize(image, size, self.crop)
        elif is_pil(given):
            image = pictures.from_pil(given, self.shape[2], size, self.crop)
        elif isinstance(given, (list, tuple)):
            image = self.read(array_of(given, "an image"))[0]
        else:
            image = pictures.read(given, self.shape[2], size, self.crop)
        return image, pictures.changes_of(image, self)

    def is_one(self, given):
        """Not of (images, height, width), as sets of grey images are often held; three of another size than the
        model's may be the channels.
        """
        shape = tuple(getattr(given, "shape", ()))
        grey_images = (len(shape) == 3 and shape[-1] > pictures.MOST_CHANNELS and self.shape[2] == 1) and (
            shape[0] != 3 or shape[1:] == self.shape[:2]
        )
        return super().is_one(given) and not grey_images

    def reads_as(self, other):
        """Where it has the same shape: ink, framing and crop are of who prepares."""
        return isinstance(other, Image) and self.shape == other.shape

    def show(self, value):
        """The picture."""
        value = np.asarray(value)
        return value if value.dtype == np.uint8 else pictures.as_bytes(value)

    def _as_bytes(self, array: np.ndarray) -> np.ndarray:
        """Whole numbers of any type as uint8. Where none goes beyond 1, 1 is white: of bytes too, as masks are held.

        Raises:
            ZooError: there are several images, or the channel axis is ambiguous.
        """
        if array.ndim == 4 or (array.ndim == 3 and not self.is_one(array)):
            wrong = f"an array of shape {array.shape} holds several images, but one example has one"
            raise ZooError(wrong, "give only the images, or a list with one example each")
        if array.ndim == 3 and array.shape[-1] > pictures.MOST_CHANNELS:
            wrong = f"an array of shape {array.shape} holds several grey images, or one with channels first"
            raise ZooError(wrong, "give images[..., None], or np.moveaxis(image, 0, -1)")
        if not (array.dtype.kind in "iu" and array.size and array.min() >= 0 and array.max() <= 255):
            return array
        return array.astype("uint8") * np.uint8(1 if array.max() > 1 else 255)
