"""Checks that an export computes what the model computes, and writes the ONNX files that do."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from zoo865.errors import ZooError
from zoo865.exporting import check_subprocess
from zoo865.exporting.compare import difference
from zoo865.exporting.onnx_engine import OnnxEngine


def check(path: Path, signatures, *, onnx: bool) -> tuple[float, dict[str, str]]:
    """Loads a SavedModel in a fresh process, compares it with the functions it was made from, and writes ONNX files.

    Args:
        path: the SavedModel.
        signatures: name -> Signature that it was made from.
        onnx: whether to write ONNX files, one a signature; those that do not convert, or whose numbers differ, are left
            out.

    Returns:
        The largest absolute difference of all signatures' float outputs, in TensorFlow and in ONNX Runtime; and
        signature -> why it is not in ONNX.

    Raises:
        ZooError: the SavedModel does not load, holds ops without a place in serving, or its results differ.
    """
    left_out = {name: signature.not_in_onnx for name, signature in signatures.items() if signature.not_in_onnx}
    names = [name for name in signatures if name not in left_out] if onnx else []
    with tempfile.TemporaryDirectory() as folder:
        for name, signature in signatures.items():
            # For mypy any name may be that of `allow_pickle`.
            np.savez(f"{folder}/{name}.in.npz", **storable(signature.sample))  # type: ignore[arg-type]
        command = [sys.executable, check_subprocess.__file__, str(path), folder, *names]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().split("\n") or [""])[-1]
            raise ZooError(f"the export failed its check in a fresh process: {reason}")
        worst = 0.0
        for name, signature in signatures.items():
            with np.load(f"{folder}/{name}.out.npz") as found:
                worst = max(worst, difference(name, signature, signature.sample, found))
        left_out |= {reason.stem: f"tf2onnx failed: {reason.read_text()}" for reason in Path(folder).glob("*.txt")}
    for name in (name for name in names if name not in left_out):
        try:
            worst = max(worst, _difference_in_onnx(path, name, signatures[name]))
        except ZooError as error:
            left_out[name] = error.message
            (path / "onnx" / f"{name}.onnx").unlink()
    if not any((path / "onnx").glob("*.onnx")):
        shutil.rmtree(path / "onnx", ignore_errors=True)
    return worst, left_out if onnx else {}


def _difference_in_onnx(path: Path, name: str, signature) -> float:
    """At batch 1 and for the whole sample."""
    engine, worst = OnnxEngine(path), 0.0
    for size in (1, None):
        sample = {input_name: array[:size] for input_name, array in signature.sample.items()}
        try:
            found = engine.run(name, sample)
        except Exception as error:  # ONNX Runtime's own classes, one a kind of failure
            raise ZooError(f"does not run in ONNX Runtime: {' '.join(str(error).split())}") from error
        worst = max(worst, difference(name, signature, sample, found))
    return worst


def storable(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays as NumPy's files hold them without pickling: texts, or their UTF-8, in NumPy's own strings."""
    return {name: _own_strings(array) if array.dtype == object else array for name, array in arrays.items()}


def _own_strings(array: np.ndarray) -> np.ndarray:
    texts = [one.decode() if isinstance(one, bytes) else str(one) for one in array.ravel()]
    return np.array(texts, str).reshape(array.shape)
