"""dqn: an agent that learns by trial and error what each action is worth.

A network tells the value of every action in what the agent sees: the rewards that are still to come. The agent takes
the action of the highest value, now and then one at random; what happened then is remembered, and the network learns
from steps drawn out of that memory that a value is the reward plus the value of what came after.

Papers: Mnih et al. 2015 (DQN); van Hasselt, Guez, Silver 2016 (Double DQN); Sutton 1988 (n-step returns).

Differences from Mnih et al.:
1. Double DQN: the network chooses the next action, the target network values it.
2. Transitions of 3 steps.
3. Observations of numbers and a network of two dense layers, where they have pictures and convolutions.
4. Adam with a falling rate in place of RMSProp.

Limits: an agent knows the environment that it was trained in, and no other.
"""

import keras
from keras import layers, ops

from zoo865.agents.dqn import DQN
from zoo865.batches.collect import Collect
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.control import Control


def build_dqn(
    *,
    observation_shape: tuple[int, ...],
    actions: int,
    hidden: tuple[int, ...] = (256, 256),
    gamma: float = 0.99,
    double: bool = True,
) -> keras.Model:
    """Builds the agent.

    Args:
        observation_shape: of one observation.
        actions: how many there are.
        hidden: units of the dense layers.
        gamma: what a reward counts one step later.
        double: Double DQN.

    Returns:
        Model: transitions -> (batch, actions) values; its `network` takes (batch, *observation_shape) float32.
    """
    network, target = (build_network(observation_shape, actions, hidden, name) for name in ("network", "target"))
    model = DQN(network, target, gamma=gamma, double=double)
    model(ops.zeros((1, *observation_shape)))
    return model


def build_network(observation_shape, actions: int, hidden, name: str) -> keras.Model:
    """(batch, *observation_shape) float32 -> (batch, actions) values."""
    dense = [layers.Dense(units, activation="relu", name=f"dense{place}") for place, units in enumerate(hidden, 1)]
    values = layers.Dense(actions, dtype="float32", name="values")
    return keras.Sequential([keras.Input(observation_shape, name="observation"), *dense, values], name=name)


@recipe
def dqn_cartpole():
    """Balances a pole on a cart: Q-learning with a small network."""
    return Recipe(
        task=Control(),
        data="gym:CartPole-v1",
        batches=Collect(),
        batch_size=64,
        model=build_dqn,
        phases=(Phase("train", 16, Optimizer("adam", 2.3e-3, "linear", clip_norm=10.0), train=("network",)),),
        steps_per_execution=32,
        backends=("tensorflow",),
        tiny={
            "model_args.hidden": [64],
            "epochs": 2,
            "batches.steps": 2400,
            "batches.warm_up": 200,
            "batches.exploration": 1500,
            "batches.replay": 5000,
        },
    )
