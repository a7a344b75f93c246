"""A network's landscape: heights are those of closed forms and of `evaluate`, directions those of their definitions."""

import json
import shutil

import keras
import numpy as np
import pytest

import zoo865
from zoo865.errors import ZooError
from zoo865.explain import landscape as page
from zoo865.explain import training_path as paths
from zoo865.explain.landscape import mean_loss, on_plane, planes, principal_directions, random_direction, surface
from zoo865.explain.training_path import TrainingPath, training_path
from zoo865.hub.publish import publish
from zoo865.preprocessing import prepared


@pytest.fixture
def small(monkeypatch):
    """Surfaces of 3 x 3 points over 48 examples, trainings of six steps."""
    monkeypatch.setattr(page, "POINTS", 3)
    monkeypatch.setattr(page, "EXAMPLES", 48)
    monkeypatch.setattr(paths, "STEPS", 6)


@pytest.mark.jax
def test_the_surface_of_least_squares_is_the_closed_form():
    """In chunks, the last of which is shorter, and along any directions, the bias moved, too."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(50, 3)), random.normal(size=(50, 1))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    start = [random.normal(size=(3, 1)), random.normal(size=1)]
    model.set_weights(start)
    first, second = ([random.normal(size=one.shape).astype("float32") for one in start] for _ in range(2))
    ask = mean_loss(model, keras.losses.MeanSquaredError(), x.astype("float32"), y.astype("float32"), 16)
    across, up = np.linspace(-1, 1, 4), np.linspace(-2, 2, 5)
    found = surface(on_plane(ask, model, [first, second]), across, up)
    for row, b in enumerate(up):
        for column, a in enumerate(across):
            kernel, bias = (w + a * d + b * e for w, d, e in zip(start, first, second, strict=True))
            assert found[row, column] == pytest.approx(np.mean((x @ kernel + bias - y) ** 2), rel=1e-4)
    np.testing.assert_allclose(model.get_weights()[0], start[0], rtol=1e-6)  # it leaves the model as it was


def networks():
    image = keras.Input((8, 8, 3))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3)(image))
    x = keras.layers.DepthwiseConv2D(3, depth_multiplier=2)(x)
    return keras.Model(image, keras.layers.Dense(5)(keras.layers.Flatten()(x)))


@pytest.mark.jax
def test_filters_of_random_directions_are_as_long_as_the_networks():
    keras.utils.set_random_seed(1)
    model = networks()
    found = random_direction(model, 0)
    assert len(found) == len(model.trainable_variables) == 8
    filters = 0
    for variable, direction in zip(model.trainable_variables, found, strict=True):
        own = keras.ops.convert_to_numpy(variable)
        if own.ndim == 1:
            assert not direction.any()
            continue
        within = 2 if "depthwise" in variable.path else own.ndim - 1
        for place in np.ndindex(*own.shape[within:]):
            every = (slice(None),) * within + place
            assert np.sqrt((direction[every] ** 2).sum()) == pytest.approx(np.sqrt((own[every] ** 2).sum()), rel=1e-5)
            filters += 1
    assert filters == 4 + 4 * 2 + 5
    other = random_direction(model, 1)
    assert abs(np.vdot(found[0], other[0])) < 0.5 * np.vdot(found[0], found[0])


@pytest.mark.fast
def test_principal_directions_are_scikit_learns():
    from sklearn.decomposition import PCA

    places = np.cumsum(np.random.default_rng(2).normal(size=(9, 40)), axis=0)
    directions, shares = principal_directions(places)
    peer = PCA(2).fit(places)
    np.testing.assert_allclose(np.abs(directions), np.abs(peer.components_), atol=1e-9)
    np.testing.assert_allclose(shares, peer.explained_variance_ratio_, rtol=1e-9)
    assert (((places[0] - places.mean(0)) @ directions.T) < 0).all()


def evaluated(path: TrainingPath) -> float:
    """The loss of the same examples by `evaluate`."""
    split, spec = path.data.train, path.data.spec
    chosen = split.take(np.sort(np.random.default_rng(865).permutation(len(split))[:48]))
    path.model.compile(loss=path.loss)
    return path.model.evaluate(prepared(spec, chosen), chosen["label"], verbose=0)


@pytest.mark.parametrize("name", ["mnist_cnn", "mobilenet_v2", "sentiment_lstm"])
def test_in_the_middle_the_surface_is_what_evaluate_says(name, tiny_run, small):
    """Of runs on images, photos and texts; the path's places are those of the checkpoints."""
    path = training_path(str(tiny_run(name).path))
    found, losses = planes(path)
    expected = evaluated(path)
    assert found[0].losses[1, 1] == pytest.approx(expected, rel=1e-4)
    assert losses[path.end] == pytest.approx(expected, rel=1e-4)
    assert path.names[-1] == f"epoch {len(tiny_run(name).history)}"
    with np.load(tiny_run(name).path / "checkpoints" / "last.npz") as last:
        kept = [last[key] for key in sorted(last) if key.startswith("model|")]
    for own, there in zip(path.weights[-1], kept, strict=True):
        np.testing.assert_array_equal(own, there)


def test_the_plane_of_a_path_holds_its_end(tiny_run, small):
    path = training_path(str(tiny_run("mnist_cnn").path))
    found, losses = planes(path)
    assert [plane.name for plane in found] == ["random", "path"]
    plane = found[1]
    np.testing.assert_array_equal(plane.path[path.end], 0)
    assert plane.heights[path.end] == pytest.approx(losses[path.end], rel=1e-5)
    # Three places lie in a plane: distances on it are those of the weights.
    trained = [id(variable) for variable in path.model.trainable_variables]
    ours = [place for place, variable in enumerate(path.model.variables) if id(variable) in trained]
    places = np.array([np.concatenate([values[place].ravel() for place in ours]) for values in path.weights])
    for one, other in ((0, 1), (1, 2)):
        away = np.linalg.norm(plane.path[one] - plane.path[other])
        assert away == pytest.approx(np.linalg.norm(places[one] - places[other]), rel=1e-3)
    for axis, ends in enumerate((plane.across, plane.up)):
        assert (ends[0] < plane.path[:, axis]).all()
        assert (plane.path[:, axis] < ends[-1]).all()


def test_the_start_of_a_run_follows_from_its_seed(tmp_path):
    """Where nothing is learned, the weights at the end are those of the start."""
    still = {"epochs": 1, "phases.train.optimizer.learning_rate": 0.0}
    run = zoo865.train(zoo865.get_recipe("mnist_cnn").smallest().override(still), run_dir=tmp_path / "run", seed=7)
    path = training_path(str(run.path))
    assert path.names == ("start", "epoch 1")
    for variable, start, end in zip(path.model.variables, *path.weights, strict=True):
        if variable.trainable:
            np.testing.assert_array_equal(start, end)


@pytest.mark.jax
def test_a_system_is_trained_anew(small):
    path = training_path("mnist_cnn", "generated_digits")
    assert path.names == ("start", "step 3", "step 6")
    assert "trained anew on generated_digits" in path.about
    moved = [np.abs(path.weights[one][0] - path.weights[one + 1][0]).max() for one in (0, 1)]
    assert min(moved) > 0
    np.testing.assert_array_equal(path.weights[-1][0], keras.ops.convert_to_numpy(path.model.variables[0]))
    found, losses = planes(path)
    assert [plane.name for plane in found] == ["random", "path"]
    assert losses[-1] == pytest.approx(evaluated(path), rel=1e-4)
    assert found[0].losses[1, 1] == pytest.approx(losses[-1], rel=1e-4)


def test_a_published_model_has_a_surface_and_no_path(small, tiny_run, tmp_path):
    published = publish(tiny_run("mnist_cnn"), tmp_path / "saved_models", seconds=0.2)
    path = training_path(str(published))
    found, losses = planes(path)
    assert [plane.name for plane in found] == ["random"]
    assert found[0].losses[1, 1] == pytest.approx(losses[0], rel=1e-6) == pytest.approx(evaluated(path), rel=1e-4)
    (published / "model.weights.h5").unlink()
    with pytest.raises(ZooError, match=r"model.weights.h5 is missing"):
        training_path(str(published))


def test_without_weights_that_learn_there_is_no_landscape(small, tiny_run):
    data = tiny_run("mnist_cnn").data
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()])
    path = TrainingPath("flat", "", model, keras.losses.MeanSquaredError(), data, ("end",), ([],), 0)
    with pytest.raises(ZooError, match="flat has no weights that learn"):
        planes(path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["landscape"], "landscape of which network?"),
        (["landscape", "mnist_cn"], "did you mean mnist_cnn"),
        (["landscape", "vae"], "vae is no classifier"),
        (["landscape", "mnist_cnn", "--data", "generated_digit"], "unknown data set 'generated_digit'"),
        (["landscape", "mnist_cnn", "--out", "page.txt"], "page.txt is not an HTML page"),
        (["minibatch", "mnist_cnn"], "minibatch takes no NAME"),
    ],
)
def test_bad_input_is_said(arguments, said, zoo):
    code, _, err = zoo("explain", *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


def test_checkpoints_that_are_gone_are_said(tiny_run, tmp_path, zoo):
    shutil.copytree(tiny_run("mnist_cnn").path, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    code, _, err = zoo("explain", "landscape", tmp_path / "run")
    assert (code, err.count("\n")) == (2, 1)
    assert f"the checkpoints of {tmp_path / 'run'} are gone" in err


def test_the_page_holds_its_surface(small, tiny_run, tmp_path, zoo):
    code, out, _ = zoo("explain", "landscape", tiny_run("mnist_cnn").path, "--json")
    assert code == 0
    text = (tmp_path / json.loads(out)["page"]).read_text()
    document = json.loads(text.split("const data = ")[1].split(", byId = ")[0])
    assert [np.shape(plane["losses"]) for plane in document["planes"]] == [(3, 3)] * 2
    assert document["names"] == ["start", "epoch 1", "epoch 2"]
