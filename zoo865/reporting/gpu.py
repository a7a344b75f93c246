"""Why a GPU that this machine has is not used: hidden, the wrong package, or which of its libraries are missing."""

import ctypes
import importlib.util
import os
import shutil
from pathlib import Path

# What TensorFlow opens, under the names of CUDA 12; {cuda} and {cudnn} are main versions.
LIBRARIES = (
    "libcuda.so.1",
    "libcudart.so.{cuda}",
    "libcublas.so.{cuda}",
    "libcublasLt.so.{cuda}",
    "libcudnn.so.{cudnn}",
    "libcufft.so.11",
    "libcusolver.so.11",
    "libcusparse.so.{cuda}",
    "libnccl.so.2",
)
USUAL = {"cuda": "12", "cudnn": "9"}  # main versions, where TensorFlow does not tell those it was built with


def has_nvidia() -> bool:
    """Whether this machine has an NVIDIA GPU, by its driver's traces."""
    traces = ("/proc/driver/nvidia", "/dev/nvidia0")
    return any(Path(trace).exists() for trace in traces) or shutil.which("nvidia-smi") is not None


def why_unused(answer: dict) -> tuple[str, str]:
    """The reason, and the command that fixes it.

    Args:
        answer: what the library that finds no GPU says of itself (see `probe`).
    """
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return "hidden by CUDA_VISIBLE_DEVICES", "unset CUDA_VISIBLE_DEVICES"
    if answer.get("backend") == "jax":
        return "JAX cannot use it", "pip install 'jax[cuda12]'"
    build, install = answer["build"], "pip install 'tensorflow[and-cuda]'"
    if not build.get("is_cuda_build"):
        return "this TensorFlow is built without CUDA", install
    main = {name: str(build.get(f"{name}_version", usual)).split(".")[0] for name, usual in USUAL.items()}
    missing = [library for library in (name.format(**main) for name in LIBRARIES) if not _loads(library)]
    reason = f"TensorFlow cannot use it: {', '.join(missing)} cannot be loaded"
    if "libcuda.so.1" in missing:
        return reason, "install NVIDIA's driver (in a container: docker run --gpus all)"
    if missing:
        return reason, install
    ask = "python -c \"import tensorflow as tf; tf.config.list_physical_devices('GPU')\""
    return "TensorFlow cannot use it, although its libraries load; this command shows TensorFlow's messages", ask


def _loads(library: str) -> bool:
    """Whether a library can be opened: from the system, or from NVIDIA's packages, where TensorFlow looks too."""
    packages = importlib.util.find_spec("nvidia")
    folders = (packages and packages.submodule_search_locations) or ()
    for name in (library, *(str(path) for folder in folders for path in Path(folder).glob(f"*/lib/{library}"))):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False
