"""The ONNX form of an export: one file a signature, which ONNX Runtime runs without TensorFlow."""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from zoo865.errors import ZooError
from zoo865.exporting.compare import difference
from zoo865.exporting.onnx_engine import OnnxEngine, missing_extra
from zoo865.exporting.saved_model import write_unchecked


def write(signatures, path: Path) -> float:
    """Writes a folder of ONNX files, and checks it.

    Returns:
        The largest difference that `check` found.

    Raises:
        ZooError: tf2onnx or ONNX Runtime is not installed, the model cannot be converted, or the check failed.
    """
    for package in ("tf2onnx", "onnxruntime"):
        if importlib.util.find_spec(package) is None:
            raise missing_extra(package)
    path.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        write_unchecked(signatures, f"{folder}/saved_model")
        script = Path(__file__).with_name("convert_to_onnx.py")
        command = [sys.executable, str(script), f"{folder}/saved_model", str(path), *signatures]
        done = subprocess.run(command, capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if line.strip()]
    if done.returncode:
        raise ZooError(f"tf2onnx failed: {said[-1] if said else 'without a word'}")
    try:
        return check(path, signatures)
    except ZooError as error:
        unsupported = [line for line in said if "nsupported op" in line]
        raise ZooError(error.message, "; ".join(unsupported) or error.hint) from error


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
