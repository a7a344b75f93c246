"""Sounds in a report: to see and to hear."""

import io
from collections.abc import Sequence

import numpy as np

from zoo865.data import sounds
from zoo865.tasks.task import Pictures


def sound_pictures(
    heard: Sequence[np.ndarray], captions: Sequence[str], rate: int, columns: int | None = None
) -> Pictures:
    """Sounds as pictures that play.

    Args:
        heard: (samples,) float32 in [-1, 1] each.
        captions: a text below each.
        rate: samples a second.
        columns: sounds in a row, where rows belong together.

    Returns:
        Their waves and spectrograms, each with the sound.
    """
    files = []
    for one in heard:
        sounds.write(file := io.BytesIO(), one, rate, ".wav")
        files.append(file.getvalue())
    return Pictures([sounds.sound_picture(one) for one in heard], captions, columns or 3, files)
