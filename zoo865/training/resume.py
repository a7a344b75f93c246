"""Whether a run can be gone on with exactly, and making room for its new end."""

import shutil

from zoo865.errors import ZooError
from zoo865.recipe import Recipe
from zoo865.settings import differing, flat
from zoo865.training.devices import versions
from zoo865.training.run import Run

DECIDE = ("zoo865", "backend", "tensorflow", "keras", "jax")  # with others of these the same steps give other numbers


def check_resumable(run: Run, recipe: Recipe | None):
    """Raises ZooError where the run has finished, is of another recipe, or other versions wrote it."""
    then, now = run.settings["versions"], versions()
    for name in DECIDE:
        if then.get(name) != now.get(name):
            wanted = f"KERAS_BACKEND={then[name]}" if name == "backend" else f"pip install {name}=={then.get(name)}"
            raise ZooError(
                f"{run.path} was trained with {name} {then.get(name)}, here is {now.get(name)}",
                f"{wanted}, or start anew from its weights: --init-from {run.path}",
            )
    if recipe is not None and recipe.to_json() != run.settings["recipe"]:
        wanted, there = flat(recipe.to_json()), flat(run.settings["recipe"])
        name = next(name for name in ("name", *differing(wanted, there)) if wanted.get(name) != there.get(name))
        raise ZooError(
            f"{run.path} is of another recipe: its {name} is {there.get(name)}, not {wanted.get(name)}",
            "zoo865 train --resume RUN takes all settings from the run",
        )
    if (run.path / "metrics.json").exists() and run.metrics["finished"]:
        raise ZooError(f"{run.path} has finished", f"train on from its weights: --init-from {run.path}")


def clear_the_end(run: Run):
    """Takes away what an earlier end left: measures, report, export; and what a killed process had half written."""
    (run.path / "metrics.json").unlink(missing_ok=True)
    run.report_path.unlink(missing_ok=True)
    (run.path / "checkpoints" / "partial.npz").unlink(missing_ok=True)
    for folder in ("figures", "export"):
        shutil.rmtree(run.path / folder, ignore_errors=True)
    for half in (*run.path.glob(".*.tmp"), *run.path.glob("checkpoints/.*.tmp")):
        half.unlink(missing_ok=True)
