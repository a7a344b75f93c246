"""Processes of their own: for training that is killed in the middle of an epoch, as `kill -9` kills; on two devices.

They are forked from one that has imported what takes seconds to import, and done nothing with it.
"""

import multiprocessing
import os
import shutil
import signal
import tempfile

import numpy as np

import zoo865
from zoo865.callbacks.speed import Speed
from zoo865.training import checkpoint

CLOCKS = ("seconds", "cpu_seconds", "examples_per_second")
MOST_SECONDS = 900
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tensorflow", "zoo865.workflow"])


def exit_code_of(function, *args, **kwargs) -> int:
    """Calls it in a process of its own, and prints what it said, which pytest shows where a test fails."""
    with tempfile.NamedTemporaryFile("r") as said:
        process = PROCESSES.Process(target=_call, args=(said.name, function, args, kwargs))
        process.start()
        process.join(MOST_SECONDS)
        if process.exitcode is None:
            process.kill()
            print(f"killed after {MOST_SECONDS} s")
            process.join()
        print(said.read())
    return process.exitcode


def _call(said, function, args, kwargs):
    with open(said, "w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    function(*args, **kwargs)


def kill(recipe, run_dir, epoch, *, seed=7):
    """Trains until the process kills itself in the middle of the epoch (0 is the first)."""
    # What stands in a file of Python crosses as JSON alone.
    assert exit_code_of(_train, epoch, recipe.to_json(), seed=seed, run_dir=run_dir) == -signal.SIGKILL
    return zoo865.Run(run_dir)


def kill_again(run, epoch):
    """Goes on with a run that was killed, until a later epoch."""
    assert exit_code_of(_resume, epoch, run.path) == -signal.SIGKILL


def without_its_end(run, folder):
    """A copy of a finished run as it was when its last epoch but one had ended."""
    (folder / "checkpoints").mkdir(parents=True)
    for name in (
        "settings.json",
        "history.csv",
        "checkpoints/previous.npz",
        "checkpoints/best.npz",
        "gradient_flow.json",
    ):
        shutil.copy(run.path / name, folder / name)
    return zoo865.Run(folder)


def assert_same(run, other):
    """Every array of the last checkpoints bit for bit, the measures, how layers learned, and the history but for its
    seconds."""
    mine, theirs = (checkpoint.read(r.path / "checkpoints" / "last.npz")[0] for r in (run, other))
    assert [key.split("|")[:2] for key in mine] == [key.split("|")[:2] for key in theirs]
    for (key, array), again in zip(mine.items(), theirs.values(), strict=True):
        np.testing.assert_array_equal(array, again, err_msg=key)
    rows, others = ([{k: v for k, v in row.items() if k not in CLOCKS} for row in r.history] for r in (run, other))
    assert rows == others
    ends = ("test", "validation", "best_epoch", "epochs", "finished")
    assert [run.metrics[end] for end in ends] == [other.metrics[end] for end in ends]
    flows = [r.path / "gradient_flow.json" for r in (run, other)]
    assert len({path.is_file() and path.read_bytes() for path in flows}) == 1


def _train(last, recipe, **kwargs):
    _die_in(last)
    zoo865.train(zoo865.Recipe.from_json(recipe), **kwargs)


def _resume(last, run_dir):
    _die_in(last)
    zoo865.resume(run_dir)


def _die_in(last):
    from zoo865.training import loop

    class Killer(Speed):
        def on_epoch_begin(self, epoch, logs=None):
            super().on_epoch_begin(epoch, logs)
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            if self.epoch == last and 0 < self.batches < self.params["steps"]:
                os.kill(os.getpid(), signal.SIGKILL)

    loop.Speed = Killer
