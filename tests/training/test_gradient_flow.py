"""Watching gradients: the numbers are those of NumPy, and what is learned is the same bits with and without it."""

import re

import keras
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import zoo865
from zoo865.callbacks.gradient_flow import GradientFlow
from zoo865.files import read_json
from zoo865.reporting import gradient_flow
from zoo865.training import checkpoint, loop
from zoo865.visualize.charts import layers_over_epochs

RATE = 0.1


def linear_model(seed=0):
    keras.utils.set_random_seed(seed)
    numbers = keras.Input((3,))
    hidden = keras.layers.Dense(2, name="first")(numbers)
    return keras.Model(numbers, keras.layers.Dense(1, name="last")(hidden))


@pytest.mark.jax
@pytest.mark.parametrize("together", [1, 4])
def test_numbers_are_numpy_s(together):
    """Of the first and the fourth of six steps of plain gradient descent."""
    random = np.random.default_rng(0)
    x, y = (random.normal(size=(12, wide)).astype("float32") for wide in (3, 1))
    model, wanted = linear_model(), []
    weights = [array.astype("float64") for array in model.get_weights()]
    for step in range(6):
        first, first_bias, last, last_bias = weights
        images, truth = x[2 * step : 2 * step + 2], y[2 * step : 2 * step + 2]
        hidden = images @ first + first_bias
        error = 2 * (hidden @ last + last_bias - truth) / truth.size
        slopes = [images.T @ (error @ last.T), (error @ last.T).sum(0), hidden.T @ error, error.sum(0)]
        if step % 3 == 0:
            pairs = [(slopes[0], first), (slopes[2], last)]
            lengths = [(np.linalg.norm(slope), np.linalg.norm(held)) for slope, held in pairs]
            wanted.append([(slope, RATE * slope / held) for slope, held in lengths])
        weights = [held - RATE * slope for held, slope in zip(weights, slopes, strict=True)]
    flow = GradientFlow(every=3)
    model.compile(keras.optimizers.SGD(RATE), "mse", steps_per_execution=together)
    model.fit(x, y, batch_size=2, shuffle=False, verbose=0, callbacks=[flow])
    (row,) = flow.rows
    found = [[sizes["gradient"], sizes["update"]] for sizes in row["layers"].values()]
    assert list(row["layers"]) == ["first", "last"]
    np.testing.assert_allclose(found, np.mean(wanted, axis=0), rtol=1e-4)


@pytest.mark.jax
@pytest.mark.parametrize("name", ["mnist_cnn", "dcgan"])  # dcgan: two optimizers
def test_what_is_learned_is_the_same_bits(name, tmp_path, monkeypatch):
    """Watched every second step, and not watched; test_resume.py goes on with runs that are watched."""
    recipe = zoo865.get_recipe(name).smallest().override({"epochs": 2})
    monkeypatch.setattr(loop, "GradientFlow", lambda path: GradientFlow(path, every=2))
    watched = zoo865.train(recipe, run_dir=tmp_path / "watched")
    assert [row["epoch"] for row in read_json(watched.path / "gradient_flow.json")] == [1, 2]
    monkeypatch.setattr(loop, "GradientFlow", lambda path: keras.callbacks.Callback())
    runs = watched, zoo865.train(recipe, run_dir=tmp_path / "not_watched")
    mine, theirs = (checkpoint.read(run.path / "checkpoints" / "last.npz")[0] for run in runs)
    assert mine.keys() == theirs.keys()
    for key, array in mine.items():
        np.testing.assert_array_equal(array, theirs[key], err_msg=key)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("gradients", "updates", "dead", "said"),
    [
        ([1, 2], [1e-3, 2e-3], 0.2, None),
        (
            [1, 2],
            [0.4, 2e-3],
            0.9,
            r"first changed by 40% of its weights .* phases\.train\.optimizer\.learning_rate=0\.0003",
        ),
        (
            [1, 2],
            [1e-3, 0.03],
            0.2,
            r"In the last epoch last still changed by 3\.0% of its weights a step, where 0\.1%",
        ),
        ([1e-9, 2], [1e-3, 2e-3], 0.9, "The gradient vanishes: that of first is 5e-10 of that of last"),
        ([1, 2], [1e-3, 2e-3], 0.75, "75% of the units of relu are dead"),
        ([1, 2], [1e-3, 2e-9], 0.2, r"last changed by 2e-09 of its weights a step: try a higher rate, .*=0\.003"),
    ],
)
def test_what_is_off_is_said(gradients, updates, dead, said):
    phase = zoo865.Phase("train", optimizer=zoo865.Optimizer("adam", learning_rate=1e-3))
    sizes = [np.repeat(np.array(values, "float64")[:, None], 3, axis=1) for values in (gradients, updates)]
    found = next(gradient_flow._findings(phase, ["first", "last"], *sizes, {"relu": dead}), None)
    assert found is None if said is None else re.match(said, found)


def test_units_that_never_answer_are_counted(tiny_run):
    run = zoo865.Run(tiny_run("mnist_cnn").path)
    relu = next(layer for layer in run.model.layers if isinstance(layer, keras.layers.ReLU))
    norm = next(node.operation for node in relu._inbound_nodes[0].parent_nodes)
    before = gradient_flow.dead_units(run)[relu.name]
    beta = np.array(norm.beta.value)
    norm.beta.assign(np.where(np.arange(len(beta)) < len(beta) // 2, -1e6, 1.0))
    gone = gradient_flow.dead_units(run)[relu.name]
    assert before < 0.5 <= gone < 1


def test_numbers_of_a_scale_stay_beside_its_bar():
    """Where they are wide, and whatever the letters: above the bar is a panel's title."""
    sizes = np.geomspace(1e-3, 5.5e9, 6).reshape(3, 2)
    figure = layers_over_epochs({"one": sizes, "another": sizes}, ["a", "b", "c"], [1, 2])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    bars = [axis for axis in figure.axes if axis.get_label() == "<colorbar>"]
    assert len(bars) == 2
    for bar in bars:
        box, labels = bar.get_window_extent(), bar.get_yticklabels()
        assert [label.get_text() for label in labels] == ["0.001", "2.3e+03", "5.5e+09"]
        for label in labels:
            drawn = label.get_window_extent(canvas.get_renderer())
            assert box.y0 - 1 < drawn.y0 < drawn.y1 < box.y1 + 1
