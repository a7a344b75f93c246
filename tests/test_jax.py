"""The battery of every recipe, exact resuming, and looking inside, once more where Keras runs on JAX."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.jax
@pytest.mark.parametrize(
    ("file", "which"),
    [
        ("test_battery.py", ""),
        ("test_resume.py", ""),
        ("test_dcgan.py", "player or gradient or r1"),
        ("test_visualize.py", "not wanted and not known"),
    ],
)
def test_on_jax(file, which):
    pytest.importorskip("jax")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(Path(__file__).with_name(file)),
        "-k",
        which,
    ]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stdout[-5000:]
    assert " passed" in done.stdout


def test_a_recipe_says_where_it_runs(zoo, tmp_path):
    (tmp_path / "mine.py").write_text(
        "import dataclasses\nfrom zoo865.recipe import recipe\nfrom zoo865.models.mnist_cnn import mnist_cnn\n\n"
        "@recipe\ndef only_jax():\n    return dataclasses.replace(mnist_cnn().smallest(), backends=('no_such',))\n"
    )
    code, _, err = zoo("train", "mine.py")
    assert (code, err.count("\n")) == (2, 1)
    assert "does not run on the" in err
    assert "KERAS_BACKEND=no_such" in err
    assert not (tmp_path / "runs").exists()
