"""What a run writes of itself: settings before training, a history while it goes on, measures when it has ended."""

import hashlib
import inspect
import shlex
import sys
import time
from pathlib import Path

import keras

from zoo865.recipe import Recipe
from zoo865.training import checkpoint
from zoo865.training.build import build_model
from zoo865.training.carried import carry
from zoo865.training.devices import hardware, versions
from zoo865.training.learned import remember_files
from zoo865.training.run import Run


def settings_of(recipe: Recipe, data, **chosen) -> dict:
    """What settings.json holds.

    Args:
        recipe: as resolved.
        data: as loaded.
        chosen: seed, init_from, jit, precision, devices.
    """
    splits = {name: len(data.split(name)) for name in ("train", "validation", "test")}
    return {
        "recipe": recipe.to_json(),
        "model_file": fingerprint(recipe.model),
        "spec": data.spec.to_json(),
        "data": {
            **{"name": data.name, "splits": splits, "about": data.about},
            **{"files": data.files, "contents": data.contents},
        },
        **chosen,
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "started": time.strftime("%Y-%m-%d %H:%M:%S"),
        "versions": versions(),
        "hardware": hardware(),
    }


def fingerprint(function) -> str:
    """SHA-256 of the file that a function stands in, "" where it stands in none (a notebook)."""
    try:
        return hashlib.sha256(Path(inspect.getfile(function)).read_bytes()).hexdigest()
    except (OSError, TypeError):
        return ""


class WriteHistory(keras.callbacks.Callback):
    """Writes history.csv after every epoch.

    Args:
        run: where to.
        rows: of the epochs before, when training goes on.
    """

    def __init__(self, run: Run, rows: list[dict]):
        super().__init__()
        self.run, self.phase, self.rows = run, "", list(rows)

    def measures_of(self, phase) -> dict[str, float]:
        """The measures of the epoch before, where a phase learns what they are measured on; {} where they are new."""
        if not (phase.learn_validation and self.rows):
            return {}
        return {name.removeprefix("val_"): value for name, value in self.rows[-1].items() if name.startswith("val_")}

    def on_epoch_end(self, epoch, logs=None):
        """Adds the epoch's row."""
        numbers = {name: float(f"{value:.6g}") for name, value in logs.items()}
        self.rows.append({"phase": self.phase, "epoch": epoch + 1, **numbers})
        self.run.write_history(self.rows)


def measure_at_the_end(run: Run, *, stopped: str, seconds: float):
    """Takes the best weights, measures them once on the test examples, writes metrics.json.

    Exports compute in float32 whatever training computed in, so the test is measured in float32 too; where the two
    differ, the difference is told by the validation examples: float32's measure minus the other's.

    Args:
        run: with its model and data at hand.
        stopped: why training ended before its last epoch, or "".
        seconds: of training, over all times it went on.
    """
    task, history = run.recipe.task, run.history
    best, arrays, facts = checkpoint.read_best(run.path / "checkpoints", task.monitor[1])
    row = facts["history"][-1]  # not the run's: another epoch of that number may have come since
    validation = {name.removeprefix("val_"): value for name, value in row.items() if name.startswith("val_")}
    checkpoint.restore_model(run.model, arrays, best)
    difference = None
    if run.settings["precision"] != "float32":
        run.model = build_model(run.recipe, run.spec, trained=True)
        checkpoint.restore_model(run.model, arrays, best)
        if row["phase"] not in run.recipe.learning_validation:
            in_float32 = task.measure(run.model, run.data, "validation")
            difference = {name: value - validation[name] for name, value in in_float32.items()}
            validation = in_float32
    run.write_metrics(
        {
            "test": task.measure(run.model, run.data, "test"),
            "protocol": task.protocol(run.model, run.data),
            "validation": validation,
            "float32_difference": difference,
            "best_epoch": facts["epoch"] + 1,
            "epochs": len(history),
            "train_seconds": round(seconds, 2),
            "examples_per_second": round(examples_per_second(history), 1),
            "parameters": run.model.count_params(),
            "stopped": stopped,
            "early_ends": run.early_ends,
            "finished": not stopped,
        }
    )
    carry(run)
    remember_files(run)


def examples_per_second(history: list[dict]) -> float:
    """How many examples were seen in all, over the seconds of all epochs: an epoch that learns from what was computed
    in one before is fast by that one's slowness.
    """
    seconds = [row["seconds"] for row in history]
    seen = [row["seconds"] * row["examples_per_second"] for row in history]
    return sum(seen) / max(sum(seconds), 1e-9)
