"""The SavedModel, which TensorFlow alone can serve."""

import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from zoo865.errors import ZooError
from zoo865.exporting.compare import difference


def write(signatures, path: Path):
    """Writes signatures as a SavedModel."""
    # Nothing is tracked: Keras would write each variable twice, as its own and as TensorFlow's, and those that no
    # signature reads too.
    archive = keras.export.ExportArchive()
    for name, signature in signatures.items():
        inputs = [tf.TensorSpec(shape, dtype, name=key) for key, (shape, dtype) in signature.inputs.items()]
        archive.add_endpoint(name, signature.function, inputs)
    archive.write_out(str(path), verbose=False)


def check(path, signatures) -> float:
    """Loads a SavedModel in a fresh process and compares it with the functions it was made from.

    Returns:
        The largest absolute difference over all signatures and their float outputs.

    Raises:
        ZooError: it does not load, holds ops without a place in serving, or its results differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, signature in signatures.items():
            np.savez(f"{folder}/{name}.in.npz", **storable(signature.sample))
        script = Path(__file__).with_name("load_alone.py")
        command = [sys.executable, str(script), str(path), folder]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().split("\n") or [""])[-1]
            raise ZooError(f"the export failed its check in a fresh process: {reason}")
        worst = 0.0
        for name, signature in signatures.items():
            with np.load(f"{folder}/{name}.out.npz") as found:
                worst = max(worst, difference(name, signature, signature.sample, found))
        return worst


def storable(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays as NumPy's files hold them without pickling: texts in NumPy's own strings."""
    return {name: array.astype(str) if array.dtype == object else array for name, array in arrays.items()}
