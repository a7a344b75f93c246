"""Negative sampling against NumPy, and its gradient against Keras' own where nothing is clipped."""

import keras
import numpy as np
import pytest
from keras import ops

from zoo865.losses.gradients import input_gradient
from zoo865.losses.negative_sampling import LONGEST, negative_sampling, pair_weights

pytestmark = pytest.mark.jax
random = np.random.default_rng(0)


def some(size=1.0):
    words, contexts = (random.normal(0, size, (2, places, 6)).astype("float32") for places in (4, 11))
    scales = [random.uniform(0.2, 1, (2, places)).astype("float32") for places in (4, 11)]
    return words, contexts, *pair_weights(2, 4, 2, 3), *scales


def in_numpy(words, contexts, positives, weights):
    logits = np.einsum("bsd,bcd->bsc", words, contexts, dtype="float64")
    slopes = weights / (1 + np.exp(-logits)) - positives
    nats = (np.log1p(np.exp(logits)) * weights - logits * positives).sum(2)
    return nats[0].mean(), slopes, np.einsum("bsc,bcd->bsd", slopes, contexts), np.einsum("bsc,bsd->bcd", slopes, words)


def slopes_of(function, words, contexts):
    both = np.concatenate([words, contexts], 1)
    _, slope = input_gradient(lambda both: function(both[:, :4], both[:, 4:]), ops.convert_to_tensor(both))
    slope = ops.convert_to_numpy(slope)
    return slope[:, :4], slope[:, 4:]


def test_value_and_gradient_are_those_of_numpy():
    words, contexts, positives, weights, *scales = some(0.05)
    loss, slopes, of_words, of_contexts = in_numpy(words, contexts, positives, weights)
    assert max(bounds(slopes, words, contexts)[i].max() for i in (0, 1)) < LONGEST
    given = positives, weights, *scales
    assert float(negative_sampling(words, contexts, *given)) == pytest.approx(loss, rel=1e-5)
    found = slopes_of(lambda w, c: negative_sampling(w, c, *given), words, contexts)
    for one, expected, scale in zip(found, (of_words, of_contexts), scales, strict=True):
        np.testing.assert_allclose(one, expected * scale[..., None], rtol=1e-4, atol=1e-5)


def test_its_gradient_is_that_of_the_sum_of_all_pairs():
    """By automatic differentiation of the plain formula, Mikolov et al. 2013, equation 4."""
    words, contexts, positives, weights, *_ = some(0.05)

    def plain(words, contexts):
        logits = ops.einsum("bsd,bcd->bsc", words, contexts)
        negatives = weights - positives
        return -ops.sum(ops.log_sigmoid(logits) * positives + ops.log_sigmoid(-logits) * negatives)

    ones = np.ones((2, 4), "float32"), np.ones((2, 11), "float32")
    own = slopes_of(lambda w, c: negative_sampling(w, c, positives, weights, *ones), words, contexts)
    for one, expected in zip(own, slopes_of(plain, words, contexts), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-4, atol=1e-5)


def bounds(slopes, words, contexts):
    """How long the gradients of words and of contexts can be: the lengths of what they sum up, by their slopes."""
    of_words, of_contexts = (np.linalg.norm(vectors, axis=2) for vectors in (words, contexts))
    return np.einsum("bsc,bc->bs", np.abs(slopes), of_contexts), np.einsum("bsc,bs->bc", np.abs(slopes), of_words)


def test_long_steps_are_shortened_and_keep_their_direction():
    words, contexts, positives, weights, *_ = some(6.0)
    _, slopes, of_words, of_contexts = in_numpy(words, contexts, positives, weights)
    ones = np.ones((2, 4), "float32"), np.ones((2, 11), "float32")
    found = slopes_of(lambda w, c: negative_sampling(w, c, positives, weights, *ones), words, contexts)
    for one, expected, bound in zip(found, (of_words, of_contexts), bounds(slopes, words, contexts), strict=True):
        assert bound.max() > 2 * LONGEST
        shorter = LONGEST / np.maximum(bound, LONGEST)
        np.testing.assert_allclose(one, expected * shorter[..., None], rtol=1e-3, atol=1e-3)
        assert np.linalg.norm(one, axis=2).max() <= LONGEST * 1.001


@pytest.mark.parametrize("window", [1, 2, 5])
def test_pairs_weigh_as_often_as_a_window_of_random_size_reaches(window):
    """Counted over every size of the window."""
    stretch, noise, negatives = 7, 3, 4
    positives, weights = pair_weights(window, stretch, negatives, noise)
    counted = np.zeros((stretch, stretch + 2 * window))
    for size in range(1, window + 1):
        for word in range(stretch):
            for context in range(stretch + 2 * window):
                counted[word, context] += 0 < abs(context - window - word) <= size
    np.testing.assert_allclose(positives[:, :-noise], counted / window, rtol=1e-6)
    assert not positives[:, -noise:].any()
    np.testing.assert_allclose(weights[:, -noise:].sum(1), negatives * positives.sum(1), rtol=1e-6)


def test_gradients_of_an_embedding_stay_sparse():
    """A step moves the rows of a batch alone, whatever the size of the vocabulary."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("JAX has no sparse gradients")
    import tensorflow as tf

    import zoo865
    from zoo865.models.word2vec import build_word2vec

    data = zoo865.load_data("generated_sentences", vocabulary_size=100)
    model = build_word2vec(vocabulary_size=102, dimensions=4)
    feed = zoo865.get_recipe("word2vec").batches.open(data, batch_size=2, seed=0)
    (x,) = next(iter(feed.dataset))
    with tf.GradientTape() as tape:
        loss = model.compute_loss(y_pred=model(x, training=True))
    for gradient in tape.gradient(loss, [variable.value for variable in model.trainable_variables]):
        assert isinstance(gradient, tf.IndexedSlices)
