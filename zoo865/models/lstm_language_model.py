"""lstm_language_model: which word comes next, learned from running text without a label.

Two LSTMs read a text, one from the beginning and one from the end, and each predicts, at every second word, the word
that it will see next. What they learn for it, about words, phrases and what a text is on, serves other questions:
`sentiment_lstm_pretrained` begins with it, and needs few labels.

Papers: Dai, Le 2015 (an LSTM that first learns to predict words reads better); Peters et al. 2018 (both directions);
Bengio, Senecal 2003 and Jean et al. 2015 (noise words in place of all words).

Differences from Dai and Le's:
1. Both directions, and phrases of five words at half the steps, as in `sentiment_lstm`.
2. A word is told from 512 others drawn by Zipf's law, in place of from all of the vocabulary. It is measured against
   all.

Limits: it writes as reviews do, for some words at a time. What texts say of people it has learned, too, prejudice
included.
"""

import keras
import numpy as np
from keras import layers, ops

from zoo865.batches.by_length import ByLength
from zoo865.layers.vectors import Vectors
from zoo865.losses.sampled_softmax import drawn_words, sampled_softmax, zipf_probabilities
from zoo865.models.sentiment_lstm import from_the_end, read_both_ways
from zoo865.preprocessing.word_vectors import matrix_of
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.language_model import LanguageModel


class LSTMLanguageModel(keras.Model):
    """The reading part of `sentiment_lstm`, and what predicts words. See `build_lstm_language_model`."""

    def __init__(self, *, vocabulary_size, dimensions, filters, units, noise, dropout, **kwargs):
        super().__init__(**kwargs)
        self.arguments = {"vocabulary_size": vocabulary_size, "dimensions": dimensions, "filters": filters}
        self.arguments |= {"units": units, "noise": noise, "dropout": dropout}
        self.vocabulary_size, self.noise = vocabulary_size, noise
        # Vectors of their own for words that are predicted: "good" and "bad" follow on the same words, but are followed
        # by others, and as one table they would be drawn together. From zeros on, the first prediction is Zipf's law.
        self.vectors = Vectors(vocabulary_size, dimensions, "zeros", name="vectors")
        self.predicted = Vectors(vocabulary_size, dimensions + 1, "zeros", name="predicted")
        words = keras.Input((None,), dtype="int32", name="text")
        sizes = {"filters": filters, "units": units, "dropout": dropout}
        self.reader = keras.Model(words, read_both_ways(words, self.vectors, **sizes), name="reader")
        self.next_word = layers.Dense(dimensions, name="next_word")  # a vector near that of the word
        self.previous_word = layers.Dense(dimensions, name="previous_word")
        for layer in (self.predicted, self.next_word, self.previous_word):
            layer.build((None, units))
        self.random = keras.random.SeedGenerator()
        self.built = True  # whatever the shape of batches

    def call(self, words, training=False):
        """(batch, words) int32, padded with 0 at the end -> the loss of a word, a scalar."""
        if training:
            # At every second word the next is predicted: whether at even or odd ones, chance decides in each batch.
            begin = keras.random.randint((), 0, 2, seed=self.random)
            padded = ops.pad(words, [[0, 0], [1, 1]])
            words = ops.slice(padded, (0, begin), (ops.shape(words)[0], ops.shape(words)[1] + 1))
        onward, back, known = self.reader(words, training=training)
        states = ops.concatenate([self.next_word(onward), self.previous_word(back)], axis=1)
        expected = ops.concatenate([_next(words), _previous(words, known)], axis=1)
        noise = drawn_words(keras.random.uniform((self.noise,), seed=self.random), self.vocabulary_size)
        losses = sampled_softmax(
            _with_one(ops.reshape(states, (-1, states.shape[-1]))),
            ops.reshape(expected, (-1,)),
            noise,
            self.predicted,
        )
        counts = ops.cast(ops.not_equal(ops.reshape(expected, (-1,)), 0), "float32")
        return ops.sum(losses * counts) / ops.maximum(ops.sum(counts), 1.0)

    def read_onward(self, words):
        """(batch, words) int32 -> (batch, steps, dimensions) float32, what is known after 2, 4, 6, ... words."""
        return self.next_word(self.reader(words, training=False)[0])

    def next_words(self, states):
        """(..., dimensions) -> (..., vocabulary_size) float32, log-probabilities of all words; padding has none."""
        scores = ops.matmul(_with_one(states), ops.transpose(self.predicted.embeddings))
        prior = np.log(zipf_probabilities(self.vocabulary_size)[1:])
        return ops.log_softmax(scores + np.concatenate([[-1e9], prior]).astype("float32"), axis=-1)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """What the call gives."""
        return y_pred

    def get_config(self):
        """The arguments."""
        return {**self.arguments, "name": self.name}


def _with_one(states):
    """A 1 at the end, which the last number of a word's vector, its bias, is multiplied by."""
    return ops.concatenate([states, ops.ones_like(states[..., :1])], axis=-1)


def _next(words):
    """(batch, steps) the word that follows on those of each step; 0 where there is none."""
    return ops.concatenate([words[:, 2::2], ops.zeros_like(words[:, :1])], axis=1)


def _previous(words, known):
    """(batch, steps), in the order in which the second LSTM reads, the word before those that it has seen; 0 where
    there is none.
    """
    before = ops.pad(words, [[0, 0], [5, 0]])[:, : ops.shape(words)[1] : 2][..., None]
    return (from_the_end(before, known) * ops.cast(known, "int32"))[..., 0]


def build_lstm_language_model(
    *,
    vocabulary: tuple[str, ...],
    dimensions: int = 50,
    weights: str | None = "glove",
    filters: int = 96,
    units: int = 64,
    noise: int = 512,
    dropout: float = 0.1,
) -> keras.Model:
    """Builds the network.

    Args:
        vocabulary: the words that have numbers, from 2 on, the most frequent first; 0 is padding, 1 any other word.
        dimensions: numbers of a word vector.
        weights: the word vectors that are read, as for `sentiment_lstm`; None for random ones.
        filters: of the convolution.
        units: of each LSTM.
        noise: how many words drawn at random the words of a batch are told from.
        dropout: as in `sentiment_lstm`.

    Returns:
        Model: (batch, words) int32, padded with 0 at the end -> the loss of a word; see
        `zoo865.tasks.language_model.LanguageModel` for what else it can do.

    Example:
        >>> network = build_lstm_language_model(vocabulary=("a", "film"), dimensions=4, weights=None, noise=5)
        >>> network.next_words(network.read_onward(np.array([[2, 3, 2, 1, 3, 0]]))).shape
        TensorShape([1, 3, 4])
    """
    matrix = matrix_of(vocabulary, weights, dimensions)
    sizes = {"vocabulary_size": len(matrix), "dimensions": dimensions, "filters": filters, "units": units}
    model = LSTMLanguageModel(**sizes, noise=noise, dropout=dropout, name="lstm_language_model")
    model.vectors.embeddings.assign(matrix)
    return model


@recipe
def lstm_language_model():
    """Which word comes next: an LSTM that learns from text without labels, for others to begin with."""
    return Recipe(
        task=LanguageModel(),
        data="imdb_texts",
        data_args={"vocabulary_size": 20_000, "min_count": 3},
        batches=ByLength(pieces=80),
        batch_size=64,
        keep="last",
        model=build_lstm_language_model,
        model_args={
            "dimensions": 50,
            "weights": "glove",
            "filters": 96,
            "units": 64,
            "noise": 512,
            "dropout": 0.1,
        },
        phases=(
            Phase(
                "train",
                epochs=4,
                optimizer=Optimizer("adam", learning_rate=5e-3, schedule="cosine", warmup=0.05, clip_norm=1.0),
                train=("predicted", "reader", "next_word", "previous_word"),  # the vectors stay as they are
            ),
        ),
        tiny={
            "data": "generated_sentences",
            "data_args.min_count": 1,
            "model_args.weights": None,
            "model_args.dimensions": 16,
            "model_args.filters": 16,
            "model_args.units": 16,
            "model_args.noise": 16,
            "model_args.dropout": 0.0,
            "phases.train.train": ["*"],
            "phases.train.optimizer.learning_rate": 0.02,
            "batch_size": 8,
            "epochs": 2,
        },
    )
