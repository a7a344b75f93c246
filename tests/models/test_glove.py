"""GloVe against its formula in NumPy, and that it learns what it is to learn: the logarithms of counts."""

import keras
import numpy as np
import pytest

import zoo865
from zoo865.data.cooccurrence import cooccurrence
from zoo865.data.word_stream import word_stream
from zoo865.models.glove import build_glove
from zoo865.tasks.word_vectors import numbers_of

pytestmark = pytest.mark.fast


@pytest.fixture
def model():
    """Of 30 words, with biases that are not zeros."""
    keras.utils.set_random_seed(0)
    model = build_glove(vocabulary_size=30, dimensions=5, x_max=20.0, power=0.5)
    for bias, middle in ((model.word_biases, 1), (model.context_biases, -2)):
        bias.embeddings.assign(np.random.default_rng(middle + 3).normal(middle, 1, (30, 1)))
    return model


@pytest.fixture
def batch():
    """12 pairs, one of them twice, of counts from 0.1 to beyond `x_max`."""
    random = np.random.default_rng(0)
    words, contexts = random.integers(0, 30, (2, 12)).astype("int32")
    words[1], contexts[1] = words[0], contexts[0]
    return {"word": words, "context": contexts, "count": np.geomspace(0.1, 50, 12).astype("float32")}


def weights_of(model) -> list[np.ndarray]:
    """Words, contexts, their biases, in NumPy."""
    layers = (model.words, model.contexts, model.word_biases, model.context_biases)
    return [keras.ops.convert_to_numpy(layer.embeddings) for layer in layers]


def slopes_and_loss(model, batch):
    """d loss / d prediction of each pair, and the loss of each, by the paper's formula."""
    words, contexts, word_biases, context_biases = weights_of(model)
    word, context, count = batch.values()
    predicted = (words[word] * contexts[context]).sum(1) + word_biases[word, 0] + context_biases[context, 0]
    weights = np.where(count < 20, (count / 20) ** 0.5, 1)
    return weights * (predicted - np.log(count)), weights * (predicted - np.log(count)) ** 2 / 2


@pytest.mark.jax
def test_the_loss_is_the_papers(model, batch):
    loss = float(model.compute_loss(x=batch, y_pred=model(batch)))
    assert loss == pytest.approx(slopes_and_loss(model, batch)[1].mean(), rel=1e-5)


def test_gradients_are_sparse_and_those_of_the_sum(model, batch):
    tf = pytest.importorskip("tensorflow")
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=batch, y_pred=model(batch))
    slopes, (words, contexts, *_) = slopes_and_loss(model, batch)[0][:, None], weights_of(model)
    word, context, _ = batch.values()
    expected = (
        (model.words, word, slopes * contexts[context]),
        (model.contexts, context, slopes * words[word]),
        (model.word_biases, word, slopes),
        (model.context_biases, context, slopes),
    )
    found = tape.gradient(loss, [layer.embeddings.value for layer, _, _ in expected])
    for gradient, (layer, numbers, values) in zip(found, expected, strict=True):
        assert isinstance(gradient, tf.IndexedSlices), layer.name
        np.testing.assert_array_equal(gradient.indices, numbers)
        np.testing.assert_allclose(gradient.values, values, rtol=1e-4, atol=1e-7)


def test_vectors_are_sums_of_two_that_begin_apart(model):
    words, contexts, *_ = weights_of(model)
    np.testing.assert_array_equal(model.vectors, words + contexts)
    np.testing.assert_array_equal(model(np.array([[3, 5]])), model.vectors[[[3, 5]]])
    assert abs(np.corrcoef(words.ravel(), contexts.ravel())[0, 1]) < 0.3
    assert abs(np.concatenate([words, contexts])).max() <= 0.5 / 5


@pytest.mark.parametrize("arguments", [{"dimensions": 0}, {"x_max": 0.0}])
def test_what_cannot_be_built_is_refused(arguments):
    with pytest.raises(ValueError, match="--set model_args"):
        build_glove(vocabulary_size=10, **arguments)


@pytest.mark.jax
def test_it_learns_the_logarithms_of_counts(tmp_path):
    """Of text it was trained on; and words of one meaning come to lie together."""
    recipe = zoo865.get_recipe("glove").smallest().override({"model_args.dimensions": 12, "epochs": 30})
    run = zoo865.train(recipe, run_dir=tmp_path / "run")
    stream = word_stream(run.data.train, run.spec, gap=10)
    counts = cooccurrence(stream, run.spec.inputs["text"].vocabulary_size, window=10).tocoo()
    pairs = {"word": counts.row, "context": counts.col, "count": counts.data.astype("float32")}
    predicted = keras.ops.convert_to_numpy(run.model(pairs))
    assert np.corrcoef(predicted, np.log(counts.data))[0, 1] > 0.95
    vectors, numbers = run.model.vectors, numbers_of(run.spec)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cat, dog, singer = (units[numbers[word]] for word in ("cat", "dog", "singer"))
    assert cat @ dog > 0.95 > cat @ singer + 0.2


def test_an_export_answers_with_the_sums(tiny_run):
    run = tiny_run("glove")
    (answer,) = zoo865.Predictor(run.path).predict(["dog"])
    vectors, numbers = run.model.vectors, numbers_of(run.spec)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = {word: float(units[numbers["dog"]] @ units[number]) for word, number in numbers.items() if word != "dog"}
    expected = sorted(cosines, key=cosines.get, reverse=True)[:10]
    assert answer["similarity"] == pytest.approx({word: cosines[word] for word in expected}, abs=1e-5)
