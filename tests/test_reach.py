"""The recipes reach what the README says of them; minutes of training."""

import pytest

import zoo865

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("data", "accuracy"), [("mnist_sample", 0.98), ("mnist", 0.995)])
def test_mnist_cnn(data, accuracy, tmp_path):
    recipe = zoo865.find("mnist_cnn").override({"data": data})
    try:
        run = zoo865.train(recipe, run_dir=tmp_path / "run")
    except zoo865.ZooError as error:
        if "no network" in str(error):
            pytest.skip(str(error))
        raise
    assert run.metrics["test"]["accuracy"] >= accuracy
    assert run.metrics["train_seconds"] < (120 if data == "mnist_sample" else 900)
