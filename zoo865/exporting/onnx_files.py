"""The ONNX form of an export: one file a signature, which ONNX Runtime runs without TensorFlow."""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from zoo865.errors import ZooError
from zoo865.exporting import saved_model
from zoo865.exporting.compare import difference
from zoo865.exporting.onnx_engine import OnnxEngine, missing_extra


def write(signatures, path: Path):
    """Writes a folder of ONNX files.

    Raises:
        ZooError: tf2onnx or ONNX Runtime is not installed, or the model cannot be converted.
    """
    for package in ("tf2onnx", "onnxruntime"):
        if importlib.util.find_spec(package) is None:
            raise missing_extra(package)
    path.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        saved_model.write(signatures, f"{folder}/saved_model")
        script = Path(__file__).with_name("convert_to_onnx.py")
        command = [sys.executable, str(script), f"{folder}/saved_model", str(path), *signatures]
        done = subprocess.run(command, capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if line.strip()]
    # It ends well where it knows no form of an op, and leaves a file that does not load.
    unknown = [line for line in said if "nsupported op" in line]
    if done.returncode or unknown:
        raise ZooError(f"tf2onnx failed: {'; '.join(unknown or said[-1:]) or 'without a word'}")


def check(path, signatures) -> float:
    """Loads ONNX files in ONNX Runtime and compares them with the functions they were made from.

    Returns:
        The largest absolute difference over all signatures and their float outputs, at batch 1 and for whole samples.

    Raises:
        ZooError: a file does not load or run, or its results differ.
    """
    engine, worst = OnnxEngine(path, signatures), 0.0
    for name, signature in signatures.items():
        for size in (1, None):
            sample = {input_name: array[:size] for input_name, array in signature.sample.items()}
            try:
                found = engine.run(name, sample)
            except Exception as error:  # ONNX Runtime's own classes, one a kind of failure
                raise ZooError(f"signature {name!r} does not run in ONNX Runtime: {error}") from error
            worst = max(worst, difference(name, signature, sample, found))
    return worst
