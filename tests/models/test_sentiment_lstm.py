"""sentiment_lstm: an answer depends on the text alone; its LSTMs are Keras' own bidirectional one; vectors stay."""

import keras
import numpy as np
import pytest

import zoo865
from zoo865.data.vector_files import write_vectors
from zoo865.models.sentiment_lstm import build_sentiment_lstm, from_the_end

pytestmark = pytest.mark.jax
WORDS = tuple(f"w{number}" for number in range(30))


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return build_sentiment_lstm(vocabulary=WORDS, classes=3, dimensions=6, weights=None, filters=5, units=4)


@pytest.fixture(scope="module")
def texts():
    """Of 0 to 23 words."""
    random = np.random.default_rng(0)
    return [random.integers(1, 32, length) for length in (0, 1, 2, 3, 8, 15, 16, 17, 23)]


def padded(texts, length):
    return np.array([np.pad(text, (0, length - len(text))) for text in texts], "int32")


def logits(model, words):
    return keras.ops.convert_to_numpy(model(words, training=False))


def test_an_answer_depends_on_the_text_alone(model, texts):
    """Alone, padded, in any company."""
    alone = np.concatenate([logits(model, padded([text], max(1, len(text)))) for text in texts])
    assert np.isfinite(alone).all()
    assert np.ptp(alone, axis=0).min() > 1e-3
    for length in (23, 24, 25, 60):
        np.testing.assert_allclose(logits(model, padded(texts, length)), alone, atol=1e-6)
    np.testing.assert_allclose(logits(model, padded(texts[::-1], 31)), alone[::-1], atol=1e-6)


def test_texts_are_read_backward_from_their_own_last_word():
    x = np.arange(1, 13, dtype="float32").reshape(3, 4, 1)
    known = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0]], "float32")[..., None]
    found = keras.ops.convert_to_numpy(from_the_end(x, known))[..., 0]
    assert found.tolist()[:2] == [[4, 3, 2, 1], [6, 5, 5, 5]]


def test_its_two_lstms_are_keras_bidirectional_one_with_a_mask(model, texts):
    words = padded(texts, 24)
    phrases = keras.Model(model.inputs, model.get_layer("halved").output)(words)
    known = (words > 0)[:, ::2]
    both = keras.layers.Bidirectional(keras.layers.LSTM(4, return_sequences=True))
    states = both(phrases, mask=known)
    both.set_weights(model.get_layer("onward").get_weights() + model.get_layer("back").get_weights())
    states = keras.ops.convert_to_numpy(both(phrases, mask=known))
    features = keras.Model(model.inputs, model.get_layer("text_features").output)
    found = keras.ops.convert_to_numpy(features(words))
    for row, text in enumerate(texts):
        count = (len(text) + 1) // 2
        if count:
            expected = [*states[row, :count].mean(0), *states[row, :count].max(0)]
            np.testing.assert_allclose(found[row], expected, atol=1e-6)


def test_training_leaves_the_vectors_as_they_are_bit_by_bit(tmp_path):
    recipe = zoo865.get_recipe("sentiment_lstm").smallest()
    vocabulary = zoo865.load_data(recipe.data, vocabulary_size=1000).spec.inputs["text"].vocabulary
    vectors = np.random.default_rng(0).standard_normal((len(vocabulary), 16)).astype("float32")
    path = write_vectors(tmp_path / "vectors.bin", vocabulary, vectors)
    run = zoo865.train(recipe.override({"model_args.weights": str(path)}), run_dir=tmp_path / "run")
    found = keras.ops.convert_to_numpy(run.model.get_layer("vectors").embeddings)
    assert found[2:].tobytes() == vectors.tobytes()
    assert not found[:2].any()
    path.unlink()  # a run holds its own
    again = keras.ops.convert_to_numpy(zoo865.Run(run.path).model.get_layer("vectors").embeddings)
    assert again.tobytes() == found.tobytes()


def test_it_begins_with_what_a_language_model_has_learned(tiny_run, tmp_path):
    """At a learning rate of 0 every weight that both have stays the language model's; words that it does not know, and
    the classes, begin anew.
    """
    before = tiny_run("lstm_language_model")
    weights = {one.path: keras.ops.convert_to_numpy(one.value) for one in before.model.weights}
    recipe = zoo865.get_recipe("sentiment_lstm_pretrained").smallest()
    alike = {"init_from": str(before.path), "model_args.filters": 16, "epochs": 1}
    run = zoo865.train(recipe.override(alike | {"phases.train.optimizer.learning_rate": 0.0}), run_dir=tmp_path / "run")
    found = {one.path: keras.ops.convert_to_numpy(one.value) for one in run.model.weights}
    same = [path for path in found if path.startswith(("phrases/", "onward/", "back/"))]
    assert len(same) == 8
    for path in same:
        np.testing.assert_array_equal(found[path], weights[path])
    had, have = (one.spec.inputs["text"].vocabulary for one in (before, run))
    shared = [word for word in have if word in had]
    assert {"the", "music"} <= {*shared}
    for word in shared:
        row, now = weights["vectors/embeddings"][had.index(word) + 2], have.index(word) + 2
        np.testing.assert_array_equal(found["vectors/embeddings"][now], row)
    assert run.settings["init_from"]["source"] == str(before.path)


def test_it_learns_what_words_in_their_order_say(tmp_path):
    """Not good, not bad: linear models of words reach 0.75 at most (tests/data/test_labelled_texts.py)."""
    run = zoo865.train(
        zoo865.get_recipe("sentiment_lstm").smallest().override({"epochs": 12}), run_dir=tmp_path / "run"
    )
    assert run.metrics["test"]["accuracy"] > 0.85


def test_any_string_gets_the_answer_that_it_gets_alone(tiny_run):
    predictor = zoo865.Predictor(tiny_run("sentiment_lstm").path, engine="tensorflow")
    odd = [
        "",
        "Not bad<br /><br />at all",
        "\N{GRINNING FACE}\N{FILM FRAMES}",
        b"\xff\xfe good",
        "the plot was dull " * 25_000,
    ]
    together = predictor.run("serve", text=np.array(odd, object))["probabilities"]
    assert np.isfinite(together).all()
    np.testing.assert_allclose(together.sum(1), 1, atol=1e-6)
    for text, answer in zip(odd, together, strict=True):
        alone = predictor.run("serve", text=np.array([text], object))["probabilities"][0]
        np.testing.assert_allclose(alone, answer, atol=1e-6)
    first = predictor.run("serve", text=np.array(["the plot was dull " * 200], object))["probabilities"][0]
    np.testing.assert_allclose(first, together[-1], atol=1e-6)  # 800 words


def test_numbers_of_words_compile_with_xla(model, texts):
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("on JAX everything is compiled by XLA")
    words = padded(texts, 24)
    compiled = tf.function(lambda x: model(x, training=False), jit_compile=True)
    np.testing.assert_allclose(compiled(tf.constant(words)).numpy(), logits(model, words), atol=1e-5)
