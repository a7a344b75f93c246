"""Training that is killed in the middle of an epoch, as `kill -9` kills, and what it is compared with.

Run as a script it trains a recipe until it kills its own process:

    python killing.py RECIPE.json RUN_DIR SEED EPOCH PRECISION
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

import zoo865
from zoo865.callbacks.speed import Speed
from zoo865.training import checkpoint

CLOCKS = ("seconds", "examples_per_second")


def kill(recipe, run_dir, epoch, *, seed=7, precision="float32"):
    """Trains in a process of its own until it kills itself in the middle of the epoch (0 is the first)."""
    document = run_dir.with_suffix(".recipe.json")
    document.write_text(json.dumps(recipe.to_json()))
    command = [sys.executable, __file__, str(document), str(run_dir), str(seed), str(epoch), precision]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return zoo865.Run(run_dir)


def without_its_end(run, folder):
    """A copy of a finished run as it was when its last epoch but one had ended."""
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("settings.json", "history.csv", "checkpoints/previous.npz", "checkpoints/best.npz"):
        shutil.copy(run.path / name, folder / name)
    return zoo865.Run(folder)


def assert_same(run, other):
    """Every array of the last checkpoints bit for bit, the measures, and the history but for its seconds."""
    mine, theirs = (checkpoint.read(r.path / "checkpoints" / "last.npz")[0] for r in (run, other))
    assert [key.split("|")[:2] for key in mine] == [key.split("|")[:2] for key in theirs]
    for (key, array), again in zip(mine.items(), theirs.values(), strict=True):
        np.testing.assert_array_equal(array, again, err_msg=key)
    rows, others = ([{k: v for k, v in row.items() if k not in CLOCKS} for row in r.history] for r in (run, other))
    assert rows == others
    ends = ("test", "validation", "best_epoch", "epochs", "finished")
    assert [run.metrics[end] for end in ends] == [other.metrics[end] for end in ends]


def die_in(epoch: int):
    """From here on training kills its process in the middle of the epoch."""
    from zoo865.training import loop

    class Killer(Speed):
        def on_epoch_begin(self, epoch, logs=None):
            super().on_epoch_begin(epoch, logs)
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            if self.epoch == epoch and 0 < self.batches < self.params["steps"]:
                os.kill(os.getpid(), signal.SIGKILL)

    loop.Speed = Killer


if __name__ == "__main__":
    document, run_dir, seed, epoch, precision = sys.argv[1:]
    die_in(int(epoch))
    recipe = zoo865.Recipe.from_json(json.loads(Path(document).read_text()))
    zoo865.train(recipe, seed=int(seed), run_dir=run_dir, precision=precision)
