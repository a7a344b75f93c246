"""No network, quiet TensorFlow, one tiny finished run of every system for all tests to look at, and what each costs."""

import functools
import os
import runpy
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.register_assert_rewrite("processes")
if os.environ.get("KERAS_BACKEND") == "jax" and "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    # What is compiled here runs for a second: it is compiled quickly, and once for all processes.
    os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=1")
    COMPILED = tempfile.TemporaryDirectory()  # goes with the process that the workers come from
    os.environ["JAX_COMPILATION_CACHE_DIR"] = COMPILED.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
OFFLINE = Path(__file__).parent / "offline"
runpy.run_path(str(OFFLINE / "sitecustomize.py"))
os.environ["PYTHONPATH"] = os.pathsep.join([str(OFFLINE), *filter(None, [os.environ.get("PYTHONPATH")])])

SPENT = Counter()  # CPU seconds of this process, by system


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory, worker_id):
    """name -> the finished run (trained, reported, exported) of a system in its tiny form, made by one worker."""
    import zoo865

    own = tmp_path_factory.getbasetemp()
    runs = (own if worker_id == "master" else own.parent) / "tiny"
    runs.mkdir(exist_ok=True)

    @functools.cache
    def made(name):
        path = runs / name
        with FileLock(f"{path}.lock"):
            if not (path / "export").exists():
                shutil.rmtree(path, ignore_errors=True)  # what a test that failed has left
                before = cpu_seconds()
                zoo865.make(zoo865.get_recipe(name).smallest(), run_dir=path)
                SPENT[name] += cpu_seconds() - before
        return zoo865.Run(path)

    return made


@pytest.fixture
def zoo(monkeypatch, tmp_path, capfd):
    """arguments -> (exit code, stdout, stderr) of the command line, in this process and an empty directory."""
    from zoo865.cli.main import main

    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["zoo865", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main()
        out, err = capfd.readouterr()
        return exit_.value.code, out, err

    return call


@pytest.fixture
def only_training(monkeypatch):
    """`zoo865 train` neither reports nor exports: for tests of neither."""
    monkeypatch.setattr("zoo865.workflow._shown", lambda run: run)


def cpu_seconds() -> float:
    """What this process, and those that it has waited for, have used."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    item.before = cpu_seconds(), SPENT.copy()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Counts for a system what its battery costs, and its tiny run, whoever asked for that first."""
    report = yield
    if call.when == "teardown":
        seconds, spent = item.before
        made = SPENT - spent
        rest = cpu_seconds() - seconds - made.total()
        system = item.callspec.params.get("run") if hasattr(item, "callspec") else None
        made[system] += rest
        report.user_properties += [("cpu_seconds", name, seconds) for name, seconds in made.items()]
    return report


def pytest_terminal_summary(terminalreporter):
    """The CPU seconds of every system whose battery ran."""
    costs, tested = Counter(), set()
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        for _, name, value in (found for found in getattr(report, "user_properties", ()) if found[0] == "cpu_seconds"):
            costs[name] += value
            tested |= {name} if "test_battery" in report.nodeid else set()
    tested -= {None}
    if not tested:
        return
    terminalreporter.section("CPU seconds of each system: to make its tiny run, and its battery")
    for name in sorted(tested, key=costs.get):
        terminalreporter.line(f"{costs[name]:8.1f}  {name}")
    if slow := [name for name in tested if costs[name] > 2 * costs["mnist_cnn"] > 0]:
        terminalreporter.line(f"warning: more than twice mnist_cnn's: {', '.join(sorted(slow))}", yellow=True)
    terminalreporter.line(f"{costs.total():8.1f}  all tests")
