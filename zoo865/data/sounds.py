"""Reading sounds, and drawing their waveforms."""

import io
import itertools
import os
import zipfile
from pathlib import Path

import numpy as np

from zoo865.errors import ZooError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
LOUDEST = 2.0  # floats may go a little beyond 1, where a sound was amplified
UNKNOWN_SIZE = 0x7FFFF000  # bytes from which on a WAV file's size is a placeholder (SoX writes 36 more than this)
PICTURE = (48, 240)  # rows and columns of a wave's picture, and of its spectrum's
FRAME, RANGE = 256, 60.0  # samples that a column of the spectrum is of, and decibels below the loudest that it shows
DARK, LIGHT = 24, 220


def read(given, rate: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """A sound as samples at a rate.

    Args:
        given: a WAV, FLAC, OGG or MP3 file: a path, its bytes, or an open file.
        rate: samples a second that are wanted.

    Returns:
        (samples,) float32 in [-1, 1], the mean of its channels, and notes on what was done.

    Raises:
        ZooError: no such file, no sound, or one that is not whole; or soundfile is not installed.
    """
    if not isinstance(given, (str, bytes, bytearray, os.PathLike, zipfile.Path)) and not hasattr(given, "read"):
        raise ZooError(f"a value of type {type(given).__name__} is not a sound", "give a WAV file, or samples")
    of_a_file = isinstance(given, (str, os.PathLike, zipfile.Path))
    name, soundfile = f"sound {given}" if of_a_file else "the given sound", _soundfile()
    try:
        given = Path(given) if isinstance(given, (str, os.PathLike)) else given
        content = given.read_bytes() if of_a_file else given.read() if hasattr(given, "read") else given
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            of_file, samples, frames = file.samplerate, file.read(dtype="float32", always_2d=True), file.frames
    except FileNotFoundError as error:
        raise ZooError(f"no {name}", "check the path") from error
    except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
        said = getattr(error, "error_string", str(error))
        raise ZooError(f"cannot read {name}: {said}", "give a complete WAV, FLAC, OGG or MP3 file") from error
    # Of a WAV file that ends early soundfile gives what there is, and counts no more. Programs that write into a pipe
    # tell a size that no file has, and some leave out the byte that makes it even.
    told = int.from_bytes(content[4:8], "little") + 8 if content[:4] == b"RIFF" else 0
    if len(samples) < frames or len(content) + 1 < told < UNKNOWN_SIZE:
        raise ZooError(f"{name} is cut off after {len(samples) / of_file:.2f} s", "copy it again")
    notes = [f"averaged {samples.shape[1]} channels"] if samples.shape[1] > 1 else []
    samples = from_array(samples if samples.shape[1] > 1 else samples[:, 0], name)
    if of_file != rate:
        from scipy.signal import resample_poly

        common = np.gcd(rate, of_file)
        samples = resample_poly(samples, rate // common, of_file // common).astype("float32")
        notes.append(f"resampled from {of_file:,} to {rate:,} Hz")
    return samples, tuple(notes)


def write(file, samples: np.ndarray, rate: int, suffix: str):
    """Writes a sound, of 16 bits where the format has bits.

    Args:
        file: a path, or an open file.
        samples: (samples,) float32 in [-1, 1].
        rate: samples a second.
        suffix: of the format, one of `SUFFIXES`.

    Raises:
        ZooError: the format does not take this rate; or soundfile is not installed.
    """
    soundfile = _soundfile()
    try:
        soundfile.write(file, samples, rate, format=suffix[1:].upper())
    except soundfile.SoundFileError as error:
        raise ZooError(f"cannot write {suffix[1:]}: {error}", "write .wav") from error


def _soundfile():
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError where libsndfile is missing
        raise ZooError(f"sounds are read and written by soundfile: {error}", "pip install 'zoo865[audio]'") from error
    return soundfile


def from_array(samples, name: str = "the given sound") -> np.ndarray:
    """(samples,) or (samples, channels) of any WAV format's numbers as (samples,) float32 in [-1, 1].

    Args:
        samples: the numbers.
        name: what they are, for errors.

    Raises:
        ZooError: another shape, no samples at all, or floats that are not finite.
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
        raise ZooError(f"{name} has non-finite samples", "is it complete?")
    if not samples.size:
        raise ZooError(f"{name} is empty", "give one with samples")
    if np.abs(samples).max() > LOUDEST:
        raise ZooError(f"{name} has samples up to {np.abs(samples).max():.3g}", "they must lie in [-1, 1]")
    return samples.mean(1) if samples.ndim == 2 else samples


def sound_picture(samples) -> np.ndarray:
    """A sound as a picture, (rows, columns, 1) uint8, light on dark: above its wave, in each column the range of its
    samples; below its spectrogram, from the lowest frequency at the bottom to half the rate, the loudest lightest.
    """
    samples = np.clip(np.asarray(samples, "float64"), -1, 1)
    return np.concatenate([_wave(samples), np.full((2, PICTURE[1], 1), 255, "uint8"), _spectrum(samples)])


def _wave(samples) -> np.ndarray:
    rows, columns = PICTURE
    picture = np.full((rows, columns, 1), DARK, "uint8")
    if len(samples):
        edges = np.linspace(0, len(samples), columns + 1).astype(int)
        for column, (start, end) in enumerate(itertools.pairwise(edges)):
            part = samples[start : max(end, start + 1)]
            top, bottom = (round(float(1 - level) / 2 * (rows - 1)) for level in (part.max(), part.min()))
            picture[top : bottom + 1, column] = LIGHT
    return picture


def _spectrum(samples) -> np.ndarray:
    rows, columns = PICTURE
    padded = np.pad(samples, FRAME // 2)
    starts = np.linspace(0, len(samples), columns).astype(int)  # each column's frame has its place in the middle
    frames = padded[starts[:, None] + np.arange(FRAME)]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME)))[:, 1:] ** 2
    bands = np.maximum.reduceat(power.T, np.arange(rows) * power.shape[1] // rows)
    decibels = 10 * np.log10(np.maximum(bands, 1e-12))
    shades = np.clip(1 + (decibels - decibels.max()) / RANGE, 0, 1) if bands.any() else np.zeros_like(bands)
    return (DARK + (LIGHT - DARK) * shades[::-1, :, None]).astype("uint8")
