"""The one loop: a recipe in, a run out.

Every system of the zoo trains here, by `keras.Model.fit`; nothing else in the package calls it.
"""

import shlex
import sys
import time

import keras

from zoo865.callbacks.measure import Measure
from zoo865.callbacks.progress import Progress
from zoo865.callbacks.speed import Speed
from zoo865.callbacks.stopping import StopOnInterrupt, StopOnNaN, TimeBudget
from zoo865.catalogue import find
from zoo865.errors import ZooError
from zoo865.recipe import Recipe
from zoo865.training import checkpoint
from zoo865.training.build import build_model, build_optimizer, choose_trainable, load
from zoo865.training.devices import can_jit, hardware, versions
from zoo865.training.run import Run


def train(
    recipe: Recipe | str,
    *,
    seed: int = 0,
    run_dir=None,
    minutes: float | None = None,
    init_from: str | None = None,
) -> Run:
    """Trains a system and writes a run directory.

    The model is measured on validation examples after every epoch; the best epoch's weights are kept and, at the end,
    measured once on test examples. Ctrl-C ends training after the current batch, with what there is.

    Args:
        recipe: a recipe, or the name of one.
        seed: of weights, order, augmentation and dropout.
        run_dir: where to write; None makes a directory under runs/.
        minutes: time budget of training.
        init_from: a run, or a system whose newest run to take, to start from the weights of.

    Returns:
        The run, with its model and data at hand.

    Raises:
        ZooError: data, settings or place are wrong, or the loss became NaN.
    """
    recipe = find(recipe) if isinstance(recipe, str) else recipe
    budget = [TimeBudget(minutes)] if minutes is not None else []
    if not 0 <= seed < 2**32:
        raise ZooError(f"seed must lie from 0 to {2**32 - 1}, not {seed}")
    data = load(recipe)
    keras.utils.clear_session()  # the same automatic names in every run of a process
    keras.utils.set_random_seed(seed)
    model = build_model(recipe, data.spec)
    taken = _start_from(model, init_from) if init_from else None
    feed = recipe.batches.open(data, batch_size=recipe.batch_size, seed=seed, model=model)
    _check(recipe, model, feed, data)

    run = Run.create(run_dir, recipe.name, _settings(recipe, data, model, seed, taken))
    run.recipe, run.spec, run.data, run.model = recipe, data.spec, data, model

    interrupt = StopOnInterrupt()
    progress = Progress(
        epochs=sum(phase.epochs for phase in recipe.phases),
        steps=feed.steps,
        batch_size=feed.batch_size,
        unit=recipe.task.unit,
        show=("loss", recipe.task.monitor[0]),
    )
    history = WriteHistory(run)
    callbacks = [
        BeginEpoch(feed),
        Speed(feed.batch_size),
        Measure(lambda model: recipe.task.measure(model, data, "validation")),
        StopOnNaN(lambda: _after_nan(run)),
        history,
        checkpoint.KeepCheckpoints(run.path / "checkpoints", feed, recipe.task.monitor),
        progress,
        interrupt,
        *budget,
    ]
    began = time.monotonic()
    try:
        epoch = 0
        for phase in recipe.phases:
            history.phase = phase.name
            _fit(model, recipe, phase, feed, data, callbacks, epoch)
            epoch += phase.epochs
            if interrupt.stopped or any(callback.stopped for callback in budget):
                break
    finally:
        progress.close()
        interrupt.release()

    _finish(run, interrupt, budget, time.monotonic() - began)
    return run


def _check(recipe: Recipe, model, feed, data):
    """What would fail only in the middle fails here, before anything is written."""
    for phase in recipe.phases:
        choose_trainable(model, phase)
    if "loss" in recipe.task.compile_args(data.spec) and len(feed.dataset.element_spec) < 2:
        task, batches = type(recipe.task).__name__, type(recipe.batches).__name__
        raise ZooError(f"{task} needs labels and {batches} gives none", "--set batches.label=true")


class BeginEpoch(keras.callbacks.Callback):
    """Tells the feed which epoch begins, before `fit` makes the epoch's iterator."""

    def __init__(self, feed):
        super().__init__()
        self.feed = feed

    def on_epoch_begin(self, epoch, logs=None):
        """Tells."""
        self.feed.begin_epoch(epoch)


class WriteHistory(keras.callbacks.Callback):
    """Writes history.csv after every epoch."""

    def __init__(self, run: Run):
        super().__init__()
        self.run, self.phase, self.rows = run, "", []

    def on_epoch_end(self, epoch, logs=None):
        """Adds the epoch's row."""
        numbers = {name: float(f"{value:.6g}") for name, value in logs.items()}
        self.rows.append({"phase": self.phase, "epoch": epoch + 1, **numbers})
        self.run.write_history(self.rows)


def _fit(model, recipe, phase, feed, data, callbacks, epoch):
    """One phase: choose what learns, compile, fit."""
    choose_trainable(model, phase)
    model.compile(
        optimizer=build_optimizer(phase.optimizer, phase.epochs * feed.steps),
        steps_per_execution=min(recipe.steps_per_execution, feed.steps),
        jit_compile=can_jit(model),
        **recipe.task.compile_args(data.spec),
    )
    model.optimizer.build(model.trainable_variables)
    model.fit(
        feed.dataset,
        initial_epoch=epoch,
        epochs=epoch + phase.epochs,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )


def _finish(run: Run, interrupt, budget, seconds: float):
    """Takes the best weights, measures them on the test examples, writes metrics.json."""
    best = run.path / "checkpoints" / "best.npz"
    arrays, facts = checkpoint.read(best)
    checkpoint.restore_model(run.model, arrays, best)
    history = run.history
    speeds = [row["examples_per_second"] for row in history]
    stopped = "interrupted" if interrupt.stopped else "time is up" if any(b.stopped for b in budget) else ""
    run.write_metrics(
        {
            "test": run.recipe.task.measure(run.model, run.data, "test"),
            "validation": {
                n.removeprefix("val_"): v for n, v in history[facts["epoch"]].items() if n.startswith("val_")
            },
            "best_epoch": facts["epoch"] + 1,
            "epochs": len(speeds),
            "train_seconds": round(seconds, 2),
            "examples_per_second": round(sorted(speeds)[len(speeds) // 2], 1),
            "parameters": run.model.count_params(),
            "stopped": stopped,
            "finished": not stopped,
        }
    )


def _settings(recipe, data, model, seed, taken) -> dict:
    splits = {name: len(data.split(name)) for name in ("train", "validation", "test")}
    return {
        "recipe": recipe.to_json(),
        "spec": data.spec.to_json(),
        "data": {"name": data.name, "splits": splits, "about": data.about, "files": data.files},
        "seed": seed,
        "init_from": taken,
        "command": shlex.join(sys.argv),
        "started": time.strftime("%Y-%m-%d %H:%M:%S"),
        "versions": versions(),
        "hardware": hardware(),
        "jit": can_jit(model),
        "precision": keras.config.dtype_policy().name,
    }


def _start_from(model, init_from) -> dict:
    """Takes weights from another run; says from where and how many."""
    source = Run.find(init_from).path / "checkpoints" / "best.npz"
    taken, of = checkpoint.take_weights(model, checkpoint.read(source)[0], source)
    return {"checkpoint": str(source), "weights_taken": taken, "weights": of}


def _after_nan(run: Run) -> str:
    last = run.path / "checkpoints" / "last.npz"
    kept = f"the last good checkpoint is {last}" if last.exists() else "no epoch was finished"
    return f"lower the learning rate (--set phases.NAME.optimizer.learning_rate=...); {kept}"
