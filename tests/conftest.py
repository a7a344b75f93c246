"""No network, quiet TensorFlow, and one tiny finished run of every system for all tests to look at."""

import functools
import os
import runpy
import sys
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
OFFLINE = Path(__file__).parent / "offline"
runpy.run_path(str(OFFLINE / "sitecustomize.py"))
os.environ["PYTHONPATH"] = os.pathsep.join([str(OFFLINE), *filter(None, [os.environ.get("PYTHONPATH")])])


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory):
    """name -> the finished run (trained, reported, exported) of a system in its tiny form, made once."""
    import zoo865

    @functools.cache
    def made(name):
        return zoo865.make(zoo865.get_recipe(name).smallest(), run_dir=tmp_path_factory.mktemp("runs") / name)

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
