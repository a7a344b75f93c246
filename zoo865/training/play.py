"""Watching an agent act."""

from pathlib import Path

import numpy as np

from zoo865.agents import policy as agents
from zoo865.agents.film import film, gif
from zoo865.errors import ZooError
from zoo865.files import atomic
from zoo865.training.published import find_trained

FIRST_SEED = 10_000  # of episodes that neither validation nor test has


def play(name, *, episodes: int = 10, seed: int = 0, out=None) -> dict:
    """Plays new episodes, always by the highest value.

    Args:
        name: a run, a published model, the path of one, or the name of a system.
        episodes: how many.
        seed: other numbers give other episodes.
        out: where to write the first episode as an animated GIF; None writes none.

    Returns:
        {"run", "environment", "episodes", "return_mean", "returns", "steps"}, and "out" where a GIF was written.

    Raises:
        ZooError: it is no agent, or cannot be drawn or written.
    """
    run = find_trained(name)
    if not run.spec.actions:
        raise ZooError(f"{run.path} is no agent", f"ask it with zoo865 {run.recipe.task.ask_with}")
    if not 1 <= episodes <= 10_000:
        raise ZooError(f"cannot play {episodes} episodes", "give a number from 1 to 10000")
    environment, most_steps = run.data.environment, run.recipe.task.most_steps
    seeds, values = FIRST_SEED + 10_000 * seed + np.arange(episodes), agents.values_of(run.model.network)
    returns, steps = agents.play(environment, seeds, values, most_steps=most_steps)
    played = {
        "run": str(run.path),
        "environment": environment,
        "episodes": episodes,
        "return_mean": float(returns.mean()),
        "returns": returns.tolist(),
        "steps": int(steps.sum()),
    }
    if out is not None:
        pictures = film(environment, seeds[0], values, most_steps=most_steps)
        with atomic(Path(out)) as temporary:
            temporary.write_bytes(gif(pictures))
        played["out"] = str(out)
    return played
