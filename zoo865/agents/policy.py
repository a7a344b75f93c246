"""Choosing actions by a Q-network."""

import keras
import numpy as np

from zoo865.agents.environments import as_seen, make, reset

ACTIVATIONS = {"relu": lambda x: np.maximum(x, 0.0), "tanh": np.tanh, "linear": lambda x: x}


def values_of(network: keras.Model):
    """A function from observations to values, as fast as the network allows, for as long as its weights stand.

    For a few observations at once a call of TensorFlow costs more than a small network itself: dense layers in a row
    are multiplied out in NumPy.

    Args:
        network: (batch, *observation) float32 -> (batch, actions) values.

    Returns:
        (batch, *observation) array -> (batch, actions) array.
    """
    layers = [layer for layer in network.layers if not isinstance(layer, keras.layers.InputLayer)]
    dense = all(isinstance(layer, keras.layers.Dense) and layer.activation.__name__ in ACTIVATIONS for layer in layers)
    if not (dense and len(network.input_shape) == 2 and isinstance(network, keras.Sequential)):
        return lambda observation: np.asarray(network.predict_on_batch(np.asarray(observation, "float32")))
    steps = [
        (np.asarray(layer.kernel), np.asarray(layer.bias), ACTIVATIONS[layer.activation.__name__]) for layer in layers
    ]

    def values(observation):
        x = np.asarray(observation, "float32")
        for kernel, bias, activation in steps:
            x = activation(x @ kernel + bias)
        return x

    return values


def play(name: str, seeds, values, *, most_steps: int, film: list | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Plays one episode a seed, all at once, always by the highest value.

    Args:
        name: of the environment.
        seeds: one for each episode.
        values: observations -> values.
        most_steps: an episode that is longer counts as it is then.
        film: where a picture of the first episode is added after every step, (height, width, 3) uint8.

    Returns:
        (seeds,) sums of rewards, and numbers of steps.
    """
    environments = make(name, len(seeds), render=film is not None)
    try:
        observation = reset(environments, seeds)
        returns, steps = np.zeros(len(seeds)), np.zeros(len(seeds), int)
        running = np.ones(len(seeds), bool)
        while running.any() and steps.max() < most_steps:
            observation, reward, terminated, truncated, _ = environments.step(values(as_seen(observation)).argmax(-1))
            returns += np.where(running, reward, 0)
            steps += running
            running &= ~(terminated | truncated)
            if film is not None:
                film.append(environments.render()[0])
        return returns, steps
    finally:
        environments.close()
