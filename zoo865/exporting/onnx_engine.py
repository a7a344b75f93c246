"""Answering by ONNX Runtime."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from zoo865.errors import ZooError


class OnnxEngine:
    """The ONNX files of an export in ONNX Runtime, on the CPU; any batch size, nothing is traced.

    Args:
        path: the directory with SIGNATURE.onnx files.
        names: of the signatures.

    Raises:
        ZooError: ONNX Runtime is not installed, or a file is missing or damaged.
    """

    def __init__(self, path, names: Iterable[str]):
        try:
            import onnxruntime
        except ImportError as error:
            raise missing_extra("onnxruntime") from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors: a warning of its C++ code would come out beside the answers
        self.sessions, self.outputs = {}, {}
        for name in names:
            file = Path(path) / f"{name}.onnx"
            try:
                session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
            except Exception as error:  # ONNX Runtime's own classes, one a kind of damage
                reason = " ".join(str(error).split())
                raise ZooError(f"cannot load {file}: {reason}", "it is incomplete: export or copy it again") from error
            self.sessions[name], self.outputs[name] = session, [output.name for output in session.get_outputs()]

    def run(self, name: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Runs a signature on a batch: input name -> array, output name -> array."""
        return dict(zip(self.outputs[name], self.sessions[name].run(None, inputs), strict=True))


def missing_extra(package: str) -> ZooError:
    """The error where a package that ONNX needs is not installed."""
    return ZooError(f"{package} is not installed", "pip install 'zoo865[onnx]'")
