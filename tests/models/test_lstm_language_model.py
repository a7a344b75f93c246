"""lstm_language_model: what predicts a word has not seen it, and predictions of known text are as good as can be."""

import keras
import numpy as np
import pytest

import zoo865
from zoo865.models.lstm_language_model import _next, _previous, build_lstm_language_model
from zoo865.tasks.language_model import after

pytestmark = pytest.mark.jax
SIZE = 30  # numbers of words


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    vocabulary = tuple(f"w{number}" for number in range(2, SIZE))
    return build_lstm_language_model(vocabulary=vocabulary, dimensions=6, weights=None, filters=12, units=4, noise=8)


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def reading(model, words):
    return [numpy(part) for part in model.reader(words, training=False)]


def test_a_prediction_has_not_seen_its_word_nor_what_lies_behind(model):
    """Every word but one is kept: the states that change are those that have seen it."""
    random = np.random.default_rng(0)
    words = random.integers(1, SIZE, (1, 20)).astype("int32")
    onward, back, _ = reading(model, words)
    seen_at_once = []
    for place in range(20):
        changed = words.copy()
        changed[0, place] = 1 + changed[0, place] % (SIZE - 1)
        now_onward, now_back, _ = reading(model, changed)
        steps = np.arange(10)
        of_onward = np.abs(now_onward - onward)[0].max(1) > 0
        assert not of_onward[2 * steps + 1 < place].any()  # it predicts word 2 i + 2
        seen_at_once.append(of_onward[place // 2])
        of_back = np.abs(now_back - back)[0].max(1)[::-1] > 0  # by the step of the text
        assert not of_back[2 * steps - 4 > place].any()  # it predicts word 2 i - 5
        if place + 4 < 20:
            seen_at_once.append(of_back[(place + 4) // 2])
    assert np.mean(seen_at_once) > 0.7  # a ReLU may be blind to a change


def test_words_that_are_predicted():
    words = np.array([[11, 12, 13, 14, 15, 16, 17, 18], [21, 22, 23, 24, 25, 0, 0, 0]], "int32")
    assert numpy(_next(words)).tolist() == [[13, 15, 17, 0], [23, 25, 0, 0]]
    known = np.array([[1, 1, 1, 1], [1, 1, 1, 0]], "float32")[..., None]
    # From the last step, 6 and 7, which has seen the words from 2 on, backward.
    assert numpy(_previous(words, known)).tolist() == [[12, 0, 0, 0], [0, 0, 0, 0]]
    longer = np.arange(1, 13, dtype="int32")[None]
    assert numpy(_previous(longer, np.ones((1, 6, 1), "float32"))).tolist() == [[6, 4, 2, 0, 0, 0]]


def test_what_follows_depends_on_the_text_alone(model):
    random = np.random.default_rng(0)
    texts = [random.integers(1, SIZE, length) for length in (0, 1, 2, 3, 8, 15, 16)]

    def padded(length):
        return np.array([np.pad(text, (0, length - len(text))) for text in texts], "int32")

    alone = np.concatenate([numpy(after(model, text[None].astype("int32"))) for text in texts])
    for length in (16, 17, 40):
        np.testing.assert_allclose(numpy(after(model, padded(length))), alone, atol=1e-6)
    # Texts of an even number of words are read as they are: then a step ends with the last one.
    states = numpy(model.read_onward(padded(16)))
    np.testing.assert_allclose(alone[[2, 4, 6]], states[[2, 4, 6], [0, 3, 7]], atol=1e-6)


def test_probabilities_of_all_words_sum_to_one_and_padding_never_follows(model):
    probabilities = np.exp(numpy(model.next_words(np.random.default_rng(0).normal(size=(3, 2, 6)).astype("float32"))))
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-5)
    assert not probabilities[..., 0].any()


@pytest.mark.slow
def test_it_reaches_the_entropy_of_a_grammar(tmp_path):
    """generated_sentences: in pieces of eight sentences of eight words, every second word is in turn one of three
    verbs, one of three things, and twice one that is certain. Of 31 that are predicted, 16 are one of three: the
    perplexity of who knows the grammar is 3^(16/31) = 1.763. Without knowing who acts, it is 3.1.
    """
    recipe = zoo865.get_recipe("lstm_language_model").smallest()
    larger = {"model_args.dimensions": 32, "model_args.filters": 32, "model_args.units": 32, "model_args.noise": 32}
    recipe = recipe.override(larger | {"epochs": 6, "batch_size": 8, "phases.train.optimizer.learning_rate": 0.01})
    run = zoo865.train(recipe.override({"batches.pieces": 64}), run_dir=tmp_path / "run")
    best = 3 ** (16 / 31)
    assert 0.98 * best < run.metrics["test"]["perplexity"] < 1.1 * best
