"""Choosing actions by a Q-network."""

from collections.abc import Callable

import numpy as np

from zoo865.agents.environments import as_seen, make, reset, step

ACTIVATIONS: dict[str, Callable] = {"relu": lambda x: np.maximum(x, 0.0), "tanh": np.tanh, "linear": lambda x: x}


def values_of(network):
    """A fast function from observations to action values, valid as long as the weights do not change.

    For a few observations at once a call of TensorFlow costs more than a small network itself: plain layers in a row
    are multiplied out in NumPy.

    Args:
        network: a `keras.Model`, (batch, *observation) float32 -> (batch, actions) values.

    Returns:
        (batch, *observation) array -> (batch, actions) array.
    """
    import keras

    operations = [each for each in network.operations if not isinstance(each, keras.layers.InputLayer)]
    parts = [_in_numpy(each) for each in operations]
    if not all(parts):
        return lambda observation: np.asarray(network.predict_on_batch(np.asarray(observation, "float32")))

    def values(observation):
        x = np.asarray(observation, "float32")
        for part in parts:
            x = part(x)
        return x

    return values


def _in_numpy(layer):
    """A layer as a function of NumPy arrays, (batch, numbers) -> (batch, numbers); None of a kind not known here."""
    import keras

    activation = ACTIVATIONS.get(getattr(getattr(layer, "activation", None), "__name__", "linear"))
    if isinstance(layer, keras.layers.Dense) and activation:
        kernel, bias = np.asarray(layer.kernel), np.asarray(layer.bias)
        return lambda x: activation(x @ kernel + bias)
    if isinstance(layer, keras.layers.Flatten):
        return lambda x: x.reshape(len(x), -1)
    if isinstance(layer, keras.layers.Conv2D) and activation and layer.padding == "valid":
        kernel, bias = np.asarray(layer.kernel), np.asarray(layer.bias)
        (high, wide), (down, right) = layer.kernel_size, layer.strides

        def convolved(x):
            windows = np.lib.stride_tricks.sliding_window_view(x, (high, wide), (1, 2))[:, ::down, ::right]
            return activation(np.einsum("bhwcij,ijcf->bhwf", windows, kernel, optimize=True) + bias)

        return convolved
    if isinstance(layer, keras.layers.Activation) and activation:
        return activation
    if isinstance(layer, keras.layers.LayerNormalization):
        gamma, beta, epsilon = np.asarray(layer.gamma), np.asarray(layer.beta), layer.epsilon

        def normalized(x):
            x = x - x.mean(-1, keepdims=True)
            return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * gamma + beta

        return normalized
    return None


def play(name: str, seeds, values, *, most_steps: int, render=False, watch=None) -> tuple[np.ndarray, np.ndarray]:
    """Plays one episode per seed, all in parallel, with the greedy policy.

    Args:
        name: of the environment.
        seeds: one for each episode.
        values: observations -> values.
        most_steps: an episode that is longer counts as it is then.
        render: whether the environments can be rendered.
        watch: called with (environments, observations) before every step, or None.

    Returns:
        (seeds,) sums of rewards, and numbers of steps.
    """
    environments = make(name, len(seeds), render=render)
    try:
        observation = reset(environments, seeds)
        returns, steps = np.zeros(len(seeds)), np.zeros(len(seeds), int)
        running = np.ones(len(seeds), bool)
        while running.any() and steps.max() < most_steps:
            if watch:
                watch(environments, observation[running])
            action = values(as_seen(observation)).argmax(-1)
            observation, reward, terminated, truncated = step(environments, action, f"after {steps.max()} steps")
            returns += np.where(running, reward, 0)
            steps += running
            running &= ~(terminated | truncated)
        return returns, steps
    finally:
        environments.close()


def play_by_chance(name: str, episodes: int = 20, most_steps: int = 10_000) -> tuple[np.ndarray, np.ndarray]:
    """What `play` returns for a random policy."""
    environments = make(name)
    actions = int(environments.single_action_space.n)
    environments.close()
    random = np.random.default_rng(0)
    return play(name, range(episodes), lambda seen: random.random((len(seen), actions)), most_steps=most_steps)
