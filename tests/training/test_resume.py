"""A run that was killed and goes on is the run that was not killed, bit for bit."""

import dataclasses
import json
import os
import shutil
from pathlib import Path

import keras
import numpy as np
import onnxruntime
import pytest
from processes import assert_same, kill, kill_again, without_its_end

import zoo865
from zoo865.recipe import Optimizer, Phase
from zoo865.training import checkpoint
from zoo865.training.build import build_model
from zoo865.training.record import measure_at_the_end
from zoo865.training.resume import alone, check_resumable


def eventful():
    """Augmentation, dropout, a schedule, averaged weights, two phases with different optimizers and layers."""
    recipe = zoo865.get_recipe("mnist_cnn").smallest()
    head = Phase("head", 2, Optimizer("sgd", 0.05), train=("stage3*", "logits"))
    whole = Phase("whole", 3, Optimizer("adamw", 2e-3, "cosine", warmup=0.1, weight_decay=0.01, ema_momentum=0.9))
    return dataclasses.replace(recipe, phases=(head, whole), model_args={"width": 4, "dropout": 0.3})


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return zoo865.train(eventful(), seed=7, run_dir=tmp_path_factory.mktemp("unbroken") / "run")


@pytest.fixture(scope="module")
def killed_late(tmp_path_factory):
    """Killed in the fifth epoch, the third of the second phase."""
    return kill(eventful(), tmp_path_factory.mktemp("killed") / "run", 4)


@pytest.fixture
def killed(killed_late, tmp_path):
    shutil.copytree(killed_late.path, tmp_path / "run")
    return zoo865.Run(tmp_path / "run")


def test_the_averaged_weights_are_kept_beside_the_weights(killed):
    arrays = checkpoint.read(killed.path / "checkpoints" / "last.npz")[0]
    own = list(checkpoint.part_of(arrays, "average").values())
    assert own
    assert not any(np.array_equal(array, kept) for array in own for key, kept in arrays.items() if "model|" in key)


@pytest.mark.jax
def test_killed_in_a_later_phase(killed, unbroken):
    assert len(killed.history) == 4
    assert_same(zoo865.resume(killed.path), unbroken)


def test_going_on_fetches_no_weights(killed, monkeypatch):
    """Those of ImageNet, which a checkpoint has trained on."""
    asked = []

    def built(*arguments, trained=False):
        asked.append(trained)
        return build_model(*arguments, trained=trained)

    monkeypatch.setattr("zoo865.training.loop.build_model", built)
    zoo865.resume(killed.path)
    assert asked == [True]


@pytest.mark.parametrize("epoch", [0, 2])
def test_killed_in_the_first_epoch_and_between_phases(epoch, tmp_path, unbroken):
    run = kill(eventful(), tmp_path / "run", epoch)
    assert_same(zoo865.resume(run), unbroken)


def test_killed_twice(tmp_path, unbroken):
    run = kill(eventful(), tmp_path / "run", 3)
    kill_again(run, 4)
    assert_same(zoo865.resume(run), unbroken)


@pytest.mark.jax
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_less_than_float32(tmp_path, precision):
    """The scale of float16's loss is state too."""
    recipe = eventful()
    recipe = dataclasses.replace(recipe, phases=[dataclasses.replace(recipe.phases[1], epochs=2)])
    whole = zoo865.train(recipe, seed=7, run_dir=tmp_path / "whole", precision=precision)
    assert_same(zoo865.resume(without_its_end(whole, tmp_path / "run")), whole)
    assert whole.metrics["float32_difference"].keys() == whole.metrics["validation"].keys()
    assert {str(v.dtype) for v in whole.model.weights} == {"float32"}
    assert f">in {precision}</th>" in zoo865.report(whole).read_text()
    if precision == "mixed_bfloat16" and keras.backend.backend() == "tensorflow":
        # Of which ONNX Runtime takes no convolution: exports are in float32, whatever training computed in.
        path, images = zoo865.export(whole), whole.data.test.take(np.arange(4))["image"]
        (seen,) = onnxruntime.InferenceSession(path / "onnx" / "serve.onnx").run(["probabilities"], {"image": images})
        np.testing.assert_allclose(seen, keras.ops.softmax(whole.model(images / np.float32(255))), atol=1e-5)


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_last_checkpoint_is_passed_over(killed, unbroken, damage, capsys):
    last = killed.path / "checkpoints" / "last.npz"
    content = bytearray(last.read_bytes())
    largest = max(checkpoint.read(last)[0].values(), key=lambda array: array.nbytes)
    content[content.index(largest.tobytes()) + largest.nbytes // 2] ^= 1
    last.write_bytes(content if damage == "flipped" else content[: len(content) // 2])
    run = zoo865.resume(killed.path)
    said = capsys.readouterr().err
    assert "last.npz is damaged" in said
    assert "previous.npz" in said
    assert [line.split()[1] for line in said.splitlines() if line.startswith("epoch")] == ["4/5", "5/5"]
    assert_same(run, unbroken)


def test_a_damaged_checkpoint_never_takes_the_place_of_a_whole_one(killed, unbroken, monkeypatch):
    """Killed again, or out of space, just where the next checkpoint is written."""
    last = killed.path / "checkpoints" / "last.npz"
    last.write_bytes(last.read_bytes()[:1000])
    write = checkpoint.write

    def full(path, *rest):
        if Path(path).name == "last.npz":
            raise zoo865.ZooError("no space")
        write(path, *rest)

    monkeypatch.setattr(checkpoint, "write", full)
    with pytest.raises(zoo865.ZooError, match="no space"):
        zoo865.resume(killed.path)
    monkeypatch.undo()
    assert_same(zoo865.resume(killed.path), unbroken)


def test_any_flipped_bit_is_noticed(tmp_path):
    path = tmp_path / "last.npz"
    checkpoint.write(path, {"a": np.arange(3)}, {"epoch": 3})
    content = path.read_bytes()
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        try:
            arrays, facts = checkpoint.read(path)
        except zoo865.ZooError:
            continue
        # Some bytes of a zip file, a date for instance, say nothing of what it holds.
        assert facts == {"epoch": 3}
        np.testing.assert_array_equal(arrays["a"], np.arange(3))


def test_damaged_best_weights_are_noticed_before_training_goes_on(killed):
    (killed.path / "checkpoints" / "best.npz").write_bytes(b"no")
    with pytest.raises(zoo865.ZooError, match=r"best.npz is damaged"):
        zoo865.resume(killed.path)


def test_a_run_is_trained_by_one_process_at_a_time(killed):
    with alone(killed), pytest.raises(zoo865.ZooError, match="trained by another process"):
        zoo865.resume(killed.path)
    assert not list(killed.path.glob("*.lock"))


def test_two_damaged_checkpoints(killed):
    for name in ("last", "previous"):
        (killed.path / "checkpoints" / f"{name}.npz").write_bytes(b"no")
    with pytest.raises(zoo865.ZooError, match=r"previous.npz is damaged"):
        zoo865.resume(killed.path)


def test_stopped_by_ctrl_c_within_an_epoch(tmp_path, unbroken, monkeypatch, zoo):
    """The epoch that was broken off counts for the measures of the stopped run, and is run again whole."""
    from zoo865.callbacks.stopping import StopOnInterrupt

    def interrupt(self, batch, logs=None):
        self.stopped = self.model.stop_training = batch < 20 and self.epoch == 3

    monkeypatch.setattr(StopOnInterrupt, "on_epoch_begin", lambda self, epoch, logs=None: setattr(self, "epoch", epoch))
    monkeypatch.setattr(StopOnInterrupt, "on_train_batch_end", interrupt)
    run = zoo865.train(eventful(), seed=7, run_dir=tmp_path / "run")
    monkeypatch.undo()
    assert (run.metrics["stopped"], run.metrics["epochs"]) == ("interrupted", 4)
    assert (run.path / "checkpoints" / "partial.npz").exists()
    assert checkpoint.read(run.path / "checkpoints" / "last.npz")[1]["epoch"] == 2
    os.chdir(tmp_path)
    code, out, err = zoo("train", "--resume", run.path, "--json")
    assert code == 0, err
    assert json.loads(out)["stopped"] == ""
    assert_same(zoo865.Run(run.path), unbroken)
    assert not (run.path / "checkpoints" / "partial.npz").exists()
    assert (run.path / "report.html").exists()


def test_the_measures_told_are_those_of_the_weights_kept(unbroken, tmp_path):
    """A run killed between `best` and `last` and then stopped has another epoch of the best one's number."""
    run = zoo865.Run(shutil.copytree(unbroken.path, tmp_path / "run"))
    best = run.metrics["best_epoch"]
    run.write_history([{**row, "val_accuracy": 0.0} if row["epoch"] == best else row for row in run.history])
    measure_at_the_end(run, stopped="interrupted", seconds=1.0)
    assert run.metrics["validation"] == pytest.approx(unbroken.metrics["validation"], abs=1e-5)


def rewritten(run, change):
    settings = json.loads((run.path / "settings.json").read_text())
    change(settings)
    (run.path / "settings.json").write_text(json.dumps(settings))


def test_what_may_go_on_otherwise_is_told(killed, capsys):
    check_resumable(killed, None)
    assert capsys.readouterr().err == ""
    rewritten(killed, lambda settings: settings.update(model_file="0" * 64, hardware={"cores": 10**6}))
    check_resumable(zoo865.Run(killed.path), None)
    told = capsys.readouterr().err
    assert "other hardware" in told
    assert "edited" in told


def test_what_cannot_go_on_exactly_is_refused(killed, zoo, unbroken):
    before = {p: p.stat().st_mtime_ns for p in killed.path.rglob("*")}
    code, _, err = zoo("train", "mnist_cnn", "--epochs", 9, "--resume", killed.path)
    assert (code, err.count("\n")) == (2, 1)
    assert "another recipe" in err
    code, _, err = zoo("train", "vae", "--resume", killed.path)
    assert (code, err.count("\n")) == (2, 1)
    assert "its name is mnist_cnn, not vae" in err
    code, _, err = zoo("train", "--resume", unbroken.path)
    assert (code, err.count("\n")) == (2, 1)
    assert "has finished" in err
    for option in (["--seed", 3], ["--seeds", "0-2"], ["--precision", "auto"], ["--run-dir", "elsewhere"]):
        code, _, err = zoo("train", "--resume", killed.path, *option)
        assert (code, err.count("\n")) == (2, 1)
        assert f"{option[0]} cannot be combined with --resume" in err
    for option in (["--epochs", 9], ["--set", "batch_size=8"], ["--batch-size", 8]):
        code, _, err = zoo("train", "--resume", killed.path, *option)
        assert (code, err.count("\n")) == (2, 1)
        assert f"{option[0]} cannot be combined with --resume" in err
    code, _, err = zoo("train", "--resume", killed.path, "--data", "mnist")  # which is where its data are now
    assert (code, err.count("\n")) == (2, 1)
    assert "mnist is not the data that" in err
    code, _, err = zoo("train", "--resume", "nowhere")
    assert code == 2
    assert {p: p.stat().st_mtime_ns for p in killed.path.rglob("*")} == before
    rewritten(killed, lambda settings: settings["versions"].update(zoo865="0.0.9"))
    code, _, err = zoo("train", "--resume", killed.path)
    assert (code, err.count("\n")) == (2, 1)
    assert "trained with zoo865 0.0.9" in err
    assert "--init-from" in err


@pytest.mark.jax
def test_another_backend_is_refused(killed):
    other = "jax" if keras.backend.backend() == "tensorflow" else "tensorflow"
    rewritten(killed, lambda settings: settings["versions"].update(backend=other))
    with pytest.raises(zoo865.ZooError, match=f"KERAS_BACKEND={other}"):
        zoo865.resume(killed.path)
