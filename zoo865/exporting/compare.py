"""Compares the outputs of an export with those of the model it was made from."""

import keras
import numpy as np

from zoo865.errors import ZooError
from zoo865.inference import compiled
from zoo865.tasks.task import Signature

LARGEST_DIFFERENCE = 1e-4


def difference(name: str, signature: Signature, sample: dict[str, np.ndarray], found: dict[str, np.ndarray]) -> float:
    """The largest difference between what an export gave for a sample and what the model gives: absolute, of numbers
    beyond 1 relative.

    Args:
        name: of the signature.
        signature: its function in this process.
        sample: input name -> array.
        found: output name -> array, what the export gave for `sample`.

    Raises:
        ZooError: it is larger than 1e-4, whole numbers differ at all, or the model gives NaN or infinity.
    """
    given = (sample[input_name] for input_name in signature.inputs)
    # What loops takes ten times as long step by step.
    function = compiled(signature.function) if signature.loops else signature.function
    # Of backends TensorFlow alone has tensors of texts; what prepares them takes arrays too.
    expected = function(*(keras.ops.convert_to_tensor(a) if a.dtype.kind in "biuf" else a for a in given))
    worst = 0.0
    for output, value in expected.items():
        value = keras.ops.convert_to_numpy(value)
        if value.dtype == object:  # texts
            value = value.astype(bytes)
        elif not np.isfinite(value).all():
            raise ZooError(f"{output} of signature {name!r} is NaN or infinite on real inputs", "train again")
        if np.issubdtype(value.dtype, np.floating):
            worst = max(worst, float((np.abs(value - found[output]) / np.maximum(1, np.abs(value))).max()))
        elif not np.array_equal(value, found[output]):
            raise ZooError(f"{output} of signature {name!r} changed in the export")
    if not worst <= LARGEST_DIFFERENCE:
        raise ZooError(
            f"signature {name!r} differs by {worst:.2g} after export", f"at most {LARGEST_DIFFERENCE} is allowed"
        )
    return worst
