"""Going downhill: paths are those of Keras' optimizers by hand, minima those that are known, errors say where."""

import base64
import json
import re

import keras
import numpy as np
import pytest
from by_hand import walk_by_hand

from zoo865.explain import gradient_descent
from zoo865.explain.functions import FUNCTIONS, function_of, values_of
from zoo865.explain.gradient_descent import LEVELS, LOCAL, LOST, REACHED, descents, quantised
from zoo865.explain.minima import minima_of
from zoo865.explain.paths import descend, optimizers

STARTS = np.array([[-3.2, 1.6], [0.7, -2.9]], "float32")


def keras_optimizers():
    return [name for name, make in optimizers().items() if name not in ("LossScaleOptimizer", "MultiOptimizer")]


@pytest.fixture
def few_optimizers(monkeypatch):
    some = ("Adam", "LossScaleOptimizer", "Muon", "SGD")
    monkeypatch.setattr(gradient_descent, "optimizers", lambda: {name: optimizers()[name] for name in some})


@pytest.mark.jax
@pytest.mark.parametrize("name", keras_optimizers())
def test_paths_are_those_of_the_optimizer_by_hand(name):
    """Each start with an optimizer of its own, compiled as `fit` compiles it, and gradients of (x^2 + 10 y^2) / 2 by
    their formula: bit for bit.
    """
    make = optimizers()[name]
    found = descend(FUNCTIONS["quadratic"], make, (0.01, 0.1), STARTS, 8)
    for number, start in enumerate(STARTS):
        by_hand = walk_by_hand(make(0.1), start, lambda point: np.array([1, 10], "float32") * point, 8)
        np.testing.assert_array_equal(found[1, number], by_hand)


@pytest.mark.jax
def test_every_optimizer_of_keras_takes_part_or_says_why(few_optimizers):
    found = descents("hill")
    assert (found.names, [*found.left_out]) == (("Adam", "Muon", "SGD"), ["LossScaleOptimizer"])
    known = {"SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "Lion", "Lamb"}
    assert known <= set(keras_optimizers())


def test_minima_are_those_that_are_known():
    known = {
        "rosenbrock": [[1, 1]],
        "beale": [[3, 0.5]],
        "quadratic": [[0, 0]],
        "saddle": [[0, -2], [0, 2]],
        "hill": [[root] for root in np.sort(np.roots([4, 0, -16, 3]).real)[[0, 2]]],  # of its derivative, times 10
    }
    for name, points in known.items():
        np.testing.assert_allclose(np.sort(minima_of(FUNCTIONS[name]), axis=0), np.sort(points, axis=0), atol=2e-3)
    wavy = minima_of(FUNCTIONS["rastrigin"])
    np.testing.assert_allclose(wavy[0], 0, atol=1e-3)
    assert len(wavy) == 11 * 11, "one near every pair of whole numbers from -5 to 5"


def test_what_becomes_of_a_path_is_what_theory_says(few_optimizers):
    """On a quadratic of curvatures 1 and 10 gradient descent converges below a rate of 2/10 and diverges above. On the
    hill it ends in the valley on whose side of the hilltop it begins, at a rate that is short enough.
    """
    found = descents("quadratic")
    ends = found.ends[found.names.index("SGD")]
    flat = found.starts[:, 1] == 0
    assert (ends[4] == REACHED).sum() == 25, "0.1"
    assert (ends[5][~flat] == LOST).all(), "0.3"
    found = descents("hill", start=(1.5,))
    hilltop = np.sort(np.roots([4, 0, -16, 3]).real)[1]
    ends = found.ends[found.names.index("SGD")][4]
    np.testing.assert_array_equal(ends, np.where(found.starts[:, 0] < hilltop, REACHED, LOCAL))
    assert found.starts[-1] == np.float32(1.5)
    losses = np.polyval([0.1, 0, -0.8, 0.3, 2], found.paths[..., 0].astype("float64"))
    kept = np.isfinite(found.losses)
    assert kept.mean() > 0.9
    np.testing.assert_allclose(found.losses[kept], losses[kept], rtol=1e-3, atol=1e-4)


def test_what_is_drawn_is_nearer_than_half_a_pixel():
    function, random = FUNCTIONS["rosenbrock"], np.random.default_rng(0)
    points = random.uniform((-5.9, -4.9), (5.9, 6.9), (1000, 2)).astype("float32")
    shares = quantised(function, points) / LEVELS * 3 - 1
    low, high = np.array(function.bounds).T
    away = np.abs(low + shares * (high - low) - points) / (high - low) * 700
    assert away.max() < 0.5
    assert (quantised(function, np.array([[0.0, 99.0], [np.nan, 0.0]], "float32")) == LEVELS + 1).all()


MINE = """
from keras import ops
import numpy as np

def bowl(x, y):
    return x**2 + ops.sin(y) + y**2 / 2

def total(x, y):
    return ops.sum(x) + ops.sum(y)

def steps(x):
    return ops.floor(x)

def logarithm(x):
    return ops.log(x)

def of_numpy(x):
    return np.asarray(x) ** 2 + len(None)

def three(x, y, z):
    return x

def scaled(x, y, scale=2.0, *, more=1):
    return scale * more * (x**2 + y**2)

def inner(x):
    return ops.log(x - 1) ** 2
inner.bounds = ((1.5, 4),)

def wrong_bounds(x):
    return x
wrong_bounds.bounds = ((4, 1),)

def lookup(x):
    return {"b": x}["a"]

def leaves(x):
    raise SystemExit(3)

def steep(x):
    return ops.exp(5 * x**2)

def torn(x):
    return ops.where(ops.abs(x - 0.17) < 0.05, float("nan"), x**2)

def flat(x, y):
    return ops.relu(ops.abs(x) + ops.abs(y) - 3)

number = 3
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("total", "total gives () for parameters of shape"),
        ("steps", "steps has no gradient"),
        ("logarithm", "logarithm has no finite value at (-4); draw it where it has one: logarithm.bounds"),
        ("of_numpy", "of_numpy fails: my.py:18: TypeError: object of type 'NoneType' has no len()"),
        ("lookup", "lookup fails: my.py:35: KeyError: 'a'"),
        ("leaves", "leaves fails: my.py:38: SystemExit: 3"),
        ("wrong_bounds", "has the bounds ((4, 1),); give low and high of each: wrong_bounds.bounds = ((-5, 5),)"),
        ("three", "three has 3 parameters"),
        ("number", "has no function 'number'"),
        ("missing", "has no function 'missing'"),
    ],
)
def test_a_function_that_cannot_be_descended_says_why(name, said, tmp_path, zoo):
    (tmp_path / "my.py").write_text(MINE)
    code, _, err = zoo("explain", "gradient-descent", "--function", f"{tmp_path / 'my.py'}:{name}")
    assert (code, err.count("\n")) == (2, 1)
    assert said in err
    assert not [*tmp_path.glob("*.html")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gradient-descend"], "nothing called 'gradient-descend' is explained"),
        (["gradient-descent", "--function", "hil"], "unknown function 'hil'"),
        (["gradient-descent", "--start", "9"], "the start 9 is outside of the plot of hill"),
        (["gradient-descent", "--start", "1,2"], "hill takes starts of 1, not --start=1,2"),
        (["minibatch", "--function", "hill"], "minibatch takes no --function"),
        (["gradient-descent", "--out", "nowhere/page.html"], "no folder nowhere"),
        (["gradient-descent", "--out", "file/page.html"], "file is a file"),
        (["landscape", ""], "''"),
        (["gradient-descent", "--start", "a"], "--start a is no point"),
        (["gradient-descent", "--out", "page.txt"], "page.txt is not an HTML page"),
    ],
)
def test_bad_input_is_said(arguments, said, zoo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    code, _, err = zoo("explain", *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


def test_a_page_of_ones_own_function_holds_its_paths(few_optimizers, tmp_path, zoo):
    (tmp_path / "my.py").write_text(MINE)
    name = f"{tmp_path / 'my.py'}:bowl"
    code, out, _ = zoo("explain", "gradient-descent", "--function", name, "--start=1.5,-2", "--json")
    assert code == 0
    page = (tmp_path / json.loads(out)["page"]).read_text()
    assert "Muon" in page
    document = json.loads(re.search(r"const data = (\{.*\});", page)[1])
    assert document["starts"][-1] == [1.5, -2]
    function = function_of(name)
    paths = np.frombuffer(base64.b64decode(document["arrays"]["paths"]), "<u2").reshape(3, 7, 26, 51, 2)
    sgd = document["names"].index("SGD")
    (expected,) = descend(function, keras.optimizers.SGD, [0.1], np.array([[1.5, -2.0]]), 50)
    np.testing.assert_array_equal(paths[sgd, 4, 25], quantised(function, expected[0]))
    losses = np.frombuffer(base64.b64decode(document["arrays"]["losses"]), "<f4").reshape(3, 7, 26, 51)
    np.testing.assert_allclose(losses[sgd, 4, 25], values_of(function, expected[0]), rtol=1e-6)


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "my.py").write_text(MINE)
    return lambda name: f"{tmp_path / 'my.py'}:{name}"


def test_bounds_and_defaults_of_ones_own(mine):
    assert function_of(mine("scaled")).parameters == 2
    function = function_of(mine("inner"))
    assert function.bounds == ((1.5, 4.0),)
    np.testing.assert_allclose(minima_of(function), [[2.0]], atol=1e-3)


@pytest.mark.parametrize("name", ["steep", "torn"])
def test_what_is_infinite_somewhere_is_drawn_where_it_is_not(name, mine, few_optimizers, tmp_path, recwarn):
    """The curve in pieces, its minimum at 0, no number that no browser draws, no warning."""
    page = gradient_descent.gradient_descent(mine(name), out=str(tmp_path / "page.html")).read_text()
    drawn = re.findall(r'class="curve" d="([^"]*)"', page)
    assert len(drawn) == {"steep": 1, "torn": 2}[name]
    numbers = np.array(re.findall(r"-?[\d.]+", " ".join(drawn)), float)
    assert np.isfinite(numbers).all()
    assert np.abs(numbers).max() <= 4000
    assert "nan" not in " ".join(drawn)
    middles = re.findall(r'class="minimum" d="M([\d.]+),', page)
    if name == "steep":
        assert [float(x) + 6 for x in middles] == [pytest.approx(320, abs=1)]
        heights = json.loads(re.search(r"const data = (\{.*\});", page)[1])["heights"]
        assert heights[1] < np.finfo("float32").max
    assert not [str(one.message) for one in recwarn if issubclass(one.category, RuntimeWarning)]


def test_a_plateau_costs_one_descent(mine, monkeypatch):
    """And is no minimum, for nothing around it is higher."""
    import scipy.optimize

    asked, minimize = [], scipy.optimize.minimize
    monkeypatch.setattr(scipy.optimize, "minimize", lambda *given, **more: asked.append(1) or minimize(*given, **more))
    assert len(minima_of(function_of(mine("flat")))) == 0
    assert len(asked) <= 4


def test_a_start_that_is_given_is_shown_first(few_optimizers):
    assert descents("hill", (1.25,)).first == 25
    assert descents("hill").first == 24
    assert descents("saddle").first == 20
