"""An environment of one's own, from training to playing, in this process and in another."""

import json
import subprocess
import sys

import pytest
from own_environment import OWN

gymnasium = pytest.importorskip("gymnasium")

from zoo865.models.dqn import TINY  # noqa: E402

pytestmark = pytest.mark.agents


def test_an_environment_of_one_s_own(tmp_path, zoo):
    """Neither a time limit nor pictures, numbers in two rows; what to do stands in the first."""
    (tmp_path / "own.py").write_text(OWN)
    settings = {"batches.steps": 2400, "batches.exploration": 1500, "batches.warm_up": 200, "batches.n_step": 1}
    command = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    run = tmp_path / "run"
    code, _, err = zoo("train", "dqn", "--data", "gym:own.py:Guess-v0", "--epochs", 2, *command, "--run-dir", run)
    assert code == 0, err
    _, out, _ = zoo("play", run, "--episodes", 40, "--json")
    played = json.loads(out)
    assert sum(played["returns"]) > 0.9 * played["steps"]  # right at nearly every step
    code, _, err = zoo("play", run, "--out", "film.gif")
    assert (code, err.count("\n")) == (2, 1)
    assert "cannot render" in err


RECIPE = """
from zoo865.recipe import recipe
from zoo865.models.dqn import dqn


@recipe
def guess():
    return dqn().override({**dqn().tiny, "data": "gym:Guess-v1", "epochs": 1})
"""


def test_runs_on_an_environment_of_one_s_own_open_anywhere(tmp_path, zoo, only_training):
    """Named by its file, or registered by the file of the recipe; in another process and directory."""
    (tmp_path / "own.py").write_text(OWN)
    own = OWN.replace('"Guess-v0", Guess', '"Guess-v1", functools.partial(Guess)').replace(
        "import", "import functools,", 1
    )
    (tmp_path / "my.py").write_text(own + RECIPE)
    tiny = ["--epochs", 1, *(part for name, value in TINY.items() for part in ("--set", f"{name}={json.dumps(value)}"))]
    named = zoo("train", "dqn", "--data", "gym:own.py:Guess-v0", *tiny, "--run-dir", "named")
    by_recipe = zoo("train", "my.py:guess", "--run-dir", "by_recipe")
    assert (named[0], by_recipe[0]) == (0, 0), named[2] + by_recipe[2]
    (tmp_path / "elsewhere").mkdir()
    for run in ("named", "by_recipe"):
        (tmp_path / run / "metrics.json").unlink()  # as if killed at the end
    code = "import json, zoo865; from zoo865.exporting.play import play\nfor run in ('../named', '../by_recipe'):\n"
    code += "    zoo865.resume(run)\n    print(json.dumps(play(run, episodes=2)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path / "elsewhere", check=False
    )
    assert done.returncode == 0, done.stderr
    played = [json.loads(line)["environment"] for line in done.stdout.splitlines()]
    assert played == [f"{tmp_path}/own.py:Guess-v0", "Guess-v1"]
