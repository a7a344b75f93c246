"""Which words an answer hangs on: integrated gradients over word vectors, occlusion of words.

For any Keras model from numbers of words, (batch, words), to one answer, that looks them up in one table of vectors. As
it runs, other vectors are put in the place of those that the table gives; the numbers of the words stay, and with them
what the model makes of padding.

Papers: Sundararajan, Taly, Yan 2017 (integrated gradients); Li, Monroe, Jurafsky 2016 (erasing words).
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from zoo865.errors import ZooError
from zoo865.losses.gradients import input_gradient
from zoo865.visualize.activations import AT_ONCE, activations_of, ask, weights_of
from zoo865.visualize.layers import layers_of, tapped

UNKNOWN = 1  # the number of any word that the vocabulary lacks; 0 is padding


def embedding_of(model: keras.Model) -> str:
    """The path of the layer that holds a model's word vectors, as its attribute `embeddings`.

    Raises:
        ZooError: there is none, or several.
    """
    paths = [path for path, layer in layers_of(model).items() if getattr(layer, "embeddings", None) is not None]
    if len(paths) != 1:
        held = f"several layers with word vectors ({', '.join(paths)})" if paths else "no layer with word vectors"
        raise ZooError(f"{model.name} has {held}", "look up all words in one keras.layers.Embedding")
    return paths[0]


def integrated_gradients_of_words(
    model: keras.Model,
    tokens: ArrayLike,
    target: int | Sequence[int] | np.ndarray | None = None,
    steps: int = 32,
    error: float | None = 0.01,
) -> np.ndarray:
    """The gradients along the way from zero to the words' vectors, times that way (Sundararajan et al. 2017).

    What all words have together is the answer for the text minus that for vectors of zero in the place of all words.

    Args:
        model: from numbers of words to one answer.
        tokens: (batch, words) numbers of words, 0 for padding, which has no part in the answer.
        target: a class, one for each text, or None for the class that each text is taken for; of a single answer, what
            it says, above 0 or below.
        steps: points on the way.
        error: by how large a share the words' sum may be wrong; where it is by more, there are three times as many
            points, up to 81 times as many. None leaves them as they are.

    Returns:
        (batch, words) float32.

    Raises:
        ZooError: no such class; tokens of another shape; none or several tables of vectors, or one that is used twice.

    Example:
        >>> from zoo865.models.sentiment_lstm import build_sentiment_lstm
        >>> reader = build_sentiment_lstm(vocabulary=("good", "bad"), classes=2, dimensions=4, weights=None)
        >>> parts = integrated_gradients_of_words(reader, np.array([[2, 3, 0]]), target=1)
        >>> logits = keras.ops.convert_to_numpy(reader(np.array([[2, 3, 0], [1, 1, 0]])))[:, 1]  # unknown words: zeros
        >>> parts.shape, bool(np.isclose(parts.sum(), logits[0] - logits[1], rtol=0.02, atol=1e-5))
        ((1, 3), True)
    """
    path, found = embedding_of(model), []
    for text, asked in _each(tokens, target):
        (vectors,), answers = activations_of(model, text[None], [path])
        weights = weights_of(asked, answers)
        way = np.where(text[:, None] != 0, vectors[0], 0)
        start = vectors[0] - way  # of padding its own vector: it stays what it is
        count, shares = steps, (np.arange(steps) + 0.5) / steps
        (first, last, *_), slope = _along(model, path, text, start, way, weights, np.array([0, 1, *shares]))
        while error is not None and count < 81 * steps:
            if abs((way * slope).sum() / count - (last - first)) <= error * abs(last - first):
                break
            count *= 3  # a third of the new points are the old ones
            shares = (np.arange(count)[np.arange(count) % 3 != 1] + 0.5) / count
            slope = slope + _along(model, path, text, start, way, weights, shares)[1]
        found.append((way * slope).sum(-1) / count)
    return np.array(found, "float32")


def occlusion_of_words(
    model: keras.Model, tokens: ArrayLike, target: int | Sequence[int] | np.ndarray | None = None
) -> np.ndarray:
    """How far the answer falls where a word is replaced by an unknown one.

    Args:
        model, tokens, target: as in `integrated_gradients_of_words`; 1 is the number of unknown words.

    Returns:
        (batch, words) float32.

    Raises:
        ZooError: no such class, tokens of another shape.

    Example:
        >>> from zoo865.models.sentiment_lstm import build_sentiment_lstm
        >>> reader = build_sentiment_lstm(vocabulary=("good", "bad"), classes=2, dimensions=4, weights=None)
        >>> occlusion_of_words(reader, np.array([[2, 3, 0]])).shape
        (1, 3)
    """
    found = []
    for text, asked in _each(tokens, target):
        answers = activations_of(model, text[None])[1]
        weights, fall = weights_of(asked, answers), np.zeros(len(text), "float32")
        known = np.flatnonzero(text > UNKNOWN)
        for places in (known[i : i + AT_ONCE] for i in range(0, len(known), AT_ONCE)):
            hidden = np.repeat(text[None], len(places), 0)
            hidden[np.arange(len(places)), places] = UNKNOWN
            fallen = (answers - activations_of(model, hidden)[1]) * weights
            fall[places] = fallen.reshape(len(places), -1).sum(1)
        found.append(fall)
    return np.stack(found)


def _each(tokens, target):
    """Each text's numbers, and what is asked of it."""
    tokens = np.asarray(tokens)
    if tokens.ndim != 2 or not tokens.size or (tokens != tokens.astype("int64")).any():
        wrong = f"numbers of words have the shape (batch, words), not {tokens.shape}"
        raise ZooError(wrong, "give whole numbers, add the batch axis")
    if np.ndim(target) and len(target) != len(tokens):
        raise ZooError(f"{len(target)} classes for {len(tokens)} texts", "give one, or one per text")
    return zip(tokens, target if np.ndim(target) else [target] * len(tokens), strict=True)


def _along(model, path: str, text, start, way, weights, shares) -> tuple[np.ndarray, np.ndarray]:
    """What is asked about at points of a way, by their shares of it, and the sum of its slopes between the ends.

    Returns:
        (points,) and (words, dimensions).
    """

    def run(model, answer, tokens, points, weights):
        table = layers_of(model)[path]

        def total(vectors):
            with tapped({table: lambda call: ops.cast(vectors, table.compute_dtype)}):
                answers = ops.cast(answer(tokens), "float32")
            return ops.sum(answers * weights, axis=tuple(range(1, len(answers.shape))))

        return input_gradient(total, points)

    values, slope = [], np.zeros(way.shape)
    for some in (shares[i : i + AT_ONCE].astype("float32") for i in range(0, len(shares), AT_ONCE)):
        points = start + some[:, None, None] * way
        tokens = np.repeat(text[None].astype("float32"), len(some), 0)  # as `activations_of` gives them
        asked = ask(model, ("words", path), run, tokens, points, weights)
        value, slopes = (ops.convert_to_numpy(one) for one in asked)
        values.extend(value)
        slope += slopes[(some > 0) & (some < 1)].sum(0)
    return np.array(values), slope
