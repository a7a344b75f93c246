"""Noise in place of real inputs: for checks of bare models, and for `bench`."""

import numpy as np


def noise_like(array: np.ndarray) -> np.ndarray:
    """Numbers in place of real inputs, always the same, of an array's shape and dtype: floats around 0, bytes of any
    value; what else there is stays as it is.
    """
    random = np.random.default_rng(0)
    if array.dtype.kind == "f":
        return random.standard_normal(array.shape).astype(array.dtype)
    return random.integers(0, 256, array.shape).astype("uint8") if array.dtype == np.uint8 else array
