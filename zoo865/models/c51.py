"""c51: an agent that learns how the rewards still to come are spread, not only their mean.

A network gives, for every action, a distribution over 51 possible returns. The agent acts by the means; it learns by
moving each distribution towards that of the next moment, shifted by the reward.

Papers: Bellemare, Dabney, Munos 2017.

Differences from the paper:
1. Observations of numbers and dense layers with layer normalization, where they have pictures and convolutions.
2. Transitions of 3 steps.

Compared with: `dqn_cartpole`, which takes fewer steps to the same return.

Limits: returns must lie between two bounds that are known before.
"""

import keras
from keras import layers, ops

from zoo865.agents.c51 import CategoricalAgent
from zoo865.agents.dqn import DQN
from zoo865.batches.collect import Collect
from zoo865.layers.expectation import Expectation
from zoo865.models.dqn import TINY, build_network
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.control import Control


def build_c51(
    *,
    observation_shape: tuple[int, ...],
    actions: int,
    lowest: float,
    highest: float,
    atoms: int = 51,
    hidden: tuple[int, ...] = (256, 256),
    gamma: float = 0.99,
) -> keras.Model:
    """Builds the agent.

    Args:
        observation_shape: of one observation.
        actions: how many there are.
        lowest, highest: the returns of the first and the last atom.
        atoms: how many returns are told apart.
        hidden: units of the dense layers.
        gamma: what a reward counts one step later.

    Returns:
        Model: transitions -> (batch, actions, atoms) logits; its `network` takes (batch, *observation_shape) float32
        and gives (batch, actions) values, the means.

    Example:
        >>> agent = build_c51(observation_shape=(4,), actions=2, lowest=0.0, highest=10.0, hidden=(8,))
        >>> agent.network(np.zeros((3, 4))).shape
        TensorShape([3, 2])
    """

    def network(name):
        flat = build_network(observation_shape, actions * atoms, hidden=hidden)
        logits = layers.Reshape((actions, atoms), dtype="float32", name="logits")(flat.output)
        means = Expectation(lowest, highest, dtype="float32", name="means")(logits)
        return keras.Model(flat.input, means, name=name)

    online, target = network("network"), network("target")
    model = DQN(online, target, CategoricalAgent(online, target, lowest=lowest, highest=highest, gamma=gamma))
    model(ops.zeros((1, *observation_shape)))
    return model


@recipe
def c51_cartpole():
    """Balances a pole on a cart by the whole distribution of what is to come."""
    return Recipe(
        task=Control(),
        data="gym:CartPole-v1",
        batches=Collect(),
        batch_size=64,
        model=build_c51,
        model_args={"lowest": 0.0, "highest": 100.0},
        phases=(Phase("train", 10, Optimizer("adam", 1e-3, "linear", clip_norm=10.0), train=("network",)),),
        steps_per_execution=32,
        backends=("tensorflow",),
        tiny=TINY,
    )
