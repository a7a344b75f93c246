"""The SavedModel of a run that another backend trained, written in a process of its own where Keras runs on TensorFlow.

JAX's own way to a SavedModel wraps its compiled program: that writes variables on every call, knows only the platforms
it was compiled for, and does not convert to ONNX. Weights are the same in all backends; the graph may be TensorFlow's.

    KERAS_BACKEND=tensorflow python export_subprocess.py RUN PATH
"""

import os
import subprocess
import sys

from zoo865.errors import ZooError


def write_by_tensorflow(run_dir, path):
    """Writes the SavedModel of a run.

    Raises:
        ZooError: that fails.
    """
    command = [sys.executable, __file__, str(run_dir), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "KERAS_BACKEND": "tensorflow"})
    if done.returncode:
        reason = (done.stderr.strip().split("\n") or [""])[-1]
        raise ZooError(f"the export by TensorFlow failed: {reason.removeprefix('zoo865.errors.ZooError: ')}")


if __name__ == "__main__":
    from zoo865.exporting.export import signatures_of
    from zoo865.exporting.fold import folded
    from zoo865.exporting.saved_model import write
    from zoo865.training.carried import carried
    from zoo865.training.published import find_trained

    run = find_trained(sys.argv[1])
    write(signatures_of(run.recipe.task, folded(run.model), run.spec, *carried(run)), sys.argv[2])
