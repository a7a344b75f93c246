"""Mu-law: samples as 256 levels that lie closer where it is quiet, as telephones have them (ITU-T G.711, 1972).

With mu = 255, of which WaveNet's 256 levels come: the largest is 1 again, and silence has a level of its own.
"""

from typing import Any

import numpy as np

LEVELS, MU = 256, 255
SILENCE = LEVELS // 2  # the level of 0


def mu_law_levels(samples: Any, backend: Any = np) -> Any:
    """Samples in [-1, 1] as levels.

    Args:
        samples: float32 of any shape; what lies beyond is clipped.
        backend: whose functions compute it: NumPy, or `keras.ops` in a graph.

    Returns:
        Integers from 0 to 255, int32.

    Example:
        >>> mu_law_levels(np.array([-1, -0.01, 0, 0.01, 1], "float32")).tolist()
        [0, 98, 128, 157, 255]
    """
    clipped = backend.clip(samples, -1.0, 1.0)
    # log1p does not convert to ONNX; a sample that a float can hold is far enough from 0.
    curved = backend.sign(clipped) * backend.log(1.0 + MU * backend.abs(clipped)) / np.float32(np.log(LEVELS))
    levels = backend.floor((curved + 1.0) * np.float32(MU / 2) + 0.5)
    return levels.astype("int32") if backend is np else backend.cast(levels, "int32")


def mu_law_samples() -> np.ndarray:
    """The sample of each level, (256,) float32 in [-1, 1].

    Example:
        >>> samples = mu_law_samples()
        >>> samples[[0, 255]].tolist(), bool((mu_law_levels(samples) == np.arange(256)).all())
        ([-1.0, 1.0], True)
    """
    curved = np.linspace(-1, 1, LEVELS)
    return (np.sign(curved) * (LEVELS ** np.abs(curved) - 1) / MU).astype("float32")
