"""The processor, and the versions of packages: what is told of them without importing TensorFlow or Keras."""

import contextlib
import importlib.metadata
import os
import platform
from pathlib import Path

import zoo865


def processor() -> dict:
    """The processor, and its cores that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    name = processor_line("model name") or platform.processor() or platform.machine()
    return {"processor": name, "cores": cores}


def processor_line(name: str) -> str:
    """What /proc/cpuinfo says of the first processor, or "" where there is no such line."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.split(":")[0].strip() == name:
                return line.split(":", 1)[1].strip()
    return ""


def versions_of(*packages: str) -> dict:
    """The versions of the zoo, of Python, and of packages as they are installed."""
    found = {package: importlib.metadata.version(package) for package in packages}
    return {"zoo865": zoo865.__version__, "python": platform.python_version(), **found}
