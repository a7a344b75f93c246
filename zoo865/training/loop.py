"""The one loop: a recipe in, a run out.

Every system of the zoo trains here, by `keras.Model.fit`; nothing else in the package calls it.
"""

import contextlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import keras

from zoo865.batches.cached import cached_features
from zoo865.batches.feed import Feed
from zoo865.callbacks.average import AverageWeights
from zoo865.callbacks.gradient_flow import GradientFlow
from zoo865.callbacks.image_samples import ImageSamples
from zoo865.callbacks.measure import Measure
from zoo865.callbacks.progress import Progress
from zoo865.callbacks.speed import Speed
from zoo865.callbacks.stopping import (
    StopAtGoal,
    StopOnDivergence,
    StopOnInterrupt,
    StopOnNaN,
    TimeBudget,
    TrainingDiverged,
)
from zoo865.data.load import full_name
from zoo865.data.spec import Data, Spec
from zoo865.errors import ZooError
from zoo865.recipe import Recipe
from zoo865.registry import get_recipe
from zoo865.training import checkpoint
from zoo865.training.announce import announce
from zoo865.training.build import build_model, compile_for, load, with_full_names
from zoo865.training.by_word import by_word
from zoo865.training.check import check_before, check_recipe
from zoo865.training.devices import can_jit, choose_precision, on_devices, synchronize
from zoo865.training.feeds import Feeds
from zoo865.training.memory import keep_freed_memory
from zoo865.training.published import Published, find_trained, move_data
from zoo865.training.record import WriteHistory, measure_at_the_end, settings_of
from zoo865.training.resume import alone, check_resumable, clear_the_end
from zoo865.training.run import CAME_TO_NOTHING, Run


def train(
    recipe: Recipe | str,
    *,
    seed: int = 0,
    run_dir: str | os.PathLike | None = None,
    minutes: float | None = None,
    init_from: Run | Published | str | os.PathLike | None = None,
    precision: str = "float32",
    devices: int = 1,
) -> Run:
    """Trains a system and writes a run directory.

    The model is measured on validation examples after every epoch; the best epoch's weights, or the last one's where
    the recipe says so, are kept and, at the end, measured once on test examples. Ctrl-C ends training after the current
    batch, with what there is.

    Args:
        recipe: a recipe, or the name of one.
        seed: of weights, order, augmentation and dropout.
        run_dir: where to write; None makes a directory under runs/.
        minutes: time budget of training.
        init_from: to start from its weights: a run, a published model, the path of one, or the name of a system (its
            newest run here, or published); None starts from what the recipe says.
        precision: "float32", "mixed_bfloat16", "mixed_float16", or "auto" for what this hardware is fast in. Weights
            are float32 in all of them.
        devices: among how many GPUs (or processors) every batch is shared.

    Returns:
        The run, with its model and data at hand.

    Raises:
        ZooError: data, settings or place are wrong, or the loss became NaN.

    Example:
        >>> run = zoo865.train(tiny, run_dir="runs/one", seed=1)
        >>> run.metrics["finished"], len(run.history)
        (True, 1)
    """
    recipe = with_full_names(get_recipe(recipe) if isinstance(recipe, str) else recipe)
    check_recipe(recipe)
    budget = TimeBudget(minutes)
    precision = choose_precision(precision)
    if not 0 <= seed < 2**32:
        raise ZooError(f"seed must be from 0 to {2**32 - 1}, not {seed}")
    weights = _weights_of(begin_with) if (begin_with := init_from or recipe.init_from) else None
    keras.utils.clear_session()  # the same automatic names in every run of a process
    with on_devices(devices):
        data = load(recipe)
        model = _fresh(recipe, data.spec, seed, precision, devices)
        taken = _start_from(model, data.spec, *weights) if weights else None
        feeds = Feeds(recipe, data, seed, model)
        whole, recipe = recipe, recipe.within_max_steps(feeds.own.steps)
        check_before(recipe, model, feeds, data, devices)
        chosen: dict[str, object] = {"seed": seed, "init_from": taken, "jit": can_jit(model, devices)}
        chosen |= {"precision": precision, "devices": devices, "steps_per_epoch": feeds.own.steps}
        run = Run.create(run_dir, recipe.name, settings_of(recipe, data, **chosen))
        run.recipe, run.spec, run.data, run.model = recipe, data.spec, data, model
        with alone(run):
            for warning in data.warnings:
                print(f"warning: {warning} (listed in the report)", file=sys.stderr)
            announce(run, whole)
            _train(run, feeds, budget)
    return run


def resume(
    source: Run | str | os.PathLike,
    *,
    recipe: Recipe | None = None,
    data: str | None = None,
    minutes: float | None = None,
) -> Run:
    """Continues a run that was killed or stopped, from its last whole epoch, bit for bit as if uninterrupted.

    Args:
        source: a Run, or the path of one.
        recipe: the recipe that the run must have; None accepts any.
        data: where its data are now; None looks where they were.
        minutes: time budget of the training that is left.

    Returns:
        The run, with its model and data at hand.

    Raises:
        ZooError: the run has finished, is of another recipe or of other versions, or its checkpoints are damaged.

    Example:
        >>> run = zoo865.train(tiny.override({"epochs": 2}), run_dir="runs/two", minutes=1e-9)
        >>> run.metrics["finished"], len(run.history)
        (False, 1)
        >>> run = zoo865.resume("runs/two")
        >>> run.metrics["finished"], len(run.history)
        (True, 2)
    """
    run = source if isinstance(source, Run) else Run.find(source)
    budget = TimeBudget(minutes)
    if data is not None and full_name(data) != full_name(run.settings["recipe"]["data"]):
        move_data(run, data)
    check_resumable(run, recipe and with_full_names(recipe))
    seed, init_from, devices = (run.settings[name] for name in ("seed", "init_from", "devices"))
    with alone(run):
        reached = checkpoint.read_last(run.path / "checkpoints")
        weights = _weights_of(init_from["source"]) if init_from and not reached else None
        keras.utils.clear_session()
        with on_devices(devices):
            run.model = _fresh(run.recipe, run.spec, seed, run.settings["precision"], devices, bool(reached))
            if weights:
                _start_from(run.model, run.spec, *weights)
            feeds = Feeds(run.recipe, run.data, seed, run.model)
            announce(run, run.recipe)
            _train(run, feeds, budget, reached)
    return run


def _train(run: Run, feeds: Feeds, budget, reached: tuple[Path, dict, dict] | None = None):
    """Fits phase after phase, from the beginning or from the checkpoint that was reached; measures at the end."""
    keep_freed_memory()
    recipe, (source, arrays, facts) = run.recipe, reached or (None, {}, {})
    done, before, began = facts.get("epoch", -1) + 1, facts.get("seconds", 0.0), time.monotonic()
    if reached:
        checkpoint.restore_model(run.model, arrays, source)
        feeds.restore(checkpoint.part_of(arrays, "feed"))
    now = Stage(run.model, feeds.own, run.data)
    average, interrupt = AverageWeights(), StopOnInterrupt()
    history = WriteHistory(run, facts.get("history", []))
    goal = StopAtGoal(*recipe.task.monitor, recipe.phases[0], rows=lambda: history.rows)
    speed = Speed(feeds.own.examples_per_step)
    progress = Progress(
        epochs=sum(phase.epochs for phase in recipe.phases),
        steps=feeds.own.steps,
        examples_per_step=feeds.own.examples_per_step,
        unit=recipe.task.unit,
        batch_logs=lambda: now.feed.logs(),
    )
    keep = checkpoint.KeepCheckpoints(
        run.path / "checkpoints",
        state=lambda: checkpoint.state_of(run.model, now.model.optimizer, feeds, average),
        facts=lambda: {"history": history.rows, "seconds": before + time.monotonic() - began},
        monitor=recipe.task.monitor,
        keep=recipe.keep,
    )
    keep.best = facts.get("best")
    callbacks = [
        *([GradientFlow(run.path / "gradient_flow.json")] if run.settings["devices"] == 1 else []),
        speed,
        BeginEpoch(now),
        average,
        Measure(lambda model: history.measures_of(goal.phase) or recipe.task.measure(model, now.data, "validation")),
        StopOnNaN(lambda: _after_trouble(run)),
        ImageSamples(run.path / "epochs", recipe.task.sample_image),
        history,
        StopOnDivergence(recipe.task.diverged),
        keep,
        goal,
        progress,
        interrupt,
        budget,
    ]
    broken = ""
    with contextlib.ExitStack() as stack:
        stack.callback(progress.close)
        stack.callback(interrupt.release)
        try:
            begin, cached = 0, {}
            for number, phase in enumerate(recipe.phases):
                end, goal.phase = begin + phase.epochs, phase
                if not (done >= end or goal.reached or interrupt.stopped or budget.stopped):
                    if phase.cache_at and not cached:
                        given = run.model, recipe.phases, number, feeds, run.data
                        cached = stack.enter_context(
                            cached_features(*given, directory=run.path / "cached_features", seed=run.settings["seed"])
                        )
                    begun = run.model, feeds.of(phase), run.data
                    now.model, now.feed, now.data = cached[phase.name] if phase.cache_at else begun
                    history.phase, progress.steps = phase.name, now.feed.steps
                    speed.examples_per_step = progress.examples_per_step = now.feed.examples_per_step
                    compile_for(phase, run, now.model, now.feed)
                    if done > begin:
                        checkpoint.restore_optimizer(now.model.optimizer, arrays, source)
                        average.restore(checkpoint.part_of(arrays, "average"))
                    _fit(now, callbacks, max(begin, done), end)
                begin = end
        except TrainingDiverged as reason:
            if keep.best is None:
                raise ZooError(f"training {CAME_TO_NOTHING}: {reason}", _after_trouble(run)) from None
            broken = f"{CAME_TO_NOTHING}: {reason}"
            print(f"training {broken}; {_after_trouble(run)}", file=sys.stderr)
    clear_the_end(run)
    late = budget.stopped and not run.is_over
    stopped = broken or ("interrupted" if interrupt.stopped else "time budget exhausted" if late else "")
    if stopped and not broken:
        print(f"{stopped}; evaluating on the test examples", file=sys.stderr)
    measure_at_the_end(run, stopped=stopped, seconds=before + time.monotonic() - began)


@dataclass
class Stage:
    """What a phase fits, on what, and the data it is measured on."""

    model: keras.Model
    feed: Feed
    data: Data


def _fit(now: Stage, callbacks, epoch: int, end: int):
    """The only call of `fit`."""
    try:
        now.model.fit(now.feed.dataset, initial_epoch=epoch, epochs=end, callbacks=callbacks, shuffle=False, verbose=0)
    except Exception:
        if now.feed.failed:
            raise now.feed.failed from None
        raise


class BeginEpoch(keras.callbacks.Callback):
    """Tells the feed which epoch begins, before `fit` makes the epoch's iterator; hears of it when it ends."""

    def __init__(self, now: Stage):
        super().__init__()
        self.now = now

    def on_epoch_begin(self, epoch, logs=None):
        """Tells."""
        self.now.feed.begin_epoch(epoch)

    def on_epoch_end(self, epoch, logs=None):
        """Writes what the feed has to tell of the epoch."""
        logs.update(self.now.feed.logs())


def _fresh(recipe: Recipe, spec, seed: int, precision: str, devices: int, reached: bool = False) -> keras.Model:
    """The model as it is before the first step; where a checkpoint was reached, without weights from elsewhere."""
    if keras.backend.backend() not in recipe.backends:
        here, there = keras.backend.backend(), " or ".join(recipe.backends)
        raise ZooError(f"{recipe.name} does not run on the {here} backend", f"set KERAS_BACKEND={there}")
    keras.utils.set_random_seed(seed)
    model = build_model(recipe, spec, precision, trained=reached)
    if devices > 1:
        synchronize(model)
    return model


def _weights_of(name) -> tuple[dict, Spec, Path]:
    """The weights of a trained system, by their paths, of which data, and where they are from."""
    source = find_trained(name)
    keras.utils.clear_session()  # automatic names as in the training of every other model
    weights = {weight.path: keras.ops.convert_to_numpy(weight.value) for weight in source.model.weights}
    return weights, source.spec, source.path


def _start_from(model, spec: Spec, weights, before: Spec, source) -> dict:
    """Takes weights of another model; says from where and how many."""
    taken, of = checkpoint.take_weights(model, by_word(weights, before, model, spec), source)
    return {"source": str(source), "weights_taken": taken, "weights": of}


def _after_trouble(run: Run) -> str:
    last = run.path / "checkpoints" / "last.npz"
    kept = f"the last good checkpoint is {last}" if last.exists() else "there is no good checkpoint"
    return f"lower the learning rate (--set phases.NAME.optimizer.learning_rate=...); {kept}"
