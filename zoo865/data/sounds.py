"""Reading sounds, and drawing their waveforms."""

import io
import itertools
import os
import struct
import zipfile

import numpy as np

from zoo865.errors import ZooError

LOUDEST = 2.0  # floats may go a little beyond 1, where a sound was amplified
PICTURE = (48, 240)  # rows and columns of a wave's picture


def read(given, rate: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """A sound as samples at a rate.

    Args:
        given: a WAV file (PCM of 8 to 32 bits, or floats): a path, its bytes, or an open file.
        rate: samples a second that are wanted.

    Returns:
        (samples,) float32 in [-1, 1], the mean of its channels, and notes on what was done.

    Raises:
        ZooError: no such file, or no whole WAV file.
    """
    from scipy.io import wavfile

    if isinstance(given, zipfile.Path):
        given = given.read_bytes()
    if isinstance(given, bytearray):
        given = bytes(given)
    if not isinstance(given, (str, bytes, os.PathLike)) and not hasattr(given, "read"):
        raise ZooError(f"a value of type {type(given).__name__} is not a sound", "give a WAV file, or samples")
    name = f"sound {given}" if isinstance(given, (str, os.PathLike)) else "the given sound"
    try:
        of_file, samples = wavfile.read(io.BytesIO(given) if isinstance(given, bytes) else given)
    except FileNotFoundError as error:
        raise ZooError(f"no {name}", "check the path") from error
    except (OSError, ValueError, EOFError, struct.error, TypeError, UnicodeDecodeError) as error:
        raise ZooError(f"cannot read {name}: {error}", "is it a complete WAV file?") from error
    notes = [f"averaged {samples.shape[1]} channels"] if samples.ndim == 2 else []
    samples = from_array(samples)
    if of_file != rate:
        from scipy.signal import resample_poly

        common = np.gcd(rate, of_file)
        samples = resample_poly(samples, rate // common, of_file // common).astype("float32")
        notes.append(f"resampled from {of_file:,} to {rate:,} Hz")
    return samples, tuple(notes)


def from_array(samples) -> np.ndarray:
    """(samples,) or (samples, channels) of any WAV format's numbers as (samples,) float32 in [-1, 1].

    Raises:
        ZooError: another shape, or floats that are not finite.
    """
    samples = np.asarray(samples)
    if samples.dtype.kind not in "f" and samples.dtype not in ("uint8", "int16", "int32"):
        raise ZooError(f"an array of {samples.dtype} is not a sound", "give floats in [-1, 1], or int16")
    if samples.ndim not in (1, 2):
        raise ZooError(f"a sound must have shape (samples,) or (samples, channels), not {samples.shape}")
    if samples.dtype == np.uint8:  # WAV's 8 bits alone have no sign
        samples = (samples.astype("float32") - 128) / 128
    elif samples.dtype.kind in "iu":
        samples = samples.astype("float32") / (np.iinfo(samples.dtype).max + 1)
    samples = samples.astype("float32")
    if not np.isfinite(samples).all():
        raise ZooError("the sound has non-finite samples", "is the file complete?")
    if len(samples) and np.abs(samples).max() > LOUDEST:
        raise ZooError(f"the sound has samples up to {np.abs(samples).max():.3g}", "they must lie in [-1, 1]")
    return samples.mean(1) if samples.ndim == 2 else samples


def wave_picture(samples) -> np.ndarray:
    """A wave as a picture, (rows, columns, 1) uint8: in each column the range of its samples, light on dark."""
    rows, columns = PICTURE
    picture = np.full((rows, columns, 1), 24, "uint8")
    if len(samples):
        edges = np.linspace(0, len(samples), columns + 1).astype(int)
        for column, (start, end) in enumerate(itertools.pairwise(edges)):
            part = np.clip(samples[start : max(end, start + 1)], -1, 1)
            top, bottom = (round(float(1 - level) / 2 * (rows - 1)) for level in (part.max(), part.min()))
            picture[top : bottom + 1, column] = 220
    return picture
