"""Training on what an agent collects: how much, until when, and what is kept of it."""

import numpy as np
import pytest

import zoo865

gymnasium = pytest.importorskip("gymnasium")

from zoo865.training import checkpoint  # noqa: E402
from zoo865.training.build import build_model  # noqa: E402

pytestmark = pytest.mark.agents


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("dqn_cartpole", {"data": "gym:MountainCar-v0"}),
        ("dqn_cartpole", {"data": "gym:FrozenLake-v1"}),
        ("dqn_minatar_breakout", {}),
    ],
    ids=["numbers", "a number of a place", "boards"],
)
def test_other_environments(tmp_path, name, settings):
    if name == "dqn_minatar_breakout":
        pytest.importorskip("minatar")
    recipe = zoo865.get_recipe(name).smallest().override({**settings, "epochs": 1, "batches.steps": 800})
    run = zoo865.train(recipe, run_dir=tmp_path / "run")
    zoo865.report(run)
    assert np.isfinite(run.metrics["test"]["return_mean"])
    assert not (run.path / "figures" / "values.png").exists()  # nobody said which numbers to show


def test_more_copies_than_steps_between_updates(tmp_path):
    """They step less often, and no fewer steps in all."""
    recipe = (
        zoo865.get_recipe("dqn_cartpole").smallest().override({"batches.environments": 128, "batches.warm_up": 1000})
    )
    assert recipe.steps_per_execution * recipe.batches.steps_per_update < 128
    run = zoo865.train(recipe, run_dir=tmp_path / "run")
    done = checkpoint.read(run.path / "checkpoints" / "last.npz")[0]["feed|done"]
    wanted = 1000 + sum(phase.epochs for phase in recipe.phases) * recipe.batches.steps
    assert wanted - 256 < done < wanted + 3 * 128


@pytest.mark.slow
def test_atari_learns_something(tmp_path):
    """Assault, the first 100 steps: three seeds came to 78, 83 and 78; three untrained networks to 0, 16 and 32."""
    pytest.importorskip("ale_py")
    pytest.importorskip("cv2")
    settings = {"data": "gym:ALE/Assault-v5", "epochs": 2, "task.most_steps": 100, "model_args.hidden": [128]}
    batches = {"steps": 1600, "warm_up": 400, "replay": 4000, "exploration": 1500, "steps_per_update": 8}
    recipe = zoo865.get_recipe("dqn").override(
        {**settings, **{f"batches.{name}": value for name, value in batches.items()}}
    )
    run = zoo865.make(recipe, run_dir=tmp_path / "run")
    untrained = recipe.task.measure(build_model(run.recipe, run.spec), run.data, "validation")
    assert run.metrics["validation"]["return_mean"] > 1.5 * untrained["return_mean"]


def test_training_ends_at_its_goal(tmp_path):
    """And a run that was killed when it had reached it has nothing left to train."""
    recipe = zoo865.get_recipe("dqn_cartpole").smallest().override({"epochs": 4, "phases.train.stop_at": 20})
    whole = zoo865.train(recipe, run_dir=tmp_path / "whole", seed=7)
    reached = [row["val_return_mean"] >= 20 for row in whole.history]
    assert reached == [False] * (len(reached) - 1) + [True]
    assert len(reached) == whole.metrics["epochs"] < 4
    assert whole.metrics["finished"]
    said = f"phase train ended after {len(reached)} of 4 epochs: val_return_mean reached its goal of 20"
    assert whole.metrics["early_ends"] == [said]
    metrics = whole.metrics
    (whole.path / "metrics.json").unlink()
    again = zoo865.resume(whole.path)
    assert [again.metrics[name] for name in ("epochs", "test")] == [metrics[name] for name in ("epochs", "test")]


def test_a_memory_too_large_for_checkpoints_is_filled_anew(tmp_path, monkeypatch):
    monkeypatch.setattr("zoo865.batches.collect.MOST_KEPT", 1000)
    recipe = zoo865.get_recipe("dqn_cartpole").smallest()
    run = zoo865.train(recipe, run_dir=tmp_path / "run")
    kept = checkpoint.read(run.path / "checkpoints" / "last.npz")[0]
    assert {name for name in kept if name.startswith("feed|")} == {"feed|done", "feed|drawn", "feed|moves"}
    feed = recipe.batches.open(run.data, batch_size=8, seed=0, model=run.model, steps_together=4)
    feed.restore(checkpoint.part_of(kept, "feed"))
    feed.begin_epoch(1)
    done = feed.done
    next(iter(feed.dataset))
    assert feed.done - done == recipe.batches.warm_up + 4 * recipe.batches.steps_per_update
    assert len(feed.replay) > 0
