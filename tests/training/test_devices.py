import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import zoo865
from zoo865.training import devices
from zoo865.training.devices import choose_precision


@pytest.mark.jax
def test_two_devices_reach_the_loss_of_one(tmp_path):
    script = Path(__file__).with_name("train_on_devices.py")
    done = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["losses"][1] == pytest.approx(found["losses"][0], abs=1e-4)
    assert found["test"][1] == pytest.approx(found["test"][0], abs=1e-3)
    assert found["losses"][0][0] > found["losses"][0][-1] + 0.01
    # TensorFlow's devices draw noise of their own for the autoencoder, whose first epochs are steep.
    assert found["nats"][1] == pytest.approx(found["nats"][0], rel=0.05)
    assert found["photos"][1] == pytest.approx(found["photos"][0], rel=0.05)
    assert "3 devices asked for, 2 there" in found["refused"]


def test_unequal_shares_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["cpu:0", "cpu:1", "cpu:2"])
    monkeypatch.setattr("tensorflow.distribute.MirroredStrategy.scope", lambda self: contextlib.nullcontext())
    monkeypatch.setattr("tensorflow.distribute.MirroredStrategy.__init__", lambda self, *_: None)
    with pytest.raises(zoo865.ZooError, match="batch of 32 is not to be shared among 3"):
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
    monkeypatch.setattr(devices, "_processor_line", lambda name: flags)
    found = ["gpu"] if capability else []
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda kind: found)
    monkeypatch.setattr(devices, "_details", lambda device: {"compute_capability": capability})
    assert choose_precision("auto") == policy
    assert choose_precision("float32") == "float32"


def test_unknown_precision(zoo):
    code, _, err = zoo("train", "mnist_cnn", "--precision", "bfloat16")
    assert (code, err.count("\n")) == (2, 1)
    assert "did you mean mixed_bfloat16" in err
