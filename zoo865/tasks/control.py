"""Acting in an environment, for its rewards."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from keras import ops

from zoo865.agents.policy import play, values_of
from zoo865.errors import ZooError
from zoo865.tasks.task import Exhibit, Signature
from zoo865.visualize.charts import histogram


@dataclass(frozen=True)
class Control:
    """One observation, one action. Models have `network`: observations -> the value of each action.

    Args:
        most_steps: an episode that is longer counts as it is then.
    """

    most_steps: int = 10_000

    monitor: ClassVar = ("val_return_mean", "max")
    unit: ClassVar = "steps"
    ask_with: ClassVar = "play RUN"
    asks: ClassVar = "serve"

    def model_args(self, spec) -> dict:
        """{"observation_shape": ..., "actions": ...}."""
        if not spec.actions:
            raise ZooError("these data are no environment", "name one of gymnasium: --data gym:CartPole-v1")
        return {"observation_shape": spec.inputs["observation"][0], "actions": spec.actions}

    def compile_args(self, spec) -> dict:
        """Nothing: the model has its own `compute_loss`."""
        return {}

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

    def show(self, run) -> Iterator[Exhibit]:
        """How the returns of the test episodes are spread."""
        returns, _ = self._play(run.model, run.data, "test")
        caption = f"{len(returns)} test episodes, played greedily."
        yield Exhibit("returns", "Returns", caption, histogram(returns, "return", "episodes"))

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`serve`: observations -> `action` (batch,) int64, and `q_values` (batch, actions) float32."""
        shape, dtype = spec.inputs["observation"]

        def act(observation):
            seen = ops.cast(observation, "float32") / (255.0 if dtype == "uint8" else 1.0)
            values = ops.cast(model.network(seen, training=False), "float32")
            return {"action": ops.cast(ops.top_k(values, 1)[1][:, 0], "int64"), "q_values": values}

        some = np.random.default_rng(0).integers(0, 2, (8, *shape)).astype(dtype)
        return {"serve": Signature(act, {"observation": ((None, *shape), dtype)}, {"observation": some})}

    def parse(self, given, spec):
        """An observation as {"observation": array}."""
        shape, dtype = spec.inputs["observation"]
        return {"observation": np.asarray(given, dtype).reshape(shape)}, ()

    def answer(self, outputs, spec) -> list[dict]:
        """{"action": number, "q_values": [...]}."""
        pairs = zip(outputs["action"], outputs["q_values"], strict=True)
        return [{"action": int(action), "q_values": values.tolist()} for action, values in pairs]

    def _play(self, model, data, split):
        examples = data.split(split)
        seeds = examples.take(np.arange(len(examples)))["seed"]
        return play(data.environment, seeds, values_of(model.network), most_steps=self.most_steps)
