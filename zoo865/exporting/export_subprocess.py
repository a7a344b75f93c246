"""The SavedModel of a run that another backend trained, written in a process of its own where Keras runs on TensorFlow.

JAX's own way to a SavedModel wraps its compiled program: that writes variables on every call, knows only the platforms
it was compiled for, and does not convert to ONNX. Weights are the same in all backends; the graph may be TensorFlow's.

    KERAS_BACKEND=tensorflow python export_subprocess.py RUN PATH DISTANCE.npz
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from zoo865.errors import ZooError
from zoo865.metrics.feature_distance import FeatureDistance


def write_by_tensorflow(run_dir, path, distance: FeatureDistance | None):
    """Writes the SavedModel of a run, given how far inputs lie from its training data.

    Raises:
        ZooError: that fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "distance.npz"
        np.savez(told, **(vars(distance) if distance else {}))
        command = [sys.executable, __file__, str(run_dir), str(path), str(told)]
        environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        reason = (done.stderr.strip().split("\n") or [""])[-1]
        raise ZooError(f"the export by TensorFlow failed: {reason.removeprefix('zoo865.errors.ZooError: ')}")


if __name__ == "__main__":
    from zoo865.exporting.export import examples_of, signatures_of
    from zoo865.exporting.fold import folded
    from zoo865.exporting.saved_model import write
    from zoo865.training.published import find_trained

    run = find_trained(sys.argv[1])
    with np.load(sys.argv[3]) as told:
        values = {name: array if array.ndim else array.item() for name, array in told.items()}
    distance = FeatureDistance(**values) if values else None
    write(signatures_of(run.recipe.task, folded(run.model), run.spec, examples_of(run), distance), sys.argv[2])
