"""What tasks measure, against scikit-learn, SciPy and integrals on a grid."""

import keras
import numpy as np
import pytest
import scipy.special
import scipy.stats
import sklearn.metrics

from zoo865.data.features import Image, Label
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.models.vae import build_vae
from zoo865.tasks.generation import Generation
from zoo865.tasks.image_classification import ImageClassification

pytestmark = pytest.mark.fast


def data_of(images, labels, classes, binary=False):
    split = Arrays(image=images, label=labels)
    spec = Spec({"image": Image(images.shape[1:], binary=binary)}, {"label": Label(tuple(map(str, range(classes))))})
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
    data = data_of(images, np.zeros(5, int), 1, binary=True)
    measures = Generation(importance_samples=4000).measure(model, data, "test")
    assert measures["nats_importance_weighted"] == pytest.approx(exact.mean(), abs=0.1)
    assert measures["nats"] > exact.mean() + 0.5  # the ELBO is a bound, and not a tight one here
    assert measures["bits_per_dim"] == pytest.approx(measures["nats"] / np.log(2) / 30)
    # Of shades its loss is no likelihood.
    data = data_of(images // 2, np.zeros(5, int), 1)
    task = Generation(importance_samples=4)
    assert not {"bits_per_dim", "nats_importance_weighted"} & task.measure(model, data, "test").keys()
    assert "nats are the training loss, not a likelihood" in task.protocol(model, data)
