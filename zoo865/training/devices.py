"""What a run ran on, and what that allows."""

import importlib.metadata
import os
import platform
from pathlib import Path

import keras
import tensorflow as tf

import zoo865


def gpus() -> list[str]:
    """The names of the GPUs that TensorFlow can use."""
    devices = tf.config.list_physical_devices("GPU")
    return [tf.config.experimental.get_device_details(device).get("device_name", device.name) for device in devices]


def can_jit(model: keras.Model) -> bool:
    """Whether to compile training with XLA: on a GPU, and only where every layer supports it (it is slower on CPUs)."""
    return bool(gpus()) and all(getattr(layer, "supports_jit", True) for layer in model._flatten_layers())


def hardware() -> dict:
    """Processor, its cores that this process may use, and GPUs."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"processor": _processor(), "cores": cores, "gpus": gpus()}


def versions() -> dict:
    """The versions that decide about numbers."""
    packages = ("tensorflow", "keras", "numpy")
    found = {package: importlib.metadata.version(package) for package in packages}
    return {
        "zoo865": zoo865.__version__,
        "python": platform.python_version(),
        **found,
        "backend": keras.backend.backend(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
