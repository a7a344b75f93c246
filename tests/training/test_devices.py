import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from processes import exit_code_of

import zoo865
from zoo865.training import devices
from zoo865.training.devices import choose_precision

# Steps are small and plain, so that rounding does not grow: Adam's first steps are as long where a gradient is rounding
# as where it is not.
PLAIN = {
    "batch_size": 100,
    "model_args.dropout": 0.0,
    "model_args.stem": 0,
    "phases.train.optimizer.name": "sgd",
    "phases.train.optimizer.learning_rate": 1e-3,
    "phases.train.optimizer.weight_decay": 0.0,
}


def train_on_two(recipe, run_dir):
    """In a process whose processor stands for two devices."""
    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_num_cpu_devices", 2)
    else:
        (processor,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    zoo865.train(recipe, run_dir=run_dir, devices=2)
    with pytest.raises(zoo865.ZooError, match="3 devices requested, 2 available"):
        zoo865.train(recipe, run_dir=f"{run_dir}-3", devices=3)


@pytest.mark.jax
def test_two_devices_reach_the_loss_of_one(tmp_path):
    recipe = zoo865.get_recipe("mnist_cnn").smallest().override(PLAIN)
    assert exit_code_of(train_on_two, recipe, tmp_path / "two") == 0
    one, two = zoo865.train(recipe, run_dir=tmp_path / "one"), zoo865.Run(tmp_path / "two")
    losses, on_two = ([row["loss"] for row in run.history] for run in (one, two))
    assert on_two == pytest.approx(losses, abs=1e-4)
    assert two.metrics["test"]["cross_entropy"] == pytest.approx(one.metrics["test"]["cross_entropy"], abs=1e-3)
    assert losses[0] > losses[-1] + 0.01


@pytest.mark.jax
@pytest.mark.parametrize("name", ["vae", "mobilenet_v2"])
def test_two_devices_learn_as_one(name, tiny_run, tmp_path):
    """With a loss of their own, and from cached features. TensorFlow's devices draw noise of their own for `vae`."""
    assert exit_code_of(train_on_two, zoo865.get_recipe(name).smallest(), tmp_path / "two") == 0
    one, two = ([row["loss"] for row in run.history] for run in (tiny_run(name), zoo865.Run(tmp_path / "two")))
    assert two == pytest.approx(one, rel=0.05)


class Noisy(keras.layers.Layer):
    """Draws by a generator of its own, as the zoo's models do."""

    def __init__(self):
        super().__init__()
        self.noise = keras.random.SeedGenerator(3)

    def call(self, x):
        return x + keras.random.uniform(keras.ops.shape(x), seed=self.noise)


def draw_on_two():
    """What each of two devices draws for its row of a batch, in two steps; in a process of its own."""
    (processor,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    with devices.on_devices(2):
        layers = [keras.layers.Dropout(0.5), keras.layers.GaussianNoise(1.0), Noisy()]
        devices.synchronize(keras.Sequential([keras.Input((1000,)), *layers]))
        for layer in layers:
            draw = tf.function(lambda layer=layer: layer(tf.ones((1, 1000)), training=True))
            steps = [tf.distribute.get_strategy().run(draw).values for _ in range(2)]
            drawn = np.array([row.numpy()[0] for step in steps for row in step])
            assert drawn.std(1).min() > 0.1
            assert np.abs(np.corrcoef(drawn) - np.eye(4)).max() < 0.2, layer


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="JAX splits one computation over all devices")
def test_devices_draw_apart():
    """Dropout masks, noise of layers, and what a model draws itself: mirrored alone, both devices draw the same."""
    assert exit_code_of(draw_on_two) == 0


def test_unequal_shares_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["cpu:0", "cpu:1", "cpu:2"])
    monkeypatch.setattr("tensorflow.distribute.MirroredStrategy.scope", lambda self: contextlib.nullcontext())
    monkeypatch.setattr("tensorflow.distribute.MirroredStrategy.__init__", lambda self, *_: None)
    with pytest.raises(zoo865.ZooError, match="batch_size 32 is not a multiple of the 3 devices"):
        zoo865.train(zoo865.get_recipe("mnist_cnn").smallest(), run_dir=tmp_path / "run", devices=3)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("flags", "capability", "policy"),
    [
        ("fpu sse avx2", None, "float32"),
        ("fpu avx512_bf16", None, "mixed_bfloat16"),
        ("amx_bf16 fpu", None, "mixed_bfloat16"),
        ("fpu", (6, 1), "float32"),
        ("fpu", (7, 5), "mixed_float16"),
        ("fpu", (9, 0), "mixed_bfloat16"),
    ],
)
def test_automatic_precision_follows_the_hardware(flags, capability, policy, monkeypatch):
    monkeypatch.setattr(devices, "processor_line", lambda name: flags)
    found = ["gpu"] if capability else []
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda kind: found)
    monkeypatch.setattr(devices, "_details", lambda device: {"compute_capability": capability})
    assert choose_precision("auto") == policy
    assert choose_precision("float32") == "float32"


def test_unknown_precision(zoo):
    code, _, err = zoo("train", "mnist_cnn", "--precision", "bfloat16")
    assert (code, err.count("\n")) == (2, 1)
    assert "did you mean mixed_bfloat16" in err
