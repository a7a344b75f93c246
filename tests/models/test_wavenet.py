"""WaveNet: no sample hears itself or a later one; drawn one by one, in a graph or in NumPy, it is the same network."""

import keras
import numpy as np
import pytest
import scipy.special
import scipy.stats
from keras import ops

from zoo865.exporting.sound_stream import SoundStream
from zoo865.inference import compiled
from zoo865.models.wavenet import FRAME, build_wavenet, drawn, first_levels, gates, hats

pytestmark = pytest.mark.fast
CLASSES = {"digit": 3, "speaker": 2}


def made(**sizes):
    """A small network with weights that were drawn at random, so that everything matters."""
    small = {"channels": 6, "stacks": 2, "depth": 3, "joined": 10, "hidden": 8}
    model, random = build_wavenet(conditions=CLASSES, rate=1000, **small | sizes), np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(random.normal(0, 0.4, variable.shape))
    return model


def some(count, samples, seed=1):
    random = np.random.default_rng(seed)
    of_class = {name: random.integers(0, most, count).astype("int32") for name, most in CLASSES.items()}
    return random.integers(0, 256, (count, samples)).astype("int32"), of_class


def logits_of(model, levels, of_class, first=0, length=None):
    count, samples = levels.shape
    filled = np.concatenate([levels, np.zeros((count, -samples % FRAME), "int32")], 1)
    whole = np.full(count, samples if length is None else length, "int32")
    found = model.logits(filled, np.full(count, first, "int32"), whole, of_class)
    return ops.convert_to_numpy(found)[:, :samples]


def test_a_sample_hears_those_shortly_before_it_and_nothing_else():
    model = made()
    reach = 1 + sum(model.dilations)  # samples
    levels, of_class = some(1, 2 * FRAME)
    before = logits_of(model, levels, of_class)[0]
    for place in (0, 1, 100, FRAME, 2 * FRAME - 2):
        changed = levels.copy()
        changed[0, place] = (changed[0, place] + 128) % 256
        differs = np.abs(logits_of(model, changed, of_class)[0] - before).max(-1) > 0
        wanted = np.arange(2 * FRAME)
        np.testing.assert_array_equal(differs, (wanted > place) & (wanted <= place + reach))


def test_what_it_costs_is_the_sum_over_samples_by_numpy():
    model = made()
    levels, of_class = some(2, FRAME)
    padded = levels.copy()
    padded[1, 50:] = -1
    of_one = {"levels": padded, "first": np.zeros(2, "int32"), "length": np.array([FRAME, 50], "int32"), **of_class}
    found = {name: ops.convert_to_numpy(one) for name, one in model(of_one).items()}
    for row, length in enumerate((FRAME, 50)):
        some_class = {name: one[row : row + 1] for name, one in of_class.items()}
        logits = logits_of(model, levels[row : row + 1, :length], some_class)[0].astype("float64")
        logs = logits - scipy.special.logsumexp(logits, -1, keepdims=True)
        wanted = -logs[np.arange(length), levels[row, :length]].sum()
        assert found["nats"][row] == pytest.approx(wanted, rel=1e-5)
        assert found["samples"][row] == length
    loss = float(model.compute_loss(y_pred=found))
    assert loss == pytest.approx(found["nats"].sum() / (FRAME + 50) / np.log(2), rel=1e-5)


def test_pieces_of_a_sound_cost_what_the_whole_costs():
    """Its second piece begins with what it hears of the first, which counts for nothing."""
    model = made()
    context = model.for_batches().context
    levels, of_class = some(1, 3 * FRAME)
    length = np.array([3 * FRAME], "int32")
    costs = []
    for start, end in ((0, 3 * FRAME), (0, 2 * FRAME), (2 * FRAME - context, 3 * FRAME)):
        first = np.array([start], "int32")
        found = model({"levels": levels[:, start:end], "first": first, "length": length, **of_class})
        costs.append([float(found["nats"][0]), float(found["samples"][0])])
    np.testing.assert_allclose(costs[0], np.add(costs[1], costs[2]), rtol=1e-5)


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-4), ("mixed_bfloat16", 0.1)])
def test_drawing_one_by_one_has_the_logits_of_the_whole_network(precision, tolerance):
    """Known samples stay, the others are drawn from these logits; in one call, or in several of any lengths."""
    keras.config.set_dtype_policy(precision)
    try:
        model = made()
        known, of_class = some(3, 300)
        known[:, 120:] = -1
        known[1] = -1
        noise = np.random.default_rng(2).random(known.shape, "float32")
        length = np.array([300, 280, 300], "int32")
        state = model.silence(noise)
        levels, logits, *_ = compiled(model.advance)(noise, known, *state, length * 0, length, of_class)
        levels, logits = ops.convert_to_numpy(levels), ops.convert_to_numpy(logits)
        whole = logits_of(model, levels, of_class, length=length)
        np.testing.assert_allclose(logits, whole, atol=tolerance * np.abs(whole).max(), rtol=0)
        np.testing.assert_array_equal(levels[known >= 0], known[known >= 0])
        odds = np.cumsum(np.exp(logits.astype("float64")), -1)
        odds /= odds[..., -1:]
        below = np.take_along_axis(np.pad(odds, ((0, 0), (0, 0), (1, 0))), levels[..., None], -1)[..., 0]
        above = np.take_along_axis(odds, levels[..., None], -1)[..., 0]
        assert ((below - 1e-5 <= noise) & (noise <= above + 1e-5))[known < 0].all()
        parts = []
        for start, end in ((0, 1), (1, 140), (140, 300)):  # what is known is given again
            given, first = levels[:, start:end], length * 0 + start
            found, again, *state = model.advance(noise[:, start:end], given, *state, first, length, of_class)
            parts.append(ops.convert_to_numpy(again))
            np.testing.assert_array_equal(found, given)
        np.testing.assert_allclose(np.concatenate(parts, 1), logits, atol=tolerance * np.abs(whole).max(), rtol=0)
    finally:
        keras.config.set_dtype_policy("float32")


def test_the_stream_in_numpy_has_the_logits_of_the_whole_network():
    """Levels are not compared: at the border of two, either may be drawn by a rounding."""
    model = made(channels=8, depth=5)
    noise = np.random.default_rng(3).random(400, "float32")
    stream = SoundStream(model, 400, {"digit": 2, "speaker": 1})
    found = [(stream.draw(number, 7 if place < 9 else -1), stream.logits) for place, number in enumerate(noise)]
    levels, logits = np.array([level for level, _ in found], "int32"), np.array([one for _, one in found])
    assert (levels[:9] == 7).all()
    of_class = {"digit": np.array([2], "int32"), "speaker": np.array([1], "int32")}
    whole = logits_of(model, levels[None], of_class)[0]
    np.testing.assert_allclose(logits, whole, atol=1e-4 * np.abs(whole).max(), rtol=0)
    assert len(np.unique(levels)) > 50


def test_levels_are_drawn_as_often_as_they_are_likely():
    logits = np.random.default_rng(4).normal(0, 1.5, 256).astype("float32")
    noise = np.random.default_rng(5).random(50_000, "float32")
    found = ops.convert_to_numpy(drawn(np.tile(logits, (50_000, 1)), noise))
    chances = np.exp(logits.astype("float64"))
    assert scipy.stats.chisquare(np.bincount(found, minlength=256), 50_000 * chances / chances.sum()).pvalue > 0.001
    assert ops.convert_to_numpy(drawn(logits[None], np.array([np.nextafter(np.float32(1), np.float32(0))]))) <= 255


def test_what_is_said_by_whom_and_where_in_the_sound_matters():
    model = made()
    levels, of_class = some(1, FRAME)
    before = logits_of(model, levels, of_class, 0, 2 * FRAME)
    other = {name: (one + 1) % CLASSES[name] for name, one in of_class.items()}
    for name in CLASSES:
        assert np.abs(logits_of(model, levels, of_class | {name: other[name]}, 0, 2 * FRAME) - before).max() > 0.01
    assert np.abs(logits_of(model, levels, of_class, FRAME, 2 * FRAME) - before).max() > 0.01
    assert np.abs(logits_of(model, levels, of_class, 0, 8 * FRAME) - before).max() == 0  # the first frame of any


def test_its_parts():
    x = np.random.default_rng(6).normal(size=(3, 8)).astype("float32")
    np.testing.assert_allclose(gates(x), np.tanh(x[:, :4]) / (1 + np.exp(-2 * x[:, 4:])), rtol=1e-5)
    wanted = [[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1], [0, 0, 1]]
    np.testing.assert_allclose(hats(np.array([0.0, 0.25, 1.0, 7.0]), 3), wanted)
    vectors = ops.convert_to_numpy(first_levels((256, 32)))
    near, far = np.linalg.norm(vectors[1:] - vectors[:-1], axis=1), np.linalg.norm(vectors - vectors[::-1], axis=1)
    assert near.max() < far[:100].min()


def test_without_conditions_it_is_a_model_of_any_sound():
    model = build_wavenet(conditions={}, rate=1000, channels=4, stacks=1, depth=2, joined=4, hidden=4)
    noise = np.random.default_rng(7).random((2, 50), "float32")
    assert ops.convert_to_numpy(model.generate(noise, np.array([50, 40], "int32"), {})).shape == (2, 50)
    stream = SoundStream(model, 50, {})
    assert len({stream.draw(number) for number in noise[0]}) > 10
