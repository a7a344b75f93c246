"""Exports of runs that another backend trained, written in a process of its own where Keras runs on TensorFlow.

JAX's own way to a SavedModel wraps its compiled program: that writes variables on every call, knows only the platforms
it was compiled for, and does not convert to ONNX. Weights are the same in all backends; the graph may be TensorFlow's.

    KERAS_BACKEND=tensorflow python by_tensorflow.py RUN PATH FORMAT SIGNATURE...
"""

import os
import subprocess
import sys
from pathlib import Path

from zoo865.errors import ZooError


def write_by_tensorflow(run_dir, path, format: str, names):
    """Writes the named signatures of a run. Raises ZooError where that fails."""
    command = [sys.executable, __file__, str(run_dir), str(path), format, *names]
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        reason = (done.stderr.strip().split("\n") or [""])[-1]
        raise ZooError(f"the export by TensorFlow failed: {reason.removeprefix('zoo865.errors.ZooError: ')}")


if __name__ == "__main__":
    from zoo865.exporting.export import FORMS, signatures_of
    from zoo865.training.published import find_trained

    run_dir, path, format, *names = sys.argv[1:]
    signatures = signatures_of(find_trained(run_dir))
    FORMS[format].write({name: signatures[name] for name in names}, Path(path))
