"""Whether a run can be gone on with exactly, holding it alone, and making room for its new end."""

import contextlib
import shutil
import sys

import filelock

from zoo865.errors import ZooError
from zoo865.recipe import Recipe
from zoo865.settings import differing, flat
from zoo865.training import carried, checkpoint
from zoo865.training.devices import hardware, versions
from zoo865.training.record import fingerprint
from zoo865.training.run import Run

DECIDE = ("zoo865", "backend", "tensorflow", "keras", "jax", "numpy")  # with others the same steps give other numbers


def check_resumable(run: Run, recipe: Recipe | None):
    """Raises ZooError where the run has finished, is of another recipe, other versions wrote it, or its best weights
    are damaged. Where the hardware or the model's file is another, it says on stderr what may differ.
    """
    then, now = run.settings["versions"], versions()
    for name in DECIDE:
        if then.get(name) != now.get(name):
            wanted = f"KERAS_BACKEND={then[name]}" if name == "backend" else f"pip install {name}=={then.get(name)}"
            raise ZooError(
                f"{run.path} was trained with {name} {then.get(name)}, but this environment has {now.get(name)}",
                f"{wanted}, or start a new run from its weights: --init-from {run.path}",
            )
    if "devices" not in run.settings:
        raise ZooError(
            f"{run.path} was written by an earlier zoo865", f"start a new run from its weights: --init-from {run.path}"
        )
    recipe = recipe and recipe.within_max_steps(run.settings.get("steps_per_epoch", 1))  # of earlier runs none has any
    if recipe is not None and recipe.to_json() != run.recipe.to_json():
        asked, there = flat(recipe.to_json()), flat(run.recipe.to_json())
        name = next(name for name in ("name", *differing(asked, there)) if asked.get(name) != there.get(name))
        raise ZooError(
            f"{run.path} has another recipe: its {name} is {there.get(name)}, not {asked.get(name)}",
            "zoo865 train --resume RUN takes all settings from the run",
        )
    if (run.path / "metrics.json").exists() and run.metrics["finished"]:
        raise ZooError(f"{run.path} has finished", f"start a new run from its weights: --init-from {run.path}")
    if (run.path / "checkpoints" / "best.npz").exists():
        checkpoint.read_best(run.path / "checkpoints", run.recipe.task.monitor[1])
    if run.settings["hardware"] != hardware():
        print(f"note: {run.path} was started on other hardware: the last digits may differ", file=sys.stderr)
    if run.settings.get("model_file") != fingerprint(run.recipe.model):
        print(f"note: the model's file was edited after {run.path} started; using the edited version", file=sys.stderr)


@contextlib.contextmanager
def alone(run: Run):
    """Holds a run for training; the system lets go of it when the process ends, however it ends.

    Raises:
        ZooError: another process trains it.
    """
    file = run.path / ".training.lock"
    lock = filelock.FileLock(file, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise ZooError(f"{run.path} is being trained by another process", "wait for it, or stop it") from error
    try:
        for half in (*run.path.glob(".*.tmp"), *run.path.glob("checkpoints/.*.tmp")):
            half.unlink(missing_ok=True)  # what a killed process was writing
        yield
    finally:
        lock.release()
        file.unlink(missing_ok=True)


def clear_the_end(run: Run):
    """Takes away what an earlier end of the run left: measures, report, export."""
    (run.path / "metrics.json").unlink(missing_ok=True)
    (run.path / carried.FILE).unlink(missing_ok=True)
    run.report_path.unlink(missing_ok=True)
    for folder in ("figures", "export"):
        shutil.rmtree(run.path / folder, ignore_errors=True)
