"""DCGAN: one backward pass is two players' own steps, exactly; collapse is noticed. Runs on TensorFlow and on JAX."""

import json

import keras
import numpy as np
import pytest
from keras import ops

import zoo865
from zoo865.data.features import Image
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.losses.gradients import input_gradient, split_call
from zoo865.models.dcgan import DRAFTS, build_dcgan, stages
from zoo865.recipe import Optimizer
from zoo865.training.build import build_optimizer

SHAPE = (12, 10, 1)
IMAGES = np.random.default_rng(0).random((40, *SHAPE)).astype("float32")


def made(**arguments):
    keras.utils.set_random_seed(3)
    return build_dcgan(image_shape=SHAPE, **{"latent_size": 5, "width": 4, "r1": 0.0, **arguments})


def gradients(loss, variables):
    """d loss() / d variables by the backend's own engine, as arrays."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            value = loss()
        found = tape.gradient(value, [variable.value for variable in variables])
        return [np.zeros(v.shape) if g is None else np.array(g) for g, v in zip(found, variables, strict=True)]
    import jax

    def of_values(values):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return loss()

    return [np.array(g) for g in jax.grad(of_values)([variable.value for variable in variables])]


def squared_slope(discriminator, images):
    """(batch,) sum of squares of d log odds / d image, by the backend's own engine."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        images = tf.constant(images)
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.reduce_sum(discriminator(images, training=True))
        return ops.sum(ops.square(tape.gradient(total, images)), (1, 2, 3))
    import jax

    slope = jax.grad(lambda x: ops.sum(discriminator(x, training=True)))(ops.convert_to_tensor(images))
    return ops.sum(ops.square(slope), (1, 2, 3))


def cross_entropy(target, logits):
    """Keras' own, of log odds."""
    return ops.mean(ops.binary_crossentropy(ops.full_like(logits, target), logits, from_logits=True))


@pytest.mark.jax
@pytest.mark.parametrize("r1", [0.0, 3.0])
def test_a_step_of_fit_equals_the_simultaneous_steps_of_two_players(r1):
    """Eight steps with two Adams and two losses, each player's gradient taken by itself."""
    together, apart = made(r1=r1), made(r1=r1)
    together.compile(keras.optimizers.Adam(1e-2, beta_1=0.5), jit_compile=False)
    players = {apart.generator: keras.optimizers.Adam(1e-2, beta_1=0.5)}
    players[apart.discriminator] = keras.optimizers.Adam(1e-2, beta_1=0.5)
    told = []
    for start in range(0, 40, 5):
        real = IMAGES[start : start + 5]
        told.append(together.train_on_batch(real, return_dict=True))
        noise = keras.random.normal((5, 5), seed=apart.noise)
        fake = ops.stop_gradient(apart.generator(noise, training=True))

        def of_discriminator(real=real, fake=fake):
            logits = apart.discriminator(real, training=True), apart.discriminator(fake, training=True)
            told = (cross_entropy(1, logits[0]) + cross_entropy(0, logits[1])) / 2
            return told + r1 / 2 * ops.mean(squared_slope(apart.discriminator, real)) if r1 else told

        def of_generator(noise=noise):
            return cross_entropy(1, apart.discriminator(apart.generator(noise, training=True), training=True))

        found = {}
        for player, loss in ((apart.discriminator, of_discriminator), (apart.generator, of_generator)):
            found[player] = gradients(loss, player.trainable_variables)
        for player, optimizer in players.items():
            optimizer.apply([ops.convert_to_tensor(g) for g in found[player]], player.trainable_variables)
    for variable, expected in zip(together.generator.variables, apart.generator.variables, strict=True):
        np.testing.assert_allclose(variable, expected, atol=2e-6, err_msg=variable.path)
    for variable, expected in zip(together.discriminator.variables, apart.discriminator.variables, strict=True):
        np.testing.assert_allclose(variable, expected, atol=2e-6, err_msg=variable.path)
    assert {"discriminator_loss", "generator_loss", "loss"} <= told[-1].keys()


@pytest.mark.jax
def test_no_gradient_leaks_from_one_player_to_the_other():
    model = made()
    outputs = lambda name: ops.mean(model(IMAGES[:5], training=True)[name])  # noqa: E731
    for name, learns, other in (
        ("real", model.discriminator, model.generator),
        ("fake", model.discriminator, model.generator),
        ("fool", model.generator, model.discriminator),
    ):
        assert any(g.any() for g in gradients(lambda name=name: outputs(name), learns.trainable_variables)), name
        assert not any(g.any() for g in gradients(lambda name=name: outputs(name), other.trainable_variables)), name


def test_a_split_call_gives_equal_values_and_moves_no_average():
    layer = keras.layers.BatchNormalization()
    layer.build((None, 3))
    x = np.random.default_rng(0).normal(5, 2, (6, 3)).astype("float32")
    for values in split_call(layer, x, training=True):
        np.testing.assert_allclose(values, (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean, 0)


@pytest.mark.jax
def test_no_player_sees_the_others_update_within_a_step():
    """The same step from the same weights, many times: what is read for one player alone might be read too late."""
    model, first = made(), None
    model.compile(keras.optimizers.SGD(1.0), jit_compile=False)
    start = model.get_weights()
    state = np.array(model.noise.state)
    for _ in range(60):
        model.set_weights(start)
        model.noise.state.assign(state)
        model.train_on_batch(IMAGES[:5])
        first = first or model.generator.get_weights()
        for one, other in zip(model.generator.get_weights(), first, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.jax
def test_input_gradient_and_the_slope_of_it_equal_calculus():
    weight = keras.Variable(np.float32([2.0, -1.0]))
    x = np.float32([[1.0, 3.0], [0.5, -2.0]])

    def penalty():
        _, slope = input_gradient(lambda x: ops.sum(weight * x**3, axis=-1), ops.convert_to_tensor(x))
        return ops.sum(slope**2)

    values, slope = input_gradient(lambda x: ops.sum(weight * x**3, axis=-1), ops.convert_to_tensor(x))
    np.testing.assert_allclose(values, (np.array(weight) * x**3).sum(-1), rtol=1e-5)
    np.testing.assert_allclose(slope, 3 * np.array(weight) * x**2, rtol=1e-5)
    (found,) = gradients(penalty, [weight])
    np.testing.assert_allclose(found, (2 * 9 * np.array(weight) * x**4).sum(0), rtol=1e-5)


@pytest.mark.jax
def test_r1_counts_the_squared_slope_of_real_images():
    model = made(r1=3.0)
    outputs = {name: np.array(value) for name, value in model(IMAGES[:5], training=True).items()}
    step = 1e-2
    numeric = np.zeros((5, *SHAPE))
    for place in np.ndindex(SHAPE):
        change = np.zeros(SHAPE, "float32")
        change[place] = step
        above, below = model.discriminator(IMAGES[:5] + change), model.discriminator(IMAGES[:5] - change)
        numeric[(slice(None), *place)] = np.array(above - below)[:, 0] / (2 * step)
    np.testing.assert_allclose(outputs["slope"], np.square(numeric).sum((1, 2, 3)), rtol=0.02)
    without = {**outputs, "slope": 0 * outputs["slope"]}
    added = float(model.compute_loss(y_pred=outputs)) - float(model.compute_loss(y_pred=without))
    assert added == pytest.approx(1.5 * outputs["slope"].mean(), rel=1e-4)


@pytest.mark.jax
def test_players_learn_at_rates_of_their_own():
    """As if each had an optimizer of its own; a weight that no part or two parts claim is an error."""
    model, alone = made(), made()
    rates = {"generator": 1.0, "discriminator": 4.0}
    model.compile(build_optimizer(Optimizer("adam", 1e-3, rates=rates), 10, model), jit_compile=False)
    model.train_on_batch(IMAGES[:5])
    alone.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
    alone.train_on_batch(IMAGES[:5])
    start = made()
    for player, factor in rates.items():
        parts = [getattr(one, player).trainable_variables for one in (model, alone, start)]
        for fast, slow, before in zip(*parts, strict=True):
            np.testing.assert_allclose(fast - before, factor * (np.array(slow) - before), atol=2e-6)
    for wrong, said in (({"generator": 1.0}, "matches 0"), ({"*": 1.0, "gen*": 2.0}, "matches 2")):
        with pytest.raises(zoo865.ZooError, match=said):
            build_optimizer(Optimizer("adam", rates=wrong), 10, made())
    with pytest.raises(zoo865.ZooError, match="clip_norm"):
        Optimizer("adam", rates=rates, clip_norm=1.0)


@pytest.mark.parametrize(
    ("shape", "doublings"), [((8, 8, 1), 1), ((28, 28, 1), 2), ((64, 48, 3), 3), ((128, 128, 3), 4)]
)
def test_images_of_8_to_128_pixels(shape, doublings):
    assert stages(shape) == doublings
    model = build_dcgan(image_shape=shape, latent_size=3, width=2)
    images = np.array(model.generate(np.zeros((2, DRAFTS, 3), "float32")))
    assert images.shape == (2, *shape)
    assert 0 <= images.min() <= images.max() <= 1


def test_of_two_drafts_the_one_that_looks_more_real_is_shown():
    model = made()
    noise = np.random.default_rng(0).standard_normal((20, DRAFTS, 5)).astype("float32")
    drafts = np.stack([np.array(model.generator(noise[:, place])) for place in range(DRAFTS)], 1)
    logits = np.stack([np.array(model.discriminator(drafts[:, place]))[:, 0] for place in range(DRAFTS)], 1)
    best = logits.argmax(1)
    assert set(best) == set(range(DRAFTS))
    np.testing.assert_allclose(model.generate(noise), drafts[np.arange(20), best], atol=1e-6)


def test_larger_images_are_refused_with_the_way_out(tmp_path):
    recipe = zoo865.get_recipe("dcgan").smallest().override({"data_args.image_shape": [130, 200, 1]})
    with pytest.raises(zoo865.ZooError, match=r"8 to 128 pixels a side, not 130 x 200: --set data_args\.image"):
        zoo865.train(recipe, run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_rates_that_leave_a_player_out_are_refused_before_anything_is_written(tmp_path):
    recipe = zoo865.get_recipe("dcgan").smallest().override({"phases.train.optimizer.rates.generator": 1.0})
    with pytest.raises(zoo865.ZooError, match="matches 0"):
        zoo865.train(recipe, run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_with_two_rates_resumes_bit_for_bit(tmp_path):
    from processes import assert_same, kill

    settings = {f"phases.train.optimizer.rates.{player}": rate for player, rate in (("generator", 1.0), ("disc*", 2.0))}
    recipe = zoo865.get_recipe("dcgan").smallest().override({**settings, "epochs": 2})
    whole = zoo865.train(recipe, run_dir=tmp_path / "whole")
    assert_same(zoo865.resume(kill(recipe, tmp_path / "killed", epoch=1, seed=0)), whole)


@pytest.mark.parametrize("said", ["all new images look the same", "the discriminator was right on every image"])
def test_collapse_ends_the_run_with_what_was_best(said, tmp_path, monkeypatch, capfd):
    """The second epoch comes to nothing: it is said, in the log and on the page, and the first one's weights stay."""
    recipe = zoo865.get_recipe("dcgan").smallest().override({"epochs": 4})
    logs = {
        "all new images look the same": {"val_pixel_diversity": 0.001},
        "the discriminator was right on every image": {"discriminator_loss": 1e-4},
    }
    measure, epoch = type(recipe.task).diverged, iter(range(10))

    def in_the_second_epoch(self, found):
        return measure(self, found | (logs[said] if next(epoch) == 1 else {}))

    monkeypatch.setattr(type(recipe.task), "diverged", in_the_second_epoch)
    run = zoo865.make(recipe, run_dir=tmp_path / "run")
    assert (run.metrics["finished"], run.metrics["best_epoch"], run.metrics["epochs"]) == (False, 1, 2)
    assert said in run.metrics["stopped"]
    assert "in epoch 2" in run.metrics["stopped"]
    assert said in capfd.readouterr().err
    assert said in run.report_path.read_text()
    assert run.metrics["early_ends"] == []
    assert "lower learning rate" in run.remedy  # going on would come to the same
    assert zoo865.Predictor(run.path).generate(3).shape == (3, 28, 28, 1)


def test_collapse_in_the_first_epoch_is_an_error_that_says_so(zoo, tmp_path, monkeypatch):
    """There is no checkpoint that could be the best."""
    monkeypatch.setattr(
        type(zoo865.get_recipe("dcgan").task), "diverged", lambda self, logs: "all new images look the same"
    )
    code, _, err = zoo("train", "dcgan", "--data", "generated_digits", "--epochs", 2, "--run-dir", "run")
    assert code == 2
    assert "training diverged: all new images look the same in epoch 1" in err
    assert "there is no good checkpoint" in err
    assert "lower the learning rate" in err
    assert (tmp_path / "run" / "history.csv").is_file()


def test_a_discriminator_that_sees_through_everything_is_told_by_its_loss(tmp_path):
    """For real: images all white, which a generator that hardly learns will not make."""
    white = Arrays(image=np.full((64, 28, 28, 1), 255, "uint8"), label=np.zeros(64, "int64"))
    data = Data("white", Spec({"image": Image((28, 28, 1))}), white, white, white)
    recipe = zoo865.get_recipe("dcgan").smallest()
    model = recipe.model(image_shape=(28, 28, 1), **{**recipe.model_args, "r1": 0.0})
    rates = {"generator": 0.0, "discriminator": 1.0}
    model.compile(build_optimizer(Optimizer("adam", 5e-3, rates=rates), 10, model), jit_compile=False)
    images = white.take(np.arange(64))["image"].astype("float32") / 255
    history = model.fit(images, epochs=40, batch_size=16, verbose=0).history
    assert recipe.task.diverged({"discriminator_loss": history["discriminator_loss"][0]}) == ""
    assert "right on every image" in recipe.task.diverged({"discriminator_loss": history["discriminator_loss"][-1]})
    measures = recipe.task.measure(model, data, "validation")
    assert "mode collapse" in recipe.task.diverged({"val_pixel_diversity": 0.0})
    assert measures["pixel_diversity"] > 1


def test_variety_is_that_of_real_images_for_real_ones_and_none_for_a_generator_that_ignores_its_noise():
    data = zoo865.load_data("generated_digits")
    known = data.train.take(np.arange(len(data.train)))["image"].astype("float32") / 255

    class Drawer:
        noise_input = ("uniform_noise", (1,))

        def __init__(self, generate):
            self.generate = generate

    from_memory = Drawer(lambda noise: ops.take(known, ops.cast(noise[:, 0] * len(known), "int32"), 0))
    alike = Drawer(lambda noise: ops.convert_to_tensor(known[:1]) + 0 * noise[:, :1, None, None])
    task = zoo865.get_recipe("dcgan").task
    measures = [task.measure(drawer, data, "validation") for drawer in (from_memory, alike)]
    assert measures[0]["pixel_diversity"] == pytest.approx(1, abs=0.1)
    assert measures[1]["pixel_diversity"] == 0
    assert measures[0]["fid"] < measures[1]["fid"] / 10
    assert task.diverged({f"val_{name}": value for name, value in measures[0].items()}) == ""
    assert "mode collapse" in task.diverged({f"val_{name}": value for name, value in measures[1].items()})


def test_generating_is_the_same_from_keras_and_from_the_export_and_goes_on_where_fewer_end(tiny_run, zoo, tmp_path):
    run = tiny_run("dcgan")
    predictor = zoo865.Predictor(run.path)
    images = predictor.generate(70, seed=5)
    assert (images.shape, images.dtype) == ((70, 28, 28, 1), np.uint8)
    np.testing.assert_array_equal(predictor.generate(3, seed=5), images[:3])
    assert (predictor.generate(3, seed=6) != images[:3]).any()
    noise = np.random.default_rng(5).standard_normal((70, *run.model.noise_input[1]), "float32")
    np.testing.assert_allclose(np.array(run.model.generate(noise)) * 255, images, atol=0.6)
    code, out, _ = zoo("generate", run.path, "--count", 70, "--seed", 5, "--out", "samples.npy", "--json")
    assert code == 0
    assert json.loads(out)["shape"] == [70, 28, 28, 1]
    np.testing.assert_array_equal(np.load("samples.npy"), images)
