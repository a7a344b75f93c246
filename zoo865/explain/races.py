"""Optimizers train the zoo's mnist_cnn: from the same weights on the same batches, at every learning rate."""

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import keras
import numpy as np

from zoo865.explain.gradient_descent import RATES
from zoo865.explain.minibatch import batches, data_of_digits
from zoo865.preprocessing import prepared
from zoo865.registry import get_recipe
from zoo865.training.build import build_model
from zoo865.training.devices import can_jit

SYSTEM = "mnist_cnn"
SEEDS, STEPS, BATCH = 3, 25, 32
LAST = 5  # steps whose mean loss tells how far a training has come


@dataclass(frozen=True)
class Race:
    """Trainings of one network by several optimizers.

    Args:
        names: of the optimizers.
        losses: (optimizers, rates, seeds, steps) float32, of each batch before the step that learns from it.
        seconds: (optimizers,) float64, wall seconds of the fastest step.
        data: the name of the data.
        examples: how many there are.
        parameters: of the network.
    """

    names: tuple[str, ...]
    losses: np.ndarray
    seconds: np.ndarray
    data: str
    examples: int
    parameters: int


def race(makes: Mapping[str, Callable]) -> Race:
    """Trains mnist_cnn with each optimizer at each of the learning rates, from the weights of three seeds.

    A seed draws weights, dropout and the order of examples, alike for all optimizers. The loss is cross-entropy without
    label smoothing.

    Args:
        makes: name -> a learning rate -> a new optimizer.

    Returns:
        Their losses.

    Example:
        >>> race({"SGD": keras.optimizers.SGD}).losses.shape  # doctest: +SKIP
        (1, 7, 3, 25)
    """
    data, recipe = data_of_digits(), get_recipe(SYSTEM).override({"task.label_smoothing": 0.0})
    examples = data.train.take(np.arange(len(data.train)))
    images, labels = np.asarray(prepared(data.spec, examples)), examples["label"]
    whole = len(images) // BATCH * BATCH
    starts = []
    for seed in range(SEEDS):
        keras.utils.set_random_seed(seed)
        network = build_model(recipe, data.spec)
        starts.append(_values(network.variables))
    losses, seconds = np.empty((len(makes), len(RATES), SEEDS, STEPS), "float32"), []
    for number, make in enumerate(makes.values()):
        optimizer = make(1.0)
        optimizer.build(network.trainable_variables)
        loss = recipe.task.compile_args(data.spec)["loss"]
        network.compile(optimizer, loss, jit_compile=can_jit(network))
        fresh, took = _values(optimizer.variables), []
        for place, seed in itertools.product(range(len(RATES)), range(SEEDS)):
            for variable, value in zip(
                (*network.variables, *optimizer.variables), (*starts[seed], *fresh), strict=True
            ):
                variable.assign(value)
            optimizer.learning_rate = RATES[place]
            for step, chosen in enumerate(itertools.islice(batches(whole, BATCH, seed), STEPS)):
                network.reset_metrics()  # else a loss is the mean of all until then
                began = time.perf_counter()
                losses[number, place, seed, step] = network.train_on_batch(images[chosen], labels[chosen])
                took.append(time.perf_counter() - began)
        seconds.append(min(took))  # what a step takes where no other program takes its processor
    return Race(tuple(makes), losses, np.array(seconds), data.name, len(images), network.count_params())


def _values(variables) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]
