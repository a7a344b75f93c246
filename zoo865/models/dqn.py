"""dqn: an agent that learns by trial and error what each action is worth.

A network tells the value of every action in what the agent sees: the rewards that are still to come. The agent takes
the action of the highest value, now and then one at random; what happened then is remembered, and the network learns
from steps drawn out of that memory that a value is the reward plus the value of what came after.

Papers: Mnih et al. 2015 (DQN); van Hasselt, Guez, Silver 2016 (Double DQN); Sutton 1988 (n-step returns); Wang et al.
2016 (dueling); Gallici et al. 2025 (layer normalization in Q-learning).

Differences from Mnih et al.:
1. Double DQN: the network chooses the next action, the target network values it.
2. Transitions of 3 steps.
3. Observations of numbers and two dense layers, or small boards and one convolution; pictures as theirs.
4. Layer normalization before every relu of a dense layer: without it values overshoot, and what was learned is lost.
5. Adam with a falling rate in place of RMSProp; the average of the last weights is what acts in the end.
6. Eight environments in step, one gradient step for every two to four steps in them.

Compared with: rl-baselines3-zoo's DQN, one run each (https://github.com/DLR-RM/rl-baselines3-zoo, benchmark.md):
CartPole-v1 500 after 50,000 steps, Acrobot-v1 -76.6 after 100,000, LunarLander-v2 154 after 100,000.

Limits: an agent knows the environment that it was trained in, and no other. An exploration by chance alone finds no
reward that lies many right actions away: in Taxi-v4 100,000 steps do not suffice.
"""

from typing import Any

import keras
from keras import layers, ops

from zoo865.agents.dqn import DQN, ValueAgent
from zoo865.batches.collect import Collect
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.control import Control

ATARI, MINATAR = ((32, 8, 4), (64, 4, 2), (64, 3, 1)), ((16, 3, 1),)


def build_dqn(
    *,
    observation_shape: tuple[int, ...],
    actions: int,
    convolutions: tuple[tuple[int, int, int], ...] = (),
    hidden: tuple[int, ...] = (256, 256),
    normalize: bool = True,
    dueling: bool = False,
    gamma: float = 0.99,
    double: bool = True,
) -> keras.Model:
    """Builds the agent.

    Args:
        observation_shape: of one observation; a picture, (height, width, channels), is first convolved.
        actions: how many there are.
        convolutions: (filters, kernel size, stride) of each, for pictures; () takes those of Mnih et al. for pictures
            of 36 pixels and more, for smaller ones 16 of 3 x 3 (Young and Tian 2019).
        hidden: units of the dense layers.
        normalize: layer normalization before every dense layer's relu (Ba et al. 2016).
        dueling: the last dense layer twice, for the value of what is seen and for what each action adds to it.
        gamma: what a reward counts one step later.
        double: Double DQN.

    Returns:
        Model: transitions -> (batch, actions) values; its `network` takes (batch, *observation_shape) float32.

    Example:
        >>> agent = build_dqn(observation_shape=(4,), actions=2, hidden=(8,), normalize=False)
        >>> agent.network(np.zeros((3, 4))).shape, agent.network.count_params()  # (4 + 1) * 8 + (8 + 1) * 2
        (TensorShape([3, 2]), 58)
    """
    shape = {"convolutions": convolutions, "hidden": hidden, "normalize": normalize, "dueling": dueling}
    network, target = (build_network(observation_shape, actions, name=name, **shape) for name in ("network", "target"))
    model = DQN(network, target, ValueAgent(network, target, double=double, gamma=gamma))
    model(ops.zeros((1, *observation_shape)))
    return model


def build_network(
    observation_shape, actions: int, *, hidden, convolutions=(), normalize=True, dueling=False, name="network"
) -> keras.Model:
    """(batch, *observation_shape) float32 -> (batch, actions) values."""
    x = observation = keras.Input(observation_shape, name="observation")
    if len(observation_shape) == 3:
        usual = ATARI if min(observation_shape[:2]) >= 36 else MINATAR
        for place, (filters, size, stride) in enumerate(convolutions or usual, 1):
            x = layers.Conv2D(filters, size, stride, activation="relu", name=f"convolution{place}")(x)
    if len(x.shape) > 2:
        x = layers.Flatten(name="flat")(x)

    def dense(x, units, name):
        x = layers.Dense(units, name=name)(x)
        x = layers.LayerNormalization(name=f"{name}_normalized")(x) if normalize else x
        return layers.Activation("relu", name=f"{name}_relu")(x)

    shared, split = (hidden[:-1], hidden[-1:]) if dueling else (hidden, ())
    for place, units in enumerate(shared, 1):
        x = dense(x, units, f"dense{place}")

    def head(outputs, name):
        end = x
        for units in split:
            end = dense(end, units, f"dense_{name}")
        return layers.Dense(outputs, dtype="float32", name=name)(end)

    values = head(actions, "advantages" if dueling else "values")
    if dueling:
        values = head(1, "value") + values - ops.mean(values, -1, keepdims=True)
    return keras.Model(observation, values, name=name)


TINY = {
    "model_args.hidden": [64],
    "epochs": 2,
    "batches.steps": 2400,
    "batches.warm_up": 200,
    "batches.exploration": 1500,
    "batches.replay": 5000,
    "batches.target_every": 50,
    "phases.train.optimizer.ema_momentum": 0.9,
}
# Careful settings to begin with: those of `dqn`, and Acrobot needs no others.
CAREFUL: dict[str, Any] = {
    "batches": Collect(steps=9600, exploration=20_000, epsilon=0.05, replay=100_000, target_every=128),
    "batch_size": 64,
    "model": build_dqn,
    "phases": (
        Phase("train", 10, Optimizer("adam", 1e-3, "linear", clip_norm=10.0, ema_momentum=0.995), train=("network",)),
    ),
    "steps_per_execution": 32,
    "backends": ("tensorflow",),
    "tiny": {**TINY, "batches.steps": 4800},  # in 2400 neither learns anything to speak of
}


@recipe
def dqn():
    """Q-learning for any environment with discrete actions: careful settings to begin with."""
    return Recipe(
        task=Control(),
        data="gym:CartPole-v1",
        **CAREFUL,
    )


@recipe
def dqn_cartpole():
    """Balances a pole on a cart."""
    return Recipe(
        task=Control(),
        data="gym:CartPole-v1",
        batches=Collect(steps=2400, exploration=8000, epsilon=0.04, replay=50_000, target_every=32),
        batch_size=64,
        model=build_dqn,
        phases=(
            Phase(
                "train",
                20,
                Optimizer("adam", 2.3e-3, "linear", clip_norm=10.0, ema_momentum=0.995),
                train=("network",),
                stop_at=500,
            ),
        ),
        steps_per_execution=32,
        backends=("tensorflow",),
        tiny=TINY,
    )


@recipe
def dqn_acrobot():
    """Swings an arm of two joints up, by the force of one."""
    return Recipe(
        task=Control(),
        data="gym:Acrobot-v1",
        **CAREFUL,
    )


@recipe
def dqn_lunarlander():
    """Lands a vehicle on the moon between two flags: gymnasium[box2d]."""
    return Recipe(
        task=Control(),
        data="gym:LunarLander-v3",
        batches=Collect(
            steps=19_840, steps_per_update=4, exploration=40_000, epsilon=0.05, replay=100_000, target_every=256
        ),
        batch_size=128,
        model=build_dqn,
        phases=(
            Phase("train", 15, Optimizer("adam", 1e-3, "linear", clip_norm=10.0, ema_momentum=0.999), ("network",)),
        ),
        steps_per_execution=32,
        backends=("tensorflow",),
        tiny=TINY,
    )


@recipe
def dqn_minatar_breakout():
    """Plays Breakout on a board of 10 x 10, by what it sees: the package minatar."""
    return Recipe(
        task=Control(),
        data="gym:MinAtar/Breakout-v1",
        batches=Collect(
            steps=49_408,
            steps_per_update=4,
            warm_up=5000,
            exploration=50_000,
            epsilon=0.02,
            replay=100_000,
            target_every=125,
        ),
        batch_size=64,
        model=build_dqn,
        model_args={"hidden": (128,)},
        phases=(
            Phase("train", 10, Optimizer("adam", 5e-4, "linear", clip_norm=10.0, ema_momentum=0.999), ("network",)),
        ),
        steps_per_execution=64,
        backends=("tensorflow",),
        tiny={**TINY, "batches.steps": 2560},
    )
