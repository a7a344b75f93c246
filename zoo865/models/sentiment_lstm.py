"""sentiment_lstm: what a text says, good or bad, by an LSTM that reads frozen word vectors.

Every word becomes its vector, which was learned from other text without labels, GloVe's or those of your own word2vec,
and stays as it is. A convolution over five words finds phrases and halves the length. Two LSTMs read them, one from the
beginning and one from the end; the mean and the maximum of their states over the text decide.

Papers: Hochreiter, Schmidhuber 1997 (LSTM); Graves, Schmidhuber 2005 (both directions); Pennington, Socher, Manning
2014 (GloVe); Mikolov et al. 2013 (word2vec); Maas et al. 2011 (the reviews).

Differences from keras.io's bidirectional LSTM:
1. The word vectors are not learned here: fewer texts suffice, and words that only others used are known.
2. The second LSTM begins at the last word of each text, not at the end of its padding. So padding is read after the
   words, where it changes nothing: an answer depends on the text alone, without masks, which make LSTMs slow.
3. Batches are of texts of similar length, so that there is little padding.

Compared with: linear models of words and pairs of words, and keras.io's bidirectional LSTM, in benchmarks/sentiment.py.

Limits: the first 800 words of a text; texts much shorter than those that it learned from, a sentence where it read
reviews, are marked as unlike them. It takes words at their word: irony it does not see.
"""

import dataclasses

import keras
from keras import layers, ops

from zoo865.batches.by_length import ByLength
from zoo865.layers.lstm import LSTM
from zoo865.layers.vectors import Vectors
from zoo865.preprocessing.word_vectors import matrix_of
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.text_classification import TextClassification


def build_sentiment_lstm(
    *,
    vocabulary: tuple[str, ...],
    classes: int,
    dimensions: int = 50,
    weights: str | None = "glove",
    filters: int = 96,
    units: int = 64,
    dropout: float = 0.2,
) -> keras.Model:
    """Builds the network.

    Args:
        vocabulary: the words that have numbers, from 2 on; 0 is padding, 1 any other word.
        classes: number of classes.
        dimensions: numbers of a word vector.
        weights: the word vectors: "glove", which the extra `glove` brings, of 50 dimensions; a file (see
            `zoo865.data.vector_files.read_vectors`); the directory of an export of `word2vec` or `glove`; None for
            random ones.
        filters: of the convolution.
        units: of each LSTM.
        dropout: share of the vectors' and of the decision's numbers that training leaves out.

    Returns:
        Model: (batch, words) int32, padded with 0 at the end -> (batch, classes) float32 logits.

    Raises:
        ZooError: the vectors cannot be had, or have other dimensions.

    Example:
        >>> network = build_sentiment_lstm(vocabulary=("good", "bad"), classes=2, dimensions=4, weights=None)
        >>> network(np.array([[2, 3, 0, 0]])).shape
        TensorShape([1, 2])
    """
    words = keras.Input((None,), dtype="int32", name="text")
    matrix = matrix_of(vocabulary, weights, dimensions)
    vectors = Vectors(*matrix.shape, "zeros", name="vectors")
    vectors.build()
    vectors.embeddings.assign(matrix)
    onward, back, known = read_both_ways(words, vectors, filters=filters, units=units, dropout=dropout)
    states = layers.Concatenate(name="states")([onward, back])
    mean = ops.sum(states * known, axis=1) / ops.maximum(ops.sum(known, axis=1), 1.0)
    greatest = ops.max((states + 1.0) * known, axis=1) - 1.0  # states lie between -1 and 1
    x = layers.Concatenate(name="text_features")([mean, greatest])
    x = layers.Dropout(dropout, name="dropout")(x)
    logits = layers.Dense(classes, dtype="float32", name="logits")(x)
    return keras.Model(words, logits, name="sentiment_lstm")


def read_both_ways(words, vectors: keras.layers.Layer, *, filters: int, units: int, dropout: float):
    """The part of the network that reads. `lstm_language_model` learns it without labels.

    Args:
        words: (batch, words) int32.
        vectors: the layer of word vectors.
        filters, units, dropout: as for `build_sentiment_lstm`.

    Returns:
        The states of the LSTM that reads onward, (batch, steps, units), a step for two words: at step i it has seen the
        words up to 2 i + 1. Those of the one that reads back, in the order in which it reads, from the text's last step
        to its first: at step i of the text it has seen the words from 2 i - 4 on. And known, (batch, steps, 1) float32,
        1 for steps of the text and 0 for padding.
    """
    known = ops.cast(ops.not_equal(words, 0), "float32")[..., None]
    x = layers.Dropout(dropout / 2, name="vectors_dropout")(vectors(words))
    # Causal: a phrase is a word and the four before it.
    x = layers.Conv1D(filters, 5, padding="causal", activation="relu", name="phrases")(x * known) * known
    x = layers.MaxPooling1D(2, padding="same", name="halved")(x)
    known = layers.MaxPooling1D(2, padding="same", name="known")(known)
    onward = LSTM(units, return_sequences=True, name="onward")(x)
    back = LSTM(units, return_sequences=True, name="back")(from_the_end(x, known))
    return onward, back, known


def from_the_end(x, known):
    """(batch, steps, channels), and where it is no padding, (batch, steps, 1) -> each text's steps in reverse order;
    behind them its first step, again and again.
    """
    known = ops.cast(known[..., 0], "int32")
    one = ops.ones_like(known)
    step, row = ops.cumsum(one, axis=1) - 1, ops.cumsum(one, axis=0) - 1
    last = ops.sum(known, axis=1, keepdims=True) - 1
    # Whole steps out of one long list are taken faster than by `take_along_axis`, which takes number by number.
    taken = row * ops.sum(one, axis=1, keepdims=True) + ops.maximum(last - step, 0)
    return ops.take(ops.reshape(x, (-1, x.shape[-1])), taken, axis=0)


@recipe
def sentiment_lstm():
    """Whether a text is positive or negative: an LSTM over frozen word vectors."""
    return Recipe(
        task=TextClassification(),
        data="imdb",
        data_args={"vocabulary_size": 30_000, "min_count": 3, "labelled": True},
        batches=ByLength(),
        batch_size=64,
        model=build_sentiment_lstm,
        model_args={"dimensions": 50, "weights": "glove", "filters": 96, "units": 64, "dropout": 0.3},
        phases=(
            Phase(
                "train",
                epochs=8,
                optimizer=Optimizer(
                    "adamw", learning_rate=4e-3, schedule="cosine", warmup=0.1, weight_decay=0.01, clip_norm=1.0
                ),
                train=("phrases", "onward", "back", "logits"),  # the vectors stay as they are
            ),
        ),
        tiny={
            "data": "generated_reviews",
            "data_args.min_count": 1,
            "model_args.weights": None,
            "model_args.dimensions": 16,
            "model_args.filters": 32,
            "model_args.units": 16,
            "model_args.dropout": 0.0,
            "phases.train.optimizer.learning_rate": 0.02,
            "batch_size": 16,
            "epochs": 10,
        },
    )


@recipe
def sentiment_lstm_pretrained():
    """Whether a text is positive or negative: an LSTM that has first learned to predict the words of reviews."""
    alone = sentiment_lstm()
    return dataclasses.replace(alone, init_from="lstm_language_model", tiny={**alone.tiny, "init_from": ""})
