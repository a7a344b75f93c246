"""The recipes reach what the README says of them; minutes of training."""

import pytest

import zoo865

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "data", "accuracy", "seconds"),
    [("mnist_cnn", "mnist_sample", 0.98, 120), ("mnist_cnn", "mnist", 0.995, 900), ("mnist_fast", "mnist", 0.989, 60)],
)
def test_mnist(name, data, accuracy, seconds, tmp_path):
    recipe = zoo865.get_recipe(name).override({"data": data})
    try:
        run = zoo865.train(recipe, run_dir=tmp_path / "run")
    except zoo865.ZooError as error:
        if "no network" in str(error):
            pytest.skip(str(error))
        raise
    assert run.metrics["test"]["accuracy"] >= accuracy
    assert run.metrics["train_seconds"] < seconds


@pytest.mark.agents
@pytest.mark.parametrize(
    ("name", "least", "seconds"),
    [
        ("dqn_cartpole", 475, 60),
        ("c51_cartpole", 475, 120),
        ("dqn_acrobot", -90, 300),
        ("dqn_lunarlander", 200, 1200),
        ("dqn_minatar_breakout", 8, 1200),
    ],
)
def test_agents(name, least, seconds, tmp_path):
    run = zoo865.train(name, run_dir=tmp_path / "run")
    assert run.metrics["test"]["return_mean"] >= least
    assert run.metrics["train_seconds"] < seconds
