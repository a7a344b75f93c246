"""What works on this machine, what does not, and the command that fixes it.

The examination outlives what it examines: TensorFlow and Keras are tried in another process (`probe.py`), nothing is
downloaded, and what the zoo needs is read from its installed metadata.
"""

import importlib.metadata
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from zoo865 import registry
from zoo865.agents import tf_agents_import
from zoo865.errors import counted
from zoo865.reporting import gpu

HERE = Path(__file__).parents[2]  # a checkout of the zoo
PREPARED_BY_TFDS = "zoo865.data.sets.tfds"
PROBE_SECONDS = 100  # three processes import TensorFlow, perhaps beside a training
LITTLE_SPACE = 1e9  # bytes; a prepared MNIST with what it was made of takes 0.1e9, a run less


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Args:
        name: what was checked.
        mark: "ok", "missing", "wrong", or "slow" if there was no response in time, which is inconclusive.
        value: what was found, or why it does not work.
        mend: the command that fixes it, "" if there is nothing to fix.
        core: whether every training needs it.
    """

    name: str
    mark: str
    value: str
    mend: str = ""
    core: bool = False


def examine() -> Iterator[Finding]:
    """Runs all checks, one after the other. Takes seconds, because it imports TensorFlow; raises nothing."""
    try:
        installed = importlib.metadata.metadata("zoo865")
    except importlib.metadata.PackageNotFoundError:
        yield Finding("zoo865", "wrong", "can be imported, but is not installed", f"pip install -e {HERE}", core=True)
        return
    yield Finding("zoo865", "ok", installed["Version"], core=True)
    yield _python(installed["Requires-Python"])
    with ThreadPoolExecutor() as threads:
        tensorflow, keras, zoo = threads.map(probe, ("tensorflow", "keras", "zoo865"))
    yield _library("TensorFlow", tensorflow)
    yield _keras(keras, tensorflow)
    yield _packages(zoo, libraries_work="error" not in tensorflow and "error" not in keras)
    yield _processor(zoo)
    yield _gpu(keras if keras.get("backend") == "jax" else tensorflow)
    for extra in installed.get_all("Provides-Extra") or ():
        yield _extra(extra)
    yield _place("runs", Path("runs"), "cd to a writable directory, or use zoo865 train --run-dir DIRECTORY")
    yield _place("Keras home", _keras_home(), "export KERAS_HOME=DIRECTORY")
    data = Path(os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets"))
    yield _place("data directory", data, "export TFDS_DATA_DIR=DIRECTORY")
    yield from _data_sets(data.expanduser())


def probe(name: str) -> dict:
    """What "tensorflow", "keras" or "zoo865" reports about itself when imported (see `probe.py`).

    One that cannot be imported says {"error": reason}, with "missing" where a module is not there, and with "slow"
    where it may be imported, had it more time.
    """
    command = [sys.executable, str(Path(__file__).with_name("probe.py")), name]
    # A script's own folder, and the directory the user is in, hide no package.
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    try:
        done = subprocess.run(command, capture_output=True, env=environment, timeout=PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        return {"error": f"no response within {PROBE_SECONDS} s", "slow": True}
    return json.loads(done.stdout) if done.stdout else {"error": f"importing it ended with {_ending(done.returncode)}"}


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _python(asked: str) -> Finding:
    version = platform.python_version()
    if SpecifierSet(asked).contains(version, prereleases=True):
        return Finding("Python", "ok", version, core=True)
    fitting = next(f"3.{minor}" for minor in range(100) if SpecifierSet(asked).contains(f"3.{minor}"))
    mend = f"python{fitting} -m venv zoo && zoo/bin/pip install -e {HERE}"
    return Finding("Python", "wrong", f"{version}; {asked} is required", mend, core=True)


def _requirements(extra: str = "") -> list[Requirement]:
    """What an extra needs beyond the core, or what the core needs."""
    every = [Requirement(text) for text in importlib.metadata.requires("zoo865") or ()]
    core = [requirement for requirement in every if _holds(requirement)]
    return [one for one in every if one not in core and _holds(one, extra)] if extra else core


def _holds(requirement: Requirement, extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _install(*packages: str, how: str = "") -> str:
    """The command that installs packages in the versions that the core asks for."""
    asked = {requirement.name: str(requirement.specifier) for requirement in _requirements()}
    quoted = (f"'{name}{asked[name]}'" if asked.get(name) else name for name in packages)
    return " ".join(["pip install", *([how] if how else []), *quoted])


def _lack(requirement: Requirement) -> str:
    """What is wrong with a package as it is installed, or ""."""
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed"
    fits = requirement.specifier.contains(version, prereleases=True)
    return "" if fits else f"{requirement.name} is {version}; {requirement.specifier} is required"


def _library(name: str, answer: dict, about: str = "") -> Finding:
    """TensorFlow or Keras: whether it can be imported, in a version that the zoo works with."""
    package = name.lower()
    if answer.get("slow"):
        return _slow(name, answer)
    if answer.get("missing") == package:
        return Finding(name, "missing", "not installed", _install(package), core=True)
    if "error" in answer:
        return Finding(name, "wrong", answer["error"], _install(package, how="--force-reinstall"), core=True)
    asked = next(requirement.specifier for requirement in _requirements() if requirement.name == package)
    if not asked.contains(answer["version"], prereleases=True):
        value = f"{answer['version']}; {asked} is required"
        return Finding(name, "wrong", value, _install(package, how="--upgrade"), core=True)
    return Finding(name, "ok", answer["version"] + about, core=True)


def _slow(name: str, answer: dict) -> Finding:
    """Of a library that did not answer in time: a busy processor, or a slow disk that reads it the first time."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    busy = f"; {load:.0f} processes compete for {counted(cores, 'core')}" if load > cores else ""
    again = "run zoo865 doctor again when the machine is less busy"
    return Finding(name, "slow", answer["error"] + busy, again, core=True)


def _keras(answer: dict, tensorflow: dict) -> Finding:
    if "error" not in answer:
        source = "KERAS_BACKEND" if os.environ.get("KERAS_BACKEND") else _keras_home() / "keras.json"
        return _library("Keras", answer, f", backend {answer['backend']} (set by {source})")
    if answer.get("slow"):
        return _slow("Keras", answer)
    if "error" in tensorflow and answer.get("missing") != "keras" and not tensorflow.get("slow"):
        return Finding("Keras", "wrong", "not checked, because TensorFlow does not work", core=True)
    if answer.get("missing") != "keras" and (backend := _asked_backend()) != "tensorflow":
        value = f"backend {backend!r} does not work: {answer['error']}"
        mend = f"pip install {backend}" if answer.get("missing") == backend else "export KERAS_BACKEND=tensorflow"
        return Finding("Keras", "wrong", value, mend, core=True)
    return _library("Keras", answer)


def _keras_home() -> Path:
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()


def _asked_backend() -> str:
    """The backend as Keras reads it, for when Keras itself cannot say."""
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"]
    try:
        return json.loads((_keras_home() / "keras.json").read_text())["backend"]
    except (OSError, ValueError, KeyError, TypeError):
        return "tensorflow"


def _packages(zoo: dict, libraries_work: bool) -> Finding:
    """The rest of the core: everything that training imports."""
    others = [requirement for requirement in _requirements() if requirement.name not in ("tensorflow", "keras")]
    lacks = {requirement.name: lack for requirement in others if (lack := _lack(requirement))}
    if lacks:
        mend = _install(*lacks, how="--upgrade")
        return Finding("packages", "wrong", "; ".join(lacks.values()), mend, core=True)
    if libraries_work and zoo.get("slow"):
        return _slow("packages", zoo)
    if libraries_work and "error" in zoo:
        mend = _install(*(requirement.name for requirement in others), how="--force-reinstall")
        return Finding("packages", "wrong", zoo["error"], mend, core=True)
    return Finding("packages", "ok", ", ".join(requirement.name for requirement in others), core=True)


def _processor(answer: dict) -> Finding:
    if "error" in answer:
        return Finding("processor", "ok", platform.processor() or platform.machine())
    bfloat16 = "with" if answer["bfloat16"] else "without"
    value = f"{answer['processor']}, {counted(answer['cores'], 'core')}, {bfloat16} bfloat16"
    return Finding("processor", "ok", f"{value}; --precision auto uses {answer['precision']}")


def _gpu(answer: dict) -> Finding:
    if answer.get("gpus"):
        return Finding("GPU", "ok", ", ".join(answer["gpus"]))
    if not gpu.has_nvidia():
        return Finding("GPU", "ok", "none: training runs on the CPU")
    if answer.get("slow"):
        return _slow("GPU", answer)
    if "error" in answer:
        return Finding("GPU", "missing", "not checked, because the library that would use it does not work")
    return Finding("GPU", "missing", *gpu.why_unused(answer))


def _extra(extra: str) -> Finding:
    needed = _requirements(extra)
    mend = f"pip install 'zoo865[{extra}]'"
    if extra == "agents":
        needed = [*needed, Requirement(tf_agents_import.VERSION)]
        mend += f" && pip install --no-deps {tf_agents_import.VERSION}"
    lacks = [lack for requirement in needed if (lack := _lack(requirement))]
    if lacks:
        return Finding(f"extra {extra}", "missing", "; ".join(lacks), mend)
    return Finding(f"extra {extra}", "ok", ", ".join(requirement.name for requirement in needed))


def _place(name: str, directory: Path, mend: str) -> Finding:
    """Whether a directory, or the one it would be made in, can be written to and has space."""
    try:
        directory = directory.expanduser().absolute()
        there = next(path for path in (directory, *directory.parents) if path.exists())
        with tempfile.TemporaryFile(dir=there):  # permissions do not tell of read-only disks
            free = shutil.disk_usage(there).free
    except OSError as error:
        return Finding(name, "wrong", f"{directory} cannot be written to: {error.strerror}", mend)
    value = f"{directory}, {free / 1e9:,.1f} GB free" + ("" if there == directory else ", not created yet")
    if free < LITTLE_SPACE:
        return Finding(name, "wrong", value, f"free up space, or {mend}")
    return Finding(name, "ok", value)


def _data_sets(directory: Path) -> Iterator[Finding]:
    """The named data sets that are available, and how to get the others."""
    for name, module in registry.names("dataset").items():
        yield _prepared(name, directory / name) if module == PREPARED_BY_TFDS else _made(name)


def _prepared(name: str, directory: Path) -> Finding:
    # A download that broke off leaves a directory with "incomplete" in its name.
    if any("incomplete" not in path.parent.name for path in directory.rglob("dataset_info.json")):
        return Finding(f"data {name}", "ok", f"in {directory}")
    mend = f"python -c \"import zoo865; zoo865.load_data('{name}')\""
    return Finding(f"data {name}", "missing", f"not in {directory.parent}; downloaded on first use", mend)


def _made(name: str) -> Finding:
    """A set that comes with a package, or is drawn: it is there when it can be made, and that downloads nothing."""
    try:
        data = registry.find("dataset", name)()
    except Exception as error:
        value = getattr(error, "message", f"{type(error).__name__}: {error}")
        return Finding(f"data {name}", "missing", value, getattr(error, "hint", ""))
    sizes = " / ".join(f"{len(data.split(part)):,}" for part in ("train", "validation", "test"))
    return Finding(f"data {name}", "ok", f"{sizes} examples")
