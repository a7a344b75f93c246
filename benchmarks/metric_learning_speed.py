"""How long losses of metric learning take with their mining and gradient: zoo865 against pytorch-metric-learning.

    pip install torch pytorch-metric-learning
    python benchmarks/metric_learning_speed.py

512 vectors of 128 numbers, 64 classes with 8 each, the same for all: they are brought to unit length, which the peer
does in its distances; value and gradient, 20 times a round.
"""

import argparse

import numpy as np
from interleave import CORES, interleaved, ratios, save

CLASSES, EXAMPLES, DIMENSIONS = 64, 8, 128
REPEATS = 20
LOSSES = ("contrastive", "batch_hard", "supervised_contrastive", "semi_hard")


def vectors() -> np.ndarray:
    """(512, 128) float32, around a direction a class, so that every loss has something to do."""
    random = np.random.default_rng(0)
    found = random.normal(size=(CLASSES, 1, DIMENSIONS)) + 1.5 * random.normal(size=(CLASSES, EXAMPLES, DIMENSIONS))
    return found.reshape(-1, DIMENSIONS).astype("float32")


def zoo(name: str):
    """That of zoo865/losses/metric_learning.py, in a graph, as `fit` runs it."""
    import tensorflow as tf

    from zoo865.layers.unit_length import UnitLength
    from zoo865.losses.metric_learning import MetricLearning

    loss, labels, given = MetricLearning(name), tf.zeros((CLASSES, EXAMPLES), tf.int64), tf.constant(vectors())
    to_unit_length = UnitLength()

    @tf.function
    def value_and_gradient(seen):
        with tf.GradientTape() as tape:
            tape.watch(seen)
            value = loss(labels, to_unit_length(seen))
        return value, tape.gradient(value, seen)

    def run(number):
        for _ in range(REPEATS):
            value, gradient = value_and_gradient(given)
        return [round(float(value), 4), round(float(tf.norm(gradient)), 4)]

    return run


def peer(name: str):
    """That of pytorch-metric-learning, as its documentation calls it."""
    import torch
    from metric_learning_peer import ways

    torch.set_num_threads(CORES)
    (loss, miner), labels = ways()[name], torch.arange(CLASSES).repeat_interleave(EXAMPLES)
    given = torch.tensor(vectors(), requires_grad=True)

    def run(number):
        for _ in range(REPEATS):
            given.grad = None
            value = loss(given, labels, miner(given, labels) if miner else None)
            value.backward()
        return [round(value.item(), 4), round(given.grad.norm().item(), 4)]

    return run


def main(rounds: int):
    """Writes results/metric_learning_speed.json; the results of both are the same to rounding."""
    ways = {f"{whose.__name__} {name}": (whose, (name,)) for name in LOSSES for whose in (zoo, peer)}
    measured = interleaved(ways, rounds)
    for name in LOSSES:
        of_both = [measured[f"{whose} {name}"][0]["result"] for whose in ("zoo", "peer")]
        np.testing.assert_allclose(*of_both, rtol=1e-2)
    pairs = [(f"peer {name}", f"zoo {name}") for name in LOSSES]
    save("metric_learning_speed", rounds=measured, ratios=ratios(measured, pairs))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    main(parser.parse_args().rounds)
