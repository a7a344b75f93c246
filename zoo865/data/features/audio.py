"""Sound."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.data import sounds
from zoo865.data.features.feature import Feature, array_of

MOST_CHANNELS = 8  # of one sound; an array of more columns holds several sounds


@dataclass(frozen=True)
class Audio(Feature):
    """A sound, (samples,) float32 in [-1, 1]; the model sees the first `length` of them, padded with silence behind.

    Args:
        rate: samples per second.
        length: the most that one example has; None where the model sees all of it, however long.

    Example:
        >>> sound = Audio(rate=8000, length=4000)
        >>> samples, notes = sound.read(np.zeros(2000, "int16"))
        >>> samples.dtype, sound.prepared_shape
        (dtype('float32'), (4000,))
    """

    rate: int
    length: int | None = None

    kind: ClassVar = "audio"
    shape: ClassVar = (None,)
    dtype: ClassVar = "float32"
    suffixes: ClassVar = sounds.SUFFIXES
    usual_length: ClassVar = 800  # a tenth of a second at 8 kHz

    @property
    def prepared_shape(self) -> tuple:
        """(length,)."""
        return (self.length,)

    def read(self, given):
        """A WAV, FLAC, OGG or MP3 file, its bytes, an open file, or samples at `rate`: float32 in [-1, 1], or int16."""
        notes: tuple[str, ...] = ()
        if hasattr(given, "shape") or isinstance(given, (list, tuple)):
            samples = sounds.from_array(array_of(given, "a sound"))
        else:
            samples, notes = sounds.read(given, self.rate)
        if self.length is not None and len(samples) > self.length:
            seconds, most = len(samples) / self.rate, self.length / self.rate
            notes += (f"its first {most:.2f} of {seconds:.2f} s",)
        return samples[: self.length], notes

    def is_one(self, given):
        """An array of (samples, channels) too, as WAV files hold them."""
        shape: tuple = getattr(given, "shape", ())
        return super().is_one(given) or (len(shape) == 2 and 0 < shape[1] <= MOST_CHANNELS < shape[0])

    def reads_as(self, other):
        """Where the rates are the same."""
        return isinstance(other, Audio) and self.rate == other.rate

    def show(self, value):
        """Its wave and its spectrogram, as a picture."""
        return sounds.sound_picture(np.asarray(value, "float32"))
