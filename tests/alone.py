"""What an export answers in a fresh process that can import neither zoo865 nor Keras."""

import json
import subprocess
import sys

import numpy as np

SCRIPT = """
import json, sys
sys.modules["zoo865"] = sys.modules["keras"] = None
import numpy as np, tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1])
inputs = np.load(sys.argv[2])
outputs = loaded.signatures["serving_default"](**{k: tf.constant(inputs[k]) for k in inputs})
print(json.dumps({k: v.numpy().tolist() for k, v in outputs.items()}))
"""


def served_alone(export, inputs, folder) -> dict[str, np.ndarray]:
    """Outputs of an export's first signature, by name."""
    np.savez(folder / "inputs.npz", **inputs)
    command = [sys.executable, "-c", SCRIPT, str(export), str(folder / "inputs.npz")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return {name: np.array(values) for name, values in json.loads(done.stdout).items()}
