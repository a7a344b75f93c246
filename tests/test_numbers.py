"""What has a formula, against an independent reference."""

import keras
import numpy as np
import pytest
import scipy.special
import scipy.stats
import sklearn.metrics
import tensorflow as tf
from PIL import Image as Picture
from PIL import ImageOps

import zoo865
from zoo865.data import pictures
from zoo865.data.features import Image, Label
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.layers.batch_normalization import BatchNormalization
from zoo865.losses.classification import SmoothedCrossentropy
from zoo865.models.mnist_cnn import build_mnist_cnn
from zoo865.models.vae import build_vae
from zoo865.preprocessing.images import resize_antialiased
from zoo865.recipe import Optimizer, Phase
from zoo865.tasks.drawing import draw_noise
from zoo865.tasks.generation import Generation
from zoo865.tasks.image_classification import ImageClassification
from zoo865.training.build import WarmupAndDecay, build_optimizer, choose_trainable


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_smoothed_crossentropy_equals_keras_on_one_hot_labels(smoothing):
    random = np.random.default_rng(0)
    logits, labels = random.normal(0, 3, (20, 7)).astype("float32"), random.integers(0, 7, 20)
    peer = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    assert float(SmoothedCrossentropy(smoothing)(labels, logits)) == pytest.approx(
        float(peer(np.eye(7)[labels], logits)), rel=1e-5
    )
    again = keras.losses.deserialize(keras.losses.serialize(SmoothedCrossentropy(smoothing)))
    assert again.label_smoothing == smoothing


@pytest.mark.parametrize("size", [(28, 28), (40, 31), (100, 64), (17, 90)])
def test_resizing_equals_tensorflows_antialiased(size):
    image = np.random.default_rng(0).integers(0, 256, (2, *size, 3)).astype("uint8")
    expected = tf.image.resize(image, (28, 28), antialias=True).numpy()
    np.testing.assert_allclose(resize_antialiased(image, (28, 28)), expected, atol=0.05)
    pillow = Picture.fromarray(image[0]).resize((28, 28), Picture.Resampling.BILINEAR)
    np.testing.assert_allclose(resize_antialiased(image, (28, 28))[0], np.asarray(pillow), atol=1.01)


@pytest.mark.parametrize("size", [(40, 31), (100, 64), (17, 90), (56, 84)])
@pytest.mark.parametrize("wanted", [(28, 28), (32, 20)])
def test_cropping_keeps_proportions_as_pillows_fit_does(size, wanted):
    image = np.random.default_rng(0).integers(0, 256, (2, *size, 3)).astype("uint8")
    pillow = ImageOps.fit(Picture.fromarray(image[0]), wanted[::-1], Picture.Resampling.BILINEAR)
    np.testing.assert_allclose(resize_antialiased(image, wanted, crop=True)[0], np.asarray(pillow), atol=1.01)
    np.testing.assert_array_equal(pictures.resize(image[0], wanted, crop=True), np.asarray(pillow))


def maps(shape=(6, 5, 4, 3)):
    return (np.random.default_rng(0).normal(2, 3, shape) * np.arange(1, shape[-1] + 1)).astype("float32")


def both_normalisations(channels=3, **arguments):
    """Ours and Keras', with equal weights that are not those they begin with."""
    layers = BatchNormalization(**arguments), keras.layers.BatchNormalization(**arguments)
    random = np.random.default_rng(1)
    for layer in layers:
        layer.build((None, 5, 4, channels))
    values = [random.uniform(0.5, 2, variable.shape) for variable in layers[0].variables]
    for layer in layers:
        layer.set_weights(values)
    return layers


@pytest.mark.parametrize("arguments", [{}, {"scale": False}, {"center": False}, {"momentum": 0.5, "epsilon": 0.1}])
@pytest.mark.parametrize("frozen", [False, True])
def test_batch_normalisation_equals_keras_own(arguments, frozen):
    layers = both_normalisations(**arguments)
    found = []
    for layer in layers:
        layer.trainable = not frozen
        x = tf.constant(maps())
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(y * maps()[::-1])
        gradients = tape.gradient(loss, [x, *(variable.value for variable in layer.trainable_variables)])
        found.append([y, *gradients, *layer.variables, layer(x, training=False)])
    assert len(found[0]) == len(found[1])
    for ours, peers in zip(*found, strict=True):
        np.testing.assert_allclose(ours, peers, rtol=1e-4, atol=1e-3)


def operations(layer, shape):
    """Names of what a layer does to maps in training, gradients included."""

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return tape.gradient(y, x)

    return {node.type for node in step.get_concrete_function(tf.TensorSpec(shape)).graph.get_operations()}


@pytest.mark.parametrize(
    ("precision", "channels", "one"), [("float32", 3, True), ("mixed_bfloat16", 16, True), ("mixed_bfloat16", 3, False)]
)
def test_batch_normalisation_is_one_operation_where_that_is_faster(precision, channels, one):
    layer, peer = both_normalisations(channels, dtype=precision)
    assert ("FusedBatchNormV3" in operations(layer, (8, 5, 4, channels))) == one
    assert "FusedBatchNormV3" not in operations(peer, (8, 5, 4, channels))


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("channels", [3, 16])
def test_batch_normalisation_keeps_half_precision_maps_and_float32_moments(precision, channels):
    layer, peer = both_normalisations(channels, dtype=precision)
    given = maps(shape=(6, 5, 4, channels))
    found, expected = layer(given, training=True), peer(given, training=True)
    assert found.dtype == expected.dtype == precision.removeprefix("mixed_")
    np.testing.assert_allclose(tf.cast(found, "float32"), tf.cast(expected, "float32"), atol=0.05)
    for ours, peers in zip(layer.variables, peer.variables, strict=True):
        assert ours.dtype == "float32"
        np.testing.assert_allclose(ours, peers, rtol=0.01)


def test_batch_normalisation_of_features_is_keras_own_and_saves():
    layer = BatchNormalization(momentum=0.5)
    layer(maps(shape=(64, 3)), training=True)
    np.testing.assert_allclose(layer.moving_mean, maps(shape=(64, 3)).mean(0) / 2, rtol=1e-5)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert type(again) is BatchNormalization
    assert again.momentum == 0.5


def test_schedules():
    steps, warmup = 200, 0.25
    for step in (0, 10, 49, 50, 120, 199):
        done = max(0.0, (step - 50) / 150)
        risen = min(1.0, (step + 1) / 50)
        for shape, falls in (("constant", 1.0), ("linear", 1 - done), ("cosine", (1 + np.cos(np.pi * done)) / 2)):
            found = float(WarmupAndDecay(0.4, steps, shape, warmup)(step))
            assert found == pytest.approx(0.4 * risen * falls, abs=1e-6)
    peer = keras.optimizers.schedules.CosineDecay(0.4, steps)
    assert float(WarmupAndDecay(0.4, steps)(77)) == pytest.approx(float(peer(77)), rel=0.02)


@pytest.mark.parametrize("name", ["adam", "adamw", "rmsprop", "sgd"])
def test_optimizers_are_keras_own_with_decay_on_kernels_alone(name):
    built = build_optimizer(Optimizer(name, 0.1, weight_decay=0.5, clip_norm=2.0), steps=10, model=None)
    assert type(built).__name__.lower() == name
    assert built.global_clipnorm == 2.0
    kernel, bias = (keras.Variable(np.ones(shape, "float32"), name=n) for n, shape in (("kernel", (2, 2)), ("bias", 2)))
    built.build([kernel, bias])
    built.apply([np.zeros((2, 2), "float32"), np.zeros(2, "float32")])
    np.testing.assert_allclose(kernel, np.full((2, 2), 1 - 0.1 * 0.5), rtol=1e-6)
    np.testing.assert_array_equal(bias, np.ones(2))


def test_phases_choose_what_learns():
    model = build_mnist_cnn(image_shape=(28, 28, 1), classes=3, width=4)
    choose_trainable(model, Phase(train=("logits", "stage3*")))
    trained = {variable.path.split("/")[0] for variable in model.trainable_variables}
    assert trained == {"logits", "stage3_down", "stage3_down_norm", "stage3_conv", "stage3_conv_norm"}
    choose_trainable(model, Phase())
    assert len(model.trainable_variables) == 7 + 14 + 2


def data_of(images, labels, classes):
    split = Arrays(image=images, label=labels)
    spec = Spec({"image": Image(images.shape[1:])}, {"label": Label(tuple(map(str, range(classes))))})
    return Data("random", spec, split, split, split)


def test_classification_measures_equal_scikit_learn():
    random = np.random.default_rng(1)
    labels = random.choice(4, 700, p=[0.6, 0.2, 0.15, 0.05])
    data = data_of(random.integers(0, 256, (700, 3, 3, 1)).astype("uint8"), labels, 4)
    model = keras.Sequential([keras.Input((3, 3, 1)), keras.layers.Flatten(), keras.layers.Dense(4)])
    measured = ImageClassification().measure(model, data, "test")
    ends = measured.pop("accuracy_low"), measured.pop("accuracy_high")
    probabilities = scipy.special.softmax(model(data.test.arrays["image"] / 255.0).numpy().astype("float64"), axis=-1)
    answers = probabilities.argmax(-1)
    assert measured == pytest.approx(
        {
            "accuracy": sklearn.metrics.accuracy_score(labels, answers),
            "balanced_accuracy": sklearn.metrics.balanced_accuracy_score(labels, answers),
            "cross_entropy": sklearn.metrics.log_loss(labels, probabilities),
        },
        rel=1e-5,
    )
    drawn = random.choice(answers == labels, (5000, 700)).mean(1)
    assert ends == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.005)


def test_vae_nats_equal_scipy():
    """The negative ELBO from SciPy's Bernoulli and, by quadrature, the divergence of two normals."""
    random = np.random.default_rng(0)
    images = np.float32(random.random((6, 10, 13, 1)) < 0.3)
    model = build_vae(image_shape=(10, 13, 1), latent_size=3, width=4)
    mean, log_variance = (np.array(part, "float64") for part in model.encode(images))
    noise = np.array(keras.random.normal((6, 3), seed=865), "float64")
    light = np.array(model.decode(np.float32(mean + np.exp(log_variance / 2) * noise)), "float64")
    log_likelihood = scipy.stats.bernoulli.logpmf(images, light).sum((1, 2, 3))
    grid = np.linspace(-12, 12, 20001)[:, None, None]
    posterior = scipy.stats.norm(mean, np.exp(log_variance / 2))
    density = posterior.pdf(grid)
    divergence = np.trapezoid(
        density * (posterior.logpdf(grid) - scipy.stats.norm.logpdf(grid)), grid[:, 0, 0], axis=0
    ).sum(-1)
    outputs = model.predict_on_batch(images)
    np.testing.assert_allclose(outputs["kl"], divergence, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(outputs["nats"], divergence - log_likelihood, rtol=1e-4)
    data = data_of(np.uint8(images * 255), np.zeros(6, int), 1)
    assert Generation().measure(model, data, "test")["nats"] == pytest.approx(
        (divergence - log_likelihood).mean(), rel=1e-4
    )


def test_importance_weighting_comes_to_the_likelihood():
    """With one latent number the likelihood is an integral that a grid solves."""
    keras.utils.set_random_seed(1)
    model = build_vae(image_shape=(6, 5, 1), latent_size=1, width=4)
    for variable in model.decoder.trainable_variables:
        variable.assign(3 * variable)
    images = np.random.default_rng(0).integers(0, 2, (5, 6, 5, 1)).astype("uint8") * 255
    grid = np.linspace(-6, 6, 4001)
    light = np.array(model.decode(np.float32(grid[:, None])), "float64").clip(1e-12, 1 - 1e-12)
    inside = scipy.stats.bernoulli.logpmf(images[:, None] // 255, light).sum((2, 3, 4)) + scipy.stats.norm.logpdf(grid)
    exact = -(scipy.special.logsumexp(inside, axis=1) + np.log(grid[1] - grid[0]))
    data = data_of(images, np.zeros(5, int), 1)
    measures = Generation(importance_samples=4000).measure(model, data, "test")
    assert measures["nats_importance_weighted"] == pytest.approx(exact.mean(), abs=0.1)
    assert measures["nats"] > exact.mean() + 0.5  # the ELBO is a bound, and not a tight one here
    assert measures["bits_per_dim"] == pytest.approx(measures["nats"] / np.log(2) / 30)


def test_kl_warmup_lets_the_latent_part_grow_to_its_full_weight():
    model = build_vae(image_shape=(6, 5, 1), latent_size=3, width=4, kl_warmup=4)
    images = np.random.default_rng(0).integers(0, 2, (8, 6, 5, 1)).astype("float32")
    for step in range(1, 7):
        outputs = model(images, training=True)
        parts = np.array(outputs["nats"]) - np.array(outputs["kl"]), np.array(outputs["kl"])
        expected = (parts[0] + min(1, step / 4) * parts[1]).mean()
        assert float(model.compute_loss(y_pred=outputs)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["vae", "pixelcnn", "dcgan"])
def test_generative_models_survive_saving(name, tmp_path):
    recipe = zoo865.get_recipe(name).smallest()
    model = recipe.model(image_shape=(10, 13, 1), **recipe.model_args)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects={type(model).__name__: type(model)})
    noise = draw_noise(*model.noise_input, 4, seed=0)
    np.testing.assert_allclose(again.generate(noise), model.generate(noise), atol=1e-6)


def test_mnist_cnn_has_the_parameters_that_its_description_adds_up_to():
    width, classes, before, stem = 6, 10, 3, 5
    total = 9 * before * stem + 4 * stem
    before = stem
    for channels in (width, 2 * width, 4 * width):
        total += 9 * channels * (before + channels) + 2 * 4 * channels
        before = channels
    total += before * classes + classes
    assert build_mnist_cnn(image_shape=(20, 30, 3), classes=classes, width=width, stem=stem).count_params() == total
