"""Parts of words: closed forms of linear models, what they add up to, padding, batches, other words for errors."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from zoo865.errors import ZooError
from zoo865.layers.vectors import Vectors
from zoo865.visualize.words_attribution import embedding_of, integrated_gradients_of_words, occlusion_of_words

pytestmark = pytest.mark.jax
VOCABULARY, DIMENSIONS, CLASSES = 12, 5, 3
TOKENS = np.array([[3, 7, 1, 11, 3, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, 0], [4, 5, 6, 7, 8, 9, 10, 11]])


def there(words):
    return ops.cast(ops.not_equal(words, 0), "float32")[..., None]


def linear(activation=None):
    """The sum of the words' vectors, times a matrix: a word's part is its vector times the class's column."""
    words = keras.Input((None,), dtype="int32")
    total = ops.sum(layers.Embedding(VOCABULARY, DIMENSIONS, name="vectors")(words) * there(words), axis=1)
    return keras.Model(words, layers.Dense(CLASSES, activation=activation, name="logits")(total), name="linear")


def network(classes=CLASSES):
    """Convolution, recurrence and a maximum, as those that read texts have."""
    words = keras.Input((None,), dtype="int32")
    known = there(words)
    wide = keras.initializers.RandomNormal(stddev=2)
    x = Vectors(VOCABULARY, DIMENSIONS, wide, name="vectors")(words) * known
    x = layers.Conv1D(8, 3, padding="same", activation="relu")(x) * known
    x = (layers.LSTM(6, return_sequences=True)(x) + 1.0) * known  # above 0, where there are words
    x = layers.Concatenate()([ops.sum(x, axis=1), ops.max(x, axis=1)])
    return keras.Model(words, layers.Dense(classes, name="logits")(x), name="network")


@pytest.fixture(scope="module", autouse=True)
def seed():
    keras.utils.set_random_seed(1)


@pytest.fixture(scope="module")
def reader(seed):
    return network()


def vectors_of(model):
    return np.asarray(ops.convert_to_numpy(model.get_layer("vectors").embeddings))


def without_words(model, tokens):
    """Its answers where the vectors are zero: those of a copy with such a table."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.get_layer("vectors").embeddings.assign(np.zeros((VOCABULARY, DIMENSIONS)))
    return copy.predict(tokens, verbose=0)


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_parts_of_a_linear_model_are_known(activation):
    model = linear(activation)
    kernel = ops.convert_to_numpy(model.get_layer("logits").kernel)
    expected = (vectors_of(model) @ kernel)[TOKENS, 2] * (TOKENS != 0)
    np.testing.assert_allclose(integrated_gradients_of_words(model, TOKENS, 2, steps=1), expected, atol=1e-6)
    unknown = (vectors_of(model)[1] @ kernel[:, 2]) * (TOKENS != 0)
    np.testing.assert_allclose(occlusion_of_words(model, TOKENS, 2), expected - unknown, atol=1e-6)


def test_the_words_add_up_to_the_logit_less_that_without_them(reader):
    labels = np.array([2, 0, 1])
    parts = integrated_gradients_of_words(reader, TOKENS, labels, steps=8)
    difference = reader.predict(TOKENS, verbose=0) - without_words(reader, TOKENS)
    expected = difference[np.arange(3), labels]
    assert (abs(parts.sum(1) - expected) <= 0.011 * abs(expected)).all()
    coarse = integrated_gradients_of_words(reader, TOKENS, labels, steps=1, error=None)
    assert (abs(coarse.sum(1) - expected) > 0.02 * abs(expected)).any()  # more points were needed


def test_occlusion_is_what_an_unknown_word_changes(reader):
    found = occlusion_of_words(reader, TOKENS, 1)
    whole = reader.predict(TOKENS, verbose=0)[:, 1]
    for text, place in ((0, 1), (2, 7), (1, 0)):
        hidden = TOKENS.copy()
        hidden[text, place] = 1
        fall = whole[text] - reader.predict(hidden, verbose=0)[text, 1]
        assert found[text, place] == pytest.approx(fall, rel=1e-4, abs=1e-5)
    assert found[0, 2] == 0  # it is unknown


@pytest.mark.parametrize("attribute", [integrated_gradients_of_words, occlusion_of_words])
def test_padding_has_no_part_and_a_batch_gives_what_each_text_does(reader, attribute):
    found = attribute(reader, TOKENS)
    assert found.dtype == "float32"
    assert (found[TOKENS == 0] == 0).all()
    singles = [attribute(reader, text[None])[0] for text in TOKENS]
    np.testing.assert_allclose(found, singles, atol=1e-6)
    short = attribute(reader, TOKENS[:1, :5])
    np.testing.assert_allclose(found[:1, :5], short, atol=1e-4)
    labels = reader.predict(TOKENS, verbose=0).argmax(1)
    np.testing.assert_allclose(found, attribute(reader, TOKENS, labels), atol=1e-6)


def test_padding_with_a_vector_of_its_own_keeps_it():
    words = keras.Input((4,), dtype="int32")
    mean = ops.mean(layers.Embedding(VOCABULARY, DIMENSIONS, "normal")(words), axis=1)
    model = keras.Model(words, layers.Dense(2, activation="tanh")(mean))
    tokens = np.array([[3, 4, 0, 0]])
    kept = keras.models.clone_model(model)
    kept.set_weights(model.get_weights())
    table = kept.layers[1].embeddings
    table.assign(ops.convert_to_numpy(table) * (np.arange(VOCABULARY) == 0)[:, None])
    parts = integrated_gradients_of_words(model, tokens, 0)
    assert (parts[0, 2:] == 0).all()
    difference = (model.predict(tokens, verbose=0) - kept.predict(tokens, verbose=0))[0, 0]
    assert parts.sum() == pytest.approx(difference, rel=0.01)


def test_a_single_answer_counts_by_its_sign():
    model = network(classes=1)
    logits = model.predict(TOKENS, verbose=0)[:, 0] - without_words(model, TOKENS)[:, 0]
    signs = np.sign(model.predict(TOKENS, verbose=0)[:, 0])
    np.testing.assert_allclose(integrated_gradients_of_words(model, TOKENS).sum(1), signs * logits, rtol=0.011)


def test_errors(reader):
    image = keras.Input((8,))
    without = keras.Model(image, layers.Dense(2)(image), name="without")
    with pytest.raises(ZooError, match="without has no layer with word vectors"):
        embedding_of(without)
    words = keras.Input((None,), dtype="int32")
    both = ops.sum(layers.Embedding(9, 2, name="one")(words) + layers.Embedding(9, 2, name="other")(words), axis=1)
    with pytest.raises(ZooError, match=r"several layers with word vectors \(one, other\)"):
        integrated_gradients_of_words(keras.Model(words, both), TOKENS)
    table = layers.Embedding(VOCABULARY, 2, name="table")
    twice = keras.Model(words, ops.sum(table(words) + table(words), axis=1))
    with pytest.raises(ZooError, match="uses layer 'table' 2 times"):
        integrated_gradients_of_words(twice, TOKENS)
    for wrong, said in ((TOKENS[0], "not \\(8,\\)"), (TOKENS + 0.5, "whole numbers|not \\(3, 8\\)")):
        with pytest.raises(ZooError, match=said):
            occlusion_of_words(reader, wrong)
    with pytest.raises(ZooError, match="no class or unit 3"):
        occlusion_of_words(reader, TOKENS, 3)
    with pytest.raises(ZooError, match="2 classes for 3 texts"):
        integrated_gradients_of_words(reader, TOKENS, [0, 1])
