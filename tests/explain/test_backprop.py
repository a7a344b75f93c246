"""Going back: gradients by the chain rule are those found in other ways; sizes in deep networks are NumPy's."""

import itertools

import keras
import numpy as np
import pytest

from zoo865.explain.backprop import (
    ACTIVATIONS,
    BEGIN,
    LEARNED,
    RATE,
    STEPS,
    central_differences,
    operations,
    propagate,
    training,
    whole_gradient,
)
from zoo865.explain.depth import DEPTH, EXAMPLES, INITIALIZERS, UNITS, of_a_system, signals


@pytest.mark.jax
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_chain_rule_gives_the_gradient(activation):
    """In every step of training: that of the backend to rounding, and of central differences to 1e-6."""
    graph, steps = operations(activation), training(activation)
    assert len(steps) == STEPS + 1
    for given in steps:
        gradients = propagate(graph, given).gradients
        by_rule = [gradients[name] for name in LEARNED]
        np.testing.assert_allclose(by_rule, whole_gradient(graph, given, LEARNED), rtol=1e-12)
        by_differences = central_differences(graph, given, LEARNED)
        np.testing.assert_allclose(by_rule, by_differences, rtol=1e-6, atol=1e-9 * max(map(abs, by_rule)))


def test_numbers_are_those_of_a_keras_model():
    import tensorflow as tf

    found = propagate(operations("tanh"), BEGIN)
    network = keras.Sequential(
        [
            keras.Input((1,), dtype="float64"),
            keras.layers.Dense(2, "tanh", dtype="float64"),
            keras.layers.Dense(1, dtype="float64"),
        ]
    )
    w1, b1, w2, b2, v1, v2, c = (BEGIN[name] for name in LEARNED)
    network.set_weights([np.array(one) for one in ([[w1, w2]], [b1, b2], [[v1], [v2]], [c])])
    with tf.GradientTape() as tape:
        y = network(np.array([[BEGIN["x"]]]))[0, 0]
        loss = (y - BEGIN["t"]) ** 2
    kernel, bias, out, last = tape.gradient(loss, [variable.value for variable in network.trainable_variables])
    assert found.values["y"] == pytest.approx(float(y), rel=1e-12)
    assert found.values["loss"] == pytest.approx(float(loss), rel=1e-12)
    expected = [kernel[0, 0], bias[0], kernel[0, 1], bias[1], out[0, 0], out[1, 0], last[0]]
    np.testing.assert_allclose([found.gradients[name] for name in LEARNED], expected, rtol=1e-12)


@pytest.mark.jax
def test_steps_of_training_go_against_the_gradient():
    steps = training("sigmoid")
    for now, then in itertools.pairwise(steps):
        gradients = propagate(operations("sigmoid"), now).gradients
        for name in LEARNED:
            assert then[name] == pytest.approx(now[name] - RATE * gradients[name], rel=1e-6)
    losses = [propagate(operations("sigmoid"), given).values["loss"] for given in steps]
    assert losses == sorted(losses, reverse=True)


def sizes_by_numpy(activation: str, initializer: str, normalised: bool):
    """As `signals`, in float64, by formulas."""
    random = np.random.default_rng(865)
    state = random.normal(size=(EXAMPLES, UNITS)).astype("float32").astype("float64")
    right = np.eye(10)[random.integers(0, 10, EXAMPLES)]

    def drawn(make, seed, shape):
        return keras.ops.convert_to_numpy(make(seed)(shape)).astype("float64")

    kernels = [drawn(INITIALIZERS[initializer], seed, (UNITS, UNITS)) for seed in range(DEPTH)]
    answer = drawn(INITIALIZERS["Glorot"], DEPTH, (UNITS, 10))
    given, back = [], []
    for kernel in kernels:
        sums, spread = state @ kernel, 1.0
        if normalised:
            spread = np.sqrt(sums.var(0) + 1e-3)
            sums = (sums - sums.mean(0)) / spread
        state = np.tanh(sums) if activation == "tanh" else np.maximum(sums, 0)
        slope = 1 - state**2 if activation == "tanh" else (sums > 0) * 1.0
        given.append(state)
        back.append((kernel, sums, spread, slope))
    exponents = np.exp((logits := state @ answer) - logits.max(1, keepdims=True))
    gradient = (exponents / exponents.sum(1, keepdims=True) - right) @ answer.T / EXAMPLES
    gradients = [gradient]
    for kernel, sums, spread, slope in reversed(back[1:]):
        gradient = gradient * slope
        if normalised:
            gradient = (gradient - gradient.mean(0) - sums * (gradient * sums).mean(0)) / spread
        gradient = gradient @ kernel.T
        gradients.append(gradient)
    return [[np.sqrt(np.mean(one**2)) for one in part] for part in (given, gradients[::-1])]


@pytest.mark.jax
@pytest.mark.parametrize(("activation", "initializer", "normalised"), [("tanh", "Glorot", False), ("relu", "He", True)])
def test_sizes_in_deep_networks_are_those_of_the_formulas(activation, initializer, normalised):
    found = signals(activation, initializer, normalised)
    sizes, slopes = sizes_by_numpy(activation, initializer, normalised)
    np.testing.assert_allclose(found.activations, sizes, rtol=1e-3)
    # What is normalised has a variance that keeps 0.001 out of the formula above.
    np.testing.assert_allclose(found.gradients, slopes, rtol=0.05 if normalised else 1e-3)


def test_sizes_in_a_system_are_those_of_its_layers():
    found = of_a_system("mnist_cnn")
    assert list(found)[-1] == "logits"
    assert len([name for name in found if name.endswith("_norm")]) == 7
    assert all(np.isfinite(size) and 0 < slope < size for size, slope in found.values())
    # softmax minus 1 of 10 classes before learning, a 64th of it for each image
    assert found["logits"][1] == pytest.approx(np.sqrt(0.09) / EXAMPLES, rel=0.3)


def test_pages_that_need_no_function_refuse_one(zoo):
    code, _, err = zoo("explain", "backprop", "--function", "beale")
    assert code == 2
    assert "omit --function" in err
    code, _, err = zoo("explain", "backprob")
    assert code == 2
    assert "backprop" in err
