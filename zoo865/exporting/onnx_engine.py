"""Inference with ONNX Runtime."""

import functools
import hashlib
import os
from pathlib import Path

import numpy as np

from zoo865.errors import ZooError


class OnnxEngine:
    """The ONNX files of an export in ONNX Runtime, on the CPU; any batch size, nothing is traced.

    Args:
        path: the export.
        sha256: signature -> SHA-256 of its file and the weights, if the export has it.

    Raises:
        ZooError: when a signature is first run: its file is missing, damaged, or does not match the export.
    """

    def __init__(self, path, sha256: dict[str, str] | None = None):
        self.path, self.sha256 = Path(path), sha256 or {}
        self._session = functools.cache(self._load)

    def run(self, name: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Runs a signature on a batch: input name -> array, output name -> array."""
        session = self._session(name)
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(None, inputs), strict=True))

    def _load(self, name: str):
        import onnxruntime

        file = onnx_folder(self.path) / f"{name}.onnx"
        if not file.is_file():
            raise ZooError(f"{self.path} has no {name}.onnx", "use --engine tensorflow to run the SavedModel")
        if name in self.sha256 and _sha256(file) != self.sha256[name]:
            raise ZooError(f"{file} or its weights.bin does not match the export", "export or copy it again")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors: a warning of its C++ code would come out beside the answers
        # Its threads wait for more work by spinning, which takes a core for 10 ms and more behind every answer.
        options.add_session_config_entry("session.intra_op.spin_duration_us", "200")
        # Of its own accord it binds a thread to each core of the machine, also to those that this process may not use.
        given = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
        if 0 < len(given) < (os.cpu_count() or 1):
            options.intra_op_num_threads = len(given)
        try:
            return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's own classes, one a kind of damage
            reason = " ".join(str(error).split())
            raise ZooError(f"cannot load {file}: {reason}", "it is incomplete: export or copy it again") from error


def onnx_folder(export) -> Path:
    """Where an export has its ONNX files: in onnx/ beside the SavedModel; alone, as earlier versions wrote them."""
    return Path(export) / "onnx" if (Path(export) / "saved_model.pb").is_file() else Path(export)


def onnx_files(export) -> dict[str, str]:
    """Signature -> SHA-256 of its ONNX file and of the weights beside it, of those that an export has."""
    return {file.stem: _sha256(file) for file in sorted(onnx_folder(export).glob("*.onnx"))}


def _sha256(file: Path) -> str:
    files = [path for path in (file, file.with_name("weights.bin")) if path.is_file()]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
