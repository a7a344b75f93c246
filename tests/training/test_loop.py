import json
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

import zoo865
from zoo865.callbacks.progress import clock
from zoo865.recipe import Optimizer
from zoo865.training import checkpoint
from zoo865.training.build import build_optimizer
from zoo865.training.loop import train
from zoo865.workflow import make_seeds

TINY = {"data": "generated_digits", "model_args.width": 4, "epochs": 3, "batch_size": 32}


def tiny(**settings):
    return zoo865.get_recipe("mnist_cnn").override({**TINY, **settings})


def test_best_epoch_is_kept_and_test_is_measured_once(tmp_path, monkeypatch):
    """Measures are dictated here: the second epoch is best, so the weights after it are the run's."""
    recipe, asked, weights = tiny(), [], {}

    def measure(self, model, data, split):
        asked.append(split)
        if split == "test":
            return {"accuracy": 0.5, "cross_entropy": 1.0}
        weights[len(asked)] = [np.array(w) for w in model.get_weights()]
        return {"accuracy": 0.7, "cross_entropy": {1: 0.7, 2: 0.1, 3: 0.6}[len(asked)]}

    monkeypatch.setattr(type(recipe.task), "measure", measure)
    run = train(recipe, run_dir=tmp_path / "run")
    assert run.metrics["best_epoch"] == 2
    assert asked == ["validation"] * 3 + ["test"]
    assert run.metrics["validation"] == {"accuracy": 0.7, "cross_entropy": 0.1}
    assert run.metrics["test"] == {"accuracy": 0.5, "cross_entropy": 1.0}
    assert [row["val_cross_entropy"] for row in run.history] == [0.7, 0.1, 0.6]
    for kept, then in zip(run.model.get_weights(), weights[2], strict=True):
        np.testing.assert_array_equal(kept, then)
    assert any(not np.array_equal(a, b) for a, b in zip(weights[2], weights[3], strict=True))


def test_the_same_seed_gives_the_same_run(tmp_path):
    losses = [
        [row["loss"] for row in train(tiny(epochs=1), seed=seed, run_dir=tmp_path / name).history]
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert losses[0] != pytest.approx(losses[2], rel=1e-3)


def test_a_line_an_epoch_without_a_terminal(tmp_path, capfd):
    train(tiny(), run_dir=tmp_path / "run")
    lines = capfd.readouterr().err.strip().splitlines()
    begun = lines.pop(0)
    assert begun.startswith("training mnist_cnn on generated_digits (")
    for word in (f"{len(zoo865.load_data('generated_digits').train):,} / ", " core", str(tmp_path / "run")):
        assert word in begun
    assert [line.split()[1] for line in lines] == ["1/3", "2/3", "3/3"]
    for line in lines:
        assert "loss" in line
        assert "val_accuracy" in line
        assert "images/s" in line
    assert lines[0].endswith("left")


@pytest.mark.parametrize(("batch_size", "images"), [(56, 17 * 56), (2000, 1000)])
def test_speed_counts_the_images_that_were_seen(tmp_path, batch_size, images):
    """17 steps in executions of 16, and a set smaller than the batch."""
    began = time.process_time()
    run = train(tiny(epochs=1, batch_size=batch_size), run_dir=tmp_path / "run")
    (row,) = run.history
    assert 0 < row["cpu_seconds"] < time.process_time() - began
    assert row["seconds"] * row["examples_per_second"] == pytest.approx(images, rel=1e-4)


def test_phases_run_in_order_with_their_own_optimizer_and_layers(tmp_path):
    recipe = tiny()
    head = zoo865.Phase("head", 1, zoo865.Optimizer("sgd", 0.1), train=("logits",))
    whole = zoo865.Phase("whole", 1, zoo865.Optimizer("adam", 1e-3))
    phased = zoo865.Recipe(
        **{f: getattr(recipe, f) for f in ("task", "data", "model", "batches", "batch_size", "model_args", "name")},
        phases=(head, whole),
    )
    run = train(phased, run_dir=tmp_path / "run", seed=4)
    assert [(row["phase"], row["epoch"]) for row in run.history] == [("head", 1), ("whole", 2)]
    after_head, after_whole = (
        checkpoint.read(run.path / "checkpoints" / f"{name}.npz")[0] for name in ("previous", "last")
    )
    keras.utils.set_random_seed(4)
    fresh = [np.array(w.value) for w in recipe.model(image_shape=(28, 28, 1), classes=10, width=4).variables]
    weights = [name for name in sorted(after_head) if name.startswith("model|")]
    moved = {name for name, array in zip(weights, fresh, strict=True) if not np.array_equal(after_head[name], array)}
    learned = {name.split("|")[2] for name in moved if "moving" not in name and "seed" not in name}
    assert learned == {"logits/kernel", "logits/bias"}
    kernels = [name for name in weights if name.endswith("kernel")]
    assert all(not np.array_equal(after_head[name], after_whole[name]) for name in kernels)
    steps = next(array for name, array in after_whole.items() if name.startswith("optimizer|0000"))
    assert steps == 1000 // 32


def test_a_phase_ends_after_the_epoch_that_reaches_its_steps(tmp_path, capsys):
    """31 steps an epoch, so that 40 end in the second; the cosine has come down to 0 by then, and it may go on."""
    recipe = tiny(**{"epochs": 5, "phases.train.optimizer.schedule": "cosine"}).override({"phases.train.max_steps": 40})
    run = train(recipe, run_dir=tmp_path / "run", minutes=1e-9)
    assert "phase train: 2 of 5 epochs, by max_steps=40" in capsys.readouterr().err.splitlines()
    assert len(run.history) == 1
    run = zoo865.resume(run, recipe=recipe)
    assert run.metrics["finished"]
    assert len(run.history) == 2
    arrays = checkpoint.read(run.path / "checkpoints" / "last.npz")[0]
    steps = next(array for name, array in arrays.items() if name.startswith("optimizer|0000"))
    assert steps == 2 * (1000 // 32)
    assert run.early_ends == []


def test_only_the_trained_layers_move(tmp_path):
    recipe = tiny(**{"epochs": 1, "phases.train.train": ["logits"]})
    run = train(recipe, run_dir=tmp_path / "run", seed=4)
    keras.utils.set_random_seed(4)
    fresh = {w.path: np.array(w.value) for w in recipe.model(image_shape=(28, 28, 1), classes=10, width=4).weights}
    moved = {w.path for w in run.model.weights if not np.array_equal(w.value, fresh[w.path])}
    assert {path for path in moved if "moving" not in path} == {"logits/kernel", "logits/bias"}


def test_what_is_kept_is_the_average_of_the_weights(tmp_path):
    """One step an epoch; the average is taken here, in NumPy, from the weights after each."""
    optimizer = {"name": "sgd", "learning_rate": 0.01, "weight_decay": 0.0, "average": 0.5}
    settings = {"epochs": 10, "batch_size": 1000}
    settings |= {f"phases.train.optimizer.{name}": value for name, value in optimizer.items()}
    run = train(tiny(**settings), run_dir=tmp_path / "run")
    other = train(tiny(**{**settings, "phases.train.optimizer.ema_momentum": 0.0}), run_dir=tmp_path / "other")
    mine, theirs = (checkpoint.read(r.path / "checkpoints" / "last.npz")[0] for r in (run, other))
    before = checkpoint.read(run.path / "checkpoints" / "previous.npz")[0]
    weights = [key for key in theirs if key.startswith("model|") and key.endswith(("kernel", "gamma", "beta", "bias"))]
    own = checkpoint.part_of(mine, "average")
    assert len(own) == len(weights)
    # The weights themselves go their way as if nothing were averaged.
    for array, key in zip(own.values(), weights, strict=True):
        np.testing.assert_allclose(array, theirs[key], atol=1e-4)
    for key in weights:
        np.testing.assert_allclose(mine[key], 0.5 * before[key] + 0.5 * theirs[key], atol=1e-4)
    assert run.history[-1]["loss"] == pytest.approx(other.history[-1]["loss"], rel=1e-4)


@pytest.mark.parametrize(("steps", "momentum"), [(1, 0.0), (40, 0.875), (100_000, 0.999)])
def test_an_average_forgets_the_weights_it_began_with(steps, momentum):
    """However short the phase: a weight that leaves 0 at once and stays at 1 has an average of 1 in the end."""
    optimizer = build_optimizer(Optimizer("sgd", 1.0, ema_momentum=0.999), steps, keras.Sequential())
    assert optimizer.ema_momentum == pytest.approx(momentum)
    weight = keras.Variable(0.0, name="weight")
    optimizer.build([weight])
    for step in range(min(steps, 40)):
        weight.assign(float(step > 0))
        optimizer.apply([keras.ops.zeros(())], [weight])
    optimizer.finalize_variable_values([weight])
    assert steps != 40 or float(weight) > 0.99


def test_time_budget_ends_a_run_cleanly(tmp_path, capfd):
    run = train(tiny(epochs=1000), run_dir=tmp_path / "run", minutes=0.03)
    assert run.metrics["stopped"] == "time budget exhausted"
    assert "time budget exhausted; evaluating on the test examples" in capfd.readouterr().err
    assert run.metrics["finished"] is False
    assert 1 <= run.metrics["epochs"] < 1000
    assert 1 < run.metrics["train_seconds"] < 30
    assert run.remedy == f"zoo865 train --resume {run.path}"
    assert not run.is_over


def test_time_that_is_up_as_the_last_epoch_ends_has_broken_nothing_off(tmp_path, monkeypatch):
    """One step an epoch, and the second of two takes the last of the time."""
    steps = iter(range(1, 3))

    def ends_with_the_second(self, batch, logs=None):
        self.stopped = self.model.stop_training = next(steps) == 2

    monkeypatch.setattr("zoo865.training.loop.TimeBudget.on_train_batch_end", ends_with_the_second)
    run = train(tiny(epochs=2, batch_size=1000), run_dir=tmp_path / "run", minutes=1)
    assert [run.metrics[name] for name in ("epochs", "stopped", "finished")] == [2, "", True]


def test_the_command_line_says_why_training_ended(tmp_path, tiny_run, capsys, monkeypatch):
    from zoo865.cli.train import _print

    made = tiny_run("mnist_cnn")
    planned = sum(phase.epochs for phase in made.recipe.phases)
    metrics = {**made.metrics, "early_ends": ["phase train ended after 1 of 2 epochs: it was good enough"]}
    for stopped, on in (
        ("", ""),
        ("time budget exhausted", "train --resume"),
        ("diverged: mode collapse", "train again"),
        ("came to nothing: alike", "train again"),  # as an earlier version wrote it
    ):
        monkeypatch.setattr(zoo865.Run, "metrics", metrics | {"stopped": stopped})
        _print(made, False)
        lines = capsys.readouterr().out.splitlines()
        assert "ended   phase train ended after 1 of 2 epochs: it was good enough" in lines
        said = [line for line in lines if line.startswith("stopped")]
        assert said == ([f"stopped after {metrics['epochs']} of {planned} epochs: {stopped}"] if stopped else [])
        assert any(line.startswith("next  ") for line in lines) == bool(stopped)
        assert on in "".join(lines)


def test_ctrl_c_ends_a_run_cleanly(tmp_path):
    """A process of its own gets the signal in its second epoch; it keeps what there is and exits with 130."""
    command = [sys.executable, "-m", "zoo865.cli.main", "train", "mnist_cnn", "--run-dir", "run", "--json"]
    settings = ["--data", "generated_digits", "--epochs", "500", "--set", "model_args.width=4"]
    process = subprocess.Popen(
        command + settings, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    line = next(line for line in process.stderr if line.startswith("epoch"))
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert line.split()[1] == "1/500"
    assert process.returncode == 130
    document = json.loads(out)
    assert document["stopped"] == "interrupted"
    assert document["epochs"] < 500
    assert (tmp_path / document["report"]).is_file()
    assert zoo865.Predictor(tmp_path / document["export"]).predict(np.zeros((28, 28), "uint8"))


def test_start_from_another_run(tmp_path, tiny_run):
    """All weights are taken where all fit; with other classes all but the last layer's."""
    before = tiny_run("mnist_cnn")
    recipe = zoo865.get_recipe("mnist_cnn").smallest()
    frozen = {"epochs": 1, "phases.train.optimizer.learning_rate": 0.0, "phases.train.optimizer.weight_decay": 0.0}
    run = train(recipe.override(frozen), run_dir=tmp_path / "run", init_from=str(before.path))
    assert (
        run.settings["init_from"]["weights_taken"] == run.settings["init_from"]["weights"] == len(before.model.weights)
    )
    for mine, theirs in zip(run.model.trainable_variables, before.model.trainable_variables, strict=True):
        np.testing.assert_array_equal(mine.value, theirs.value)
    weights = {weight.path: np.array(weight) for weight in before.model.weights}
    other = recipe.model(image_shape=(28, 28, 1), classes=3, width=8)
    assert checkpoint.take_weights(other, weights, "x") == (len(other.weights) - 2, len(other.weights))
    with pytest.raises(zoo865.ZooError, match="no weight"):
        checkpoint.take_weights(keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)]), weights, "x")


@pytest.mark.parametrize(
    ("same", "said", "others"),
    [
        (1, "warning: only 2 of 6", "; model/b, model/c differ in name or shape"),
        (2, "4 of 6", "; model/c differs in name or shape"),
        (3, "6 of 6", ""),
    ],
)
def test_a_start_says_how_many_weights_it_takes(same, said, others, capsys):
    """Layers whose names are others bring nothing and are named; below half is a warning."""

    def model(names):
        dense = (keras.layers.Dense(5, name=name) for name in names)
        return keras.Sequential([keras.Input((5,)), *dense], name="model")

    theirs = model(["a", "b", "c"][:same] + ["x", "y", "z"][same:])
    weights = {weight.path: keras.ops.convert_to_numpy(weight.value) for weight in theirs.weights}
    assert checkpoint.take_weights(model("abc"), weights, "runs/x") == (2 * same, 6)
    assert capsys.readouterr().err == f"{said} weights are initialized from runs/x{others}\n"


def test_seeds_make_runs_beside_each_other_and_a_summary(zoo, only_training):
    settings = ["--data", "generated_digits", "--set", "model_args.width=4"]
    code, out, err = zoo("train", "mnist_cnn", *settings, "--epochs", 1, "--seeds", "3,5", "--json", "--run-dir", "s")
    assert code == 0, err
    summary = json.loads(out)
    assert summary["seeds"] == [3, 5]
    values = [zoo865.Run(f"s/seed-{seed}").metrics["test"]["accuracy"] for seed in (3, 5)]
    found = summary["test"]["accuracy"]
    assert found["values"] == values
    assert found["mean"] == pytest.approx(np.mean(values))
    assert found["spread"] == pytest.approx(np.std(values, ddof=1))
    code, out, _ = zoo("compare", "s/seed-3", "s/seed-5", "--json")
    assert [row["seed"] for row in json.loads(out)] == [3, 5]
    assert zoo("compare", "s/seed-3", "s/seed-5")[1].splitlines()[0].split() == ["run", "s/seed-3", "s/seed-5"]


def test_an_interrupted_seed_does_not_count(tmp_path, monkeypatch, tiny_run):
    done = tiny_run("mnist_cnn")

    class Interrupted:
        metrics = done.metrics | {"stopped": "interrupted"}

    made = iter([done, Interrupted()])
    monkeypatch.setattr("zoo865.workflow.make", lambda *_, **__: next(made))
    summary = make_seeds("mnist_cnn", [0, 1, 2], run_dir=tmp_path / "seeds")
    assert (summary["seeds"], summary["stopped"]) == ([0], "interrupted")
    assert summary["test"]["accuracy"]["values"] == [done.metrics["test"]["accuracy"]]


@pytest.mark.parametrize("damage", ["cut", "flipped", "another program's"])
def test_a_damaged_checkpoint_is_not_read(tmp_path, damage):
    path = tmp_path / "last.npz"
    checkpoint.write(path, {"a": np.arange(1000)}, {"epoch": 3})
    arrays, facts = checkpoint.read(path)
    np.testing.assert_array_equal(arrays["a"], np.arange(1000))
    assert facts == {"epoch": 3}
    content = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    else:
        np.savez(path, a=np.arange(1000))
    with pytest.raises(zoo865.ZooError, match="checkpoint"):
        checkpoint.read(path)


def test_clock():
    assert [clock(s) for s in (0, 59.6, 3599, 3661)] == ["0:00", "1:00", "59:59", "1:01:01"]
