"""Reinforcement learning: acting in an environment to maximize its rewards."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.agents.environments import as_seen, goal_of
from zoo865.agents.film import film, gif
from zoo865.agents.policy import play, play_by_chance, values_of
from zoo865.errors import ZooError
from zoo865.registry import task
from zoo865.tasks.examples import serving, training_batch
from zoo865.tasks.task import Part, Pictures, Reference, ReportSection, Signature, Task

FILMED_SEED = 9_999  # of no split
BY_CHANCE = 1_000  # steps of an episode played by chance, at most: a report shall not take minutes
PLANES = {  # two numbers of an observation over which the report shows values, and their places in it
    "CartPole-v1": {"angle (rad)": 2, "angular velocity (rad/s)": 3},
    "Acrobot-v1": {"sine of the first angle": 1, "sine of the second angle": 3},
    "LunarLander-v3": {"height": 1, "vertical speed": 3},
}


@task
@dataclass(frozen=True)
class Control(Task):
    """One action per observation. Models have `network`: observations -> the value of each action.

    Args:
        most_steps: longer episodes are truncated here.

    Example:
        >>> Control(most_steps=500).monitor
        ('val_return_mean', 'max')
    """

    most_steps: int = 10_000

    monitor: ClassVar = ("val_return_mean", "max")
    unit: ClassVar = "steps"
    usage: ClassVar = "play RUN"
    shown_apart: ClassVar = ("epsilon", "val_evaluation_steps", "val_return_spread")
    headline: ClassVar = ("return_mean", "return_worst", "return_spread")
    explained: ClassVar = {
        "return_mean": "The sum of an episode's rewards, mean over episodes.",
        "return_worst": "The return of the worst episode.",
        "return_spread": "The standard deviation of the return over episodes.",
        "evaluation_steps": "Environment steps of this evaluation; none of them are used for training.",
    }

    def model_args(self, spec) -> dict:
        """{"observation_shape": ..., "actions": ...}."""
        if not spec.actions:
            raise ZooError("the data are not an environment", "choose a gymnasium environment: --data gym:CartPole-v1")
        return {**super().model_args(spec), "actions": spec.actions}

    def measure(self, model, data, split: str) -> dict[str, float]:
        """Of episodes played greedily, one a seed of the split: the mean return, its standard deviation over episodes,
        the worst, and environment steps taken to measure this (none of which is trained on).
        """
        returns, steps = self._play(model, data, split)
        return {
            "return_mean": float(returns.mean()),
            "return_spread": float(returns.std()),
            "return_worst": float(returns.min()),
            "evaluation_steps": float(steps.sum()),
        }

    def references(self, run) -> Iterator[Reference]:
        """The return of random actions, if their episodes end soon; and the goal of the recipe or environment."""
        environment = run.data.environment
        returns, steps = play_by_chance(environment, most_steps=BY_CHANCE)
        if steps.max() < BY_CHANCE:
            yield Reference("chance", {"return_mean": float(returns.mean())}, drawn=True)
        goals = [phase.stop_at for phase in run.recipe.phases if phase.stop_at is not None]
        if (goal := goals[-1] if goals else goal_of(environment)) is not None:
            yield Reference("goal", {"return_mean": float(goal)}, drawn=True)

    def report_sections(self, run) -> Iterator[Part]:
        """A histogram of the test returns, action values over a plane where one is defined; an episode; the first
        training transitions.
        """
        yield Part("Returns", lambda: self._returns(run))
        yield Part("Episode", lambda: self._episode(run.data.environment, values_of(run.model.network)))
        yield Part("Training batch", lambda: [training_batch(run)])

    def _returns(self, run) -> Iterator[ReportSection]:
        from zoo865.visualize.charts import histogram

        environment, values, states = run.data.environment, values_of(run.model.network), []
        plane = PLANES.get(environment)
        watch = (lambda _, observation: states.append(observation)) if plane else None
        returns, _ = self._play(run.model, run.data, "test", watch)
        caption = f"{len(returns)} test episodes with the greedy policy."
        yield ReportSection("returns", "Returns", caption, histogram(returns, "return", "episodes"))
        if plane:
            yield self._values(plane, values, as_seen(np.concatenate(states)))

    def _episode(self, environment: str, values) -> Iterator[ReportSection]:
        """A film of one episode; none if the environment cannot be rendered."""
        try:
            pictures, every, steps = film(environment, FILMED_SEED, values, most_steps=self.most_steps)
        except ZooError:
            return
        some = np.linspace(0, len(pictures) - 1, min(10, len(pictures))).astype(int)
        strip = Pictures([pictures[place] for place in some], [f"step {every * place + 1}" for place in some])
        smaller = [picture[::2, ::2] if min(picture.shape[:2]) > 200 else picture for picture in pictures]
        shown = f"; the film shows one frame in {every}" if every > 1 else ""
        caption = f"A new episode of {steps} steps with the greedy policy{shown}."
        yield ReportSection("episode", "Episode", caption, animation=gif(smaller), pictures=strip)

    def _values(self, plane, values, states) -> ReportSection:
        """Values over two numbers of the observation, all others as they were in the middle of the states played."""
        from zoo865.visualize.charts import value_plane

        (x_name, x), (y_name, y) = plane.items()
        sides = [np.linspace(*_around(states[:, number]), 101) for number in (x, y)]
        points = np.tile(np.median(states, 0), (101, 101, 1)).astype("float32")
        points[..., x], points[..., y] = np.meshgrid(*sides)
        found = values(points.reshape(-1, states.shape[1])).reshape(101, 101, -1)
        some = states[np.random.default_rng(0).integers(0, len(states), 400)]
        caption = (
            "Top: the value of the best action. Bottom: the best action, and its lead over the second best. "
            "Dots are states of the test episodes; all other observations are set to their median."
        )
        figure = value_plane(sides, found, (x_name, y_name), some[:, [x, y]])
        return ReportSection("values", "Action values", caption, figure)

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`serve`: observations -> `action` (batch,) int64, by the environment's own number, and `q_values` (batch,
        actions) float32, of the actions in their order.
        """
        from keras import ops

        ((name, feature),), (action,) = spec.inputs.items(), spec.targets.values()

        def act(seen):
            values = ops.cast(model.network(seen, training=False), "float32")
            return {"action": ops.cast(ops.top_k(values, 1)[1][:, 0], "int64") + action.start, "q_values": values}

        some = np.random.default_rng(0).integers(0, 2, (8, *feature.shape)).astype(feature.dtype)
        return {"serve": serving(spec, {name: some}, act)}

    def decode(self, outputs, spec) -> list[dict]:
        """{"action": its number in the environment, "q_values": of all actions in their order}."""
        pairs = zip(outputs["action"], outputs["q_values"], strict=True)
        return [{"action": int(action), "q_values": values.tolist()} for action, values in pairs]

    def _play(self, model, data, split, watch=None):
        examples = data.split(split)
        seeds = examples.take(np.arange(len(examples)))["seed"]
        return play(data.environment, seeds, values_of(model.network), most_steps=self.most_steps, watch=watch)


def _around(numbers) -> tuple[float, float]:
    """Bounds about three times as wide as the middle of what was seen."""
    low, high = np.percentile(numbers, [1, 99])
    margin = (high - low) or 1.0
    return low - margin, high + margin
