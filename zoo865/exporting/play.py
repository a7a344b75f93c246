"""Plays episodes with a trained agent."""

from pathlib import Path

import numpy as np

from zoo865.agents import policy as agents
from zoo865.agents.environments import FIRST_TRAINING_SEED, as_given
from zoo865.agents.film import film, gif
from zoo865.errors import ZooError
from zoo865.exporting.predictor import Predictor
from zoo865.files import atomic, file_to_write
from zoo865.tasks.task import Task
from zoo865.training.published import find_trained

FIRST_SEED, MOST_EPISODES = 10_000, 10_000  # beyond those of validation and test
HIGHEST_SEED = (FIRST_TRAINING_SEED - FIRST_SEED) // MOST_EPISODES - 1


def play(name, *, episodes: int = 10, seed: int = 0, out=None) -> dict:
    """Plays new episodes, always by the highest value: by the export, which imports neither TensorFlow nor Keras, where
    there is one and the environment is not registered by the file of the recipe.

    Args:
        name: a run, a published model, the path of one, or the name of a system.
        episodes: how many.
        seed: random seed from 0 to HIGHEST_SEED; no seed starts an episode of training.
        out: where to write the first episode as an animated GIF; None writes none.

    Returns:
        {"run", "model": which of a name it is, "environment", "episodes", "return_mean", "returns", "steps"}, and where
        a GIF was written "out" and "film_every": of every which step it has a picture.

    Raises:
        ZooError: it is not an agent, cannot be rendered or written, or `out` does not end in .gif.
    """
    run = find_trained(name)
    if not run.spec.actions or run.spec.game:
        raise ZooError(f"{run.path} is not an agent", f"use zoo865 {run.recipe.task.usage}")
    if not 1 <= episodes <= MOST_EPISODES:
        raise ZooError(f"cannot play {episodes} episodes", f"give a number from 1 to {MOST_EPISODES}")
    if not 0 <= seed <= HIGHEST_SEED:
        raise ZooError(f"invalid seed {seed}", f"give a number from 0 to {HIGHEST_SEED}")
    if out is not None and file_to_write(out).suffix.lower() != ".gif":
        raise ZooError(f"{out} is not a GIF file", "use a name that ends in .gif: --out episode.gif")
    # A user's file may register the environment when it is imported, which the recipe does.
    exported = run.export_path.is_dir() and not run.document["recipe"].get("file")
    environment, most_steps, values = (_by_its_export if exported else _by_its_model)(run)
    seeds = FIRST_SEED + MOST_EPISODES * seed + np.arange(episodes)
    returns, steps = agents.play(environment, seeds, values, most_steps=most_steps)
    played = {
        "run": str(run.path),
        "model": run.origin,
        "environment": environment,
        "episodes": episodes,
        "return_mean": float(returns.mean()),
        "returns": returns.tolist(),
        "steps": int(steps.sum()),
    }
    if out is not None:
        pictures, every, _ = film(environment, seeds[0], values, most_steps=most_steps)
        with atomic(Path(out)) as temporary:
            temporary.write_bytes(gif(pictures))
        played |= {"out": str(out), "film_every": every}
    return played


def _by_its_export(run):
    predictor = Predictor(run)
    ((name, feature),) = run.spec.inputs.items()

    def values(seen):
        return predictor.run("serve", **{name: as_given(seen, feature.dtype)})["q_values"]

    return run.document["data"]["name"].removeprefix("gym:"), _most_steps(run, predictor.task), values


def _by_its_model(run):
    return run.data.environment, _most_steps(run, run.recipe.task), agents.values_of(run.model.network)


def _most_steps(run, task: Task) -> int:
    if not hasattr(task, "most_steps"):  # it learned actions by examples, in no environment
        raise ZooError(f"{run.path} is not an agent", f"use zoo865 {task.usage}")
    return task.most_steps
