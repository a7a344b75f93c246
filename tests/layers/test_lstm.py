"""An LSTM as one operation, against Keras' own and against central differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo865.layers.lstm import LSTM

pytestmark = pytest.mark.fast
STEPS = np.random.default_rng(0).normal(size=(3, 9, 4)).astype("float32")


def both_lstms(**arguments):
    """Ours and Keras', with equal weights that are not those they begin with."""
    layers = [kind(5, **{"return_sequences": True, **arguments}) for kind in (LSTM, keras.layers.LSTM)]
    for layer in layers:
        layer.build(STEPS.shape)
    random = np.random.default_rng(1)
    values = [random.normal(0, 0.7, variable.shape) for variable in layers[0].weights]
    for layer in layers:
        layer.set_weights(values)
    return layers


def states_and_gradients(layer, steps=STEPS, **arguments):
    """What a layer gives in training, and the gradients of a sum over it."""
    given = tf.constant(steps)
    with tf.GradientTape() as tape:
        tape.watch(given)
        states = layer(given, training=True, **arguments)
        total = tf.reduce_sum(states * tf.sin(tf.range(tf.size(states), dtype="float32")).numpy().reshape(states.shape))
    return [states, *tape.gradient(total, [given, *(weight.value for weight in layer.trainable_variables)])]


def test_states_and_gradients_equal_keras_own():
    ours, peers = (states_and_gradients(layer) for layer in both_lstms())
    assert len(ours) == len(peers) == 5
    for one, other in zip(ours, peers, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_gradients_equal_central_differences():
    layer, _ = both_lstms()
    _, _, *gradients = states_and_gradients(layer)
    step = 1e-2
    for weight, gradient in zip(layer.trainable_variables, gradients, strict=True):
        place = np.unravel_index(np.argmax(np.abs(gradient)), gradient.shape)
        totals = []
        for shift in (step, -step):
            moved = weight.numpy()
            moved[place] += shift
            before = weight.numpy()
            weight.assign(moved)
            states = layer(STEPS, training=True)
            totals.append(np.sum(states * np.sin(np.arange(states.numpy().size)).reshape(states.shape)))
            weight.assign(before)
        np.testing.assert_allclose((totals[0] - totals[1]) / (2 * step), gradient[place], rtol=1e-2)


def operations(layer, training=True, mask=None):
    """The operations of what a layer does to steps."""

    @tf.function
    def run(steps):
        return layer(steps, training=training, mask=mask)

    graph = run.get_concrete_function(tf.TensorSpec((None, None, 4))).graph
    return {node.type for node in graph.get_operations()}


@pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="there Keras has cuDNN's")
def test_one_operation_trains_and_none_answers():
    layer, _ = both_lstms()
    assert "BlockLSTM" in operations(layer)
    assert "BlockLSTM" not in operations(layer, training=False)
    assert "BlockLSTM" not in operations(layer, mask=tf.ones((1, 1), "bool"))


OTHERS = ({"return_sequences": False}, {"go_backwards": True}, {"recurrent_activation": "tanh"}, {"use_bias": False})


@pytest.mark.parametrize("arguments", OTHERS, ids=str)
def test_other_settings_are_keras_own(arguments):
    ours, peers = (states_and_gradients(layer) for layer in both_lstms(**arguments))
    for one, other in zip(ours, peers, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_mask_and_a_first_state_are_keras_own():
    mask = tf.constant(np.arange(9) < [[9], [4], [1]])
    first = [tf.ones((3, 5)), tf.ones((3, 5))]
    for arguments in ({"mask": mask}, {"initial_state": first}):
        ours, peers = (states_and_gradients(layer, **arguments) for layer in both_lstms())
        for one, other in zip(ours, peers, strict=True):
            np.testing.assert_array_equal(one, other)


def test_it_is_saved_and_loaded(tmp_path):
    network = keras.Sequential([keras.Input((None, 4)), LSTM(5, return_sequences=True)])
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    assert isinstance(again.layers[0], LSTM)
    np.testing.assert_array_equal(again(STEPS), network(STEPS))
