"""The weights that a training passes through: those that a run keeps, or those of a short training anew."""

import itertools
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from zoo865.data.spec import Data
from zoo865.errors import ZooError
from zoo865.registry import get_recipe, list_systems
from zoo865.tasks.classification import Classification
from zoo865.training import checkpoint
from zoo865.training.build import build_model, build_optimizer, choose_trainable, load
from zoo865.training.devices import can_jit
from zoo865.training.feeds import Feeds
from zoo865.training.published import Published, find_trained, move_data
from zoo865.training.run import Run

STEPS, EVERY = 60, 3  # of a training anew; its weights are kept each so many


@dataclass(frozen=True)
class TrainingPath:
    """Weights from the first to the last.

    Args:
        title: the system's name.
        about: how they were found, in sentences.
        model: with the weights that the surface is drawn around.
        loss: (labels, answers) -> a number.
        data: which the loss is of.
        names: of the places on the path.
        weights: for each place the values of all of `model.variables`.
        end: which of the places the model is at.
    """

    title: str
    about: str
    model: keras.Model
    loss: Any
    data: Data
    names: tuple[str, ...]
    weights: tuple[list[np.ndarray], ...]
    end: int


def training_path(name: str, data: str | None = None) -> TrainingPath:
    """The path of a run, the one place of a published model, or the path of a system that is trained for 60 steps.

    Args:
        name: a run or a published model, as `find_trained` finds it; a system, or a user's FILE.py:NAME, is trained.
        data: other data for a system; of a run the place where its data are now.

    Returns:
        The path.

    Raises:
        ZooError: there is none of that name; it is no classifier; its checkpoints or data are gone.

    Example:
        >>> training_path("mnist_cnn", "mnist_sample").names[:3]  # doctest: +SKIP
        ('start', 'step 3', 'step 6')
    """
    if ":" in name or name in [system.name for system in list_systems()]:
        return _anew(name, data)
    trained = find_trained(name)
    _check_task(trained.recipe)
    if data is not None:
        move_data(trained, data)
    return _of_run(trained) if isinstance(trained, Run) else _published(trained)


def _check_task(recipe):
    if not isinstance(recipe.task, Classification):
        wrong = f"{recipe.name} is no classifier: its loss is not one of answers and labels"
        raise ZooError(wrong, "choose one: zoo865 explain landscape mnist_cnn")


def _anew(name: str, data_name: str | None) -> TrainingPath:
    recipe = get_recipe(name)
    if data_name is not None:
        recipe = recipe.override({"data": data_name})
    _check_task(recipe)
    data = load(recipe)
    keras.utils.set_random_seed(0)
    model = build_model(recipe, data.spec)
    phase, feed = recipe.phases[0], Feeds(recipe, data, 0, model).own
    choose_trainable(model, phase)
    loss = recipe.task.compile_args(data.spec)["loss"]
    model.compile(build_optimizer(phase.optimizer, STEPS, model), loss, jit_compile=can_jit(model))
    kept = {"start": _values(model)}
    for step, batch in enumerate(itertools.islice(_batches(feed), STEPS), start=1):
        model.train_on_batch(*batch)
        if step % EVERY == 0:
            kept[f"step {step}"] = _values(model)
    about = (
        f"{recipe.name} was trained anew on {data.name}, by its own recipe, but for {STEPS} steps of {feed.batch_size} "
        f"examples only; its weights were kept every {EVERY} steps."
    )
    return TrainingPath(recipe.name, about, model, loss, data, tuple(kept), tuple(kept.values()), len(kept) - 1)


def _batches(feed):
    """Those of epoch after epoch, without end."""
    for epoch in itertools.count():
        feed.begin_epoch(epoch)
        yield from feed.dataset.as_numpy_iterator()


def _of_run(run: Run) -> TrainingPath:
    folder = run.path / "checkpoints"
    if not any(folder.glob("*.npz")):
        anew = f"zoo865 explain landscape {run.recipe.name}"
        raise ZooError(f"the checkpoints of {run.path} are gone", f"train again, or see a short training: {anew}")
    model, kept = run.model, {}
    files = [folder / f"{name}.npz" for name in ("previous", "last")]
    _, *best = checkpoint.read_best(folder, run.recipe.task.monitor[1])
    for arrays, facts in (*(checkpoint.read(file) for file in files if file.exists()), best):  # the best stays
        checkpoint.restore_model(model, arrays, folder)
        kept[facts["epoch"]] = _values(model)
    end = facts["epoch"]
    names = {epoch: f"epoch {epoch + 1}" for epoch in kept}
    if not run.settings.get("init_from") and not run.recipe.model_args.get("weights"):
        keras.utils.set_random_seed(run.settings["seed"])
        kept[-1], names[-1] = _values(build_model(run.recipe, run.spec)), "start"
    order = sorted(kept)
    about = f"The run {run.path}. A run keeps the weights of its best epoch and of its last two; the surface is drawn "
    about += "around the best. "
    about += "Those of the start follow from its seed. " if -1 in kept else ""
    about += f"For a path of many steps, trained anew: zoo865 explain landscape {run.recipe.name}"
    return TrainingPath(
        *(run.recipe.name, about, model, run.recipe.task.compile_args(run.spec)["loss"], run.data),
        *(tuple(names[epoch] for epoch in order), tuple(kept[epoch] for epoch in order), order.index(end)),
    )


def _published(model: Published) -> TrainingPath:
    about = f"The {model.origin} keeps no checkpoints: there is no path, only the surface around its weights."
    loss = model.recipe.task.compile_args(model.spec)["loss"]
    return TrainingPath(model.recipe.name, about, model.model, loss, model.data, ("end",), (_values(model.model),), 0)


def _values(model) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(variable)) for variable in model.variables]
