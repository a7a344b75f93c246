"""word2vec: vectors of words, learned from running text without a label.

Every word has two vectors, one as a word and one as the context of others. A logistic classifier tells, by their
product alone, the words around a word from words drawn at random. Words that stand in the same surroundings get similar
vectors; the product itself approaches their pointwise mutual information, less the logarithm of the number of noise
words (Levy and Goldberg 2014).

Papers: Mikolov, Chen, Corrado, Dean 2013 (skip-gram); Mikolov, Sutskever, Chen, Corrado, Dean 2013 (negative sampling,
sub-sampling); Levy, Goldberg 2014 (what is factorized).

Differences from word2vec's program:
1. A stretch of 32 words meets its surroundings and 64 noise words of its own in one product of matrices; each pair
   weighs as often as there it is drawn: five noise words a pair, windows of 1 to 5.
2. Gradients of a batch are added up before vectors move; those of a frequent word count as at most 8.

Compared with: gensim's Word2Vec, GloVe, and a singular value decomposition of PMI, in benchmarks/word_vectors.py.

Limits: one vector a word, whatever it means in a sentence. What texts say of people, their vectors say too, prejudice
included. Rare words have poor vectors.
"""

from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from zoo865.batches.skip_gram import SkipGram
from zoo865.layers.vectors import Vectors
from zoo865.losses.negative_sampling import negative_sampling, pair_weights
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.word_vectors import WordVectors


class Word2Vec(keras.Model):
    """The vectors of all words. See `build_word2vec` for the arguments."""

    def __init__(self, *, vocabulary_size: int, dimensions: int, negatives: int, **kwargs):
        super().__init__(**kwargs)
        self.arguments = {"vocabulary_size": vocabulary_size, "dimensions": dimensions, "negatives": negatives}
        self.negatives = negatives
        small = keras.initializers.RandomUniform(-0.5 / dimensions, 0.5 / dimensions)
        self.words = Vectors(vocabulary_size, dimensions, small, name="words")
        self.contexts = Vectors(vocabulary_size, dimensions, "zeros", name="contexts")
        self.words.build()
        self.contexts.build()
        self.built = True  # whatever the shape of batches
        # Padding has zeros for its vector: then it teaches nothing.
        self.words.embeddings.assign(ops.concatenate([ops.zeros((1, dimensions)), self.words.embeddings[1:]]))

    @property
    def vectors(self) -> np.ndarray:
        """(vocabulary_size, dimensions) float32, a row a word."""
        return ops.convert_to_numpy(self.words.embeddings)

    def call(self, batch, training=False):
        """Stretches of text, as `zoo865.batches.skip_gram.SkipGram` gives them -> the loss of a word, a scalar. Numbers
        of words, of any shape -> their vectors.
        """
        if not isinstance(batch, Mapping):
            return self.words(batch)
        stretch = batch["word_scale"].shape[1]
        window = (batch["words"].shape[1] - stretch) // 2
        words = self.words(batch["words"][:, window : window + stretch])
        contexts = self.contexts(ops.concatenate([batch["words"], batch["noise"]], axis=1))
        pairs = pair_weights(window, stretch, self.negatives, batch["noise"].shape[1])
        return negative_sampling(words, contexts, *pairs, batch["word_scale"], batch["context_scale"])

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """What the call gives."""
        return y_pred

    def get_config(self):
        """The arguments."""
        return {**self.arguments, "name": self.name}


def build_word2vec(
    *,
    vocabulary_size: int,
    dimensions: int = 100,
    negatives: int = 5,
) -> keras.Model:
    """Builds the vectors.

    Args:
        vocabulary_size: how many numbers words have; 0 is padding.
        dimensions: numbers of a vector.
        negatives: how many noise words a pair of neighbours is told from.

    Returns:
        Model: a batch of `SkipGram` -> the loss of a word; `vectors` are (vocabulary_size, dimensions).

    Raises:
        ValueError: vectors without numbers, or no noise.

    Example:
        >>> build_word2vec(vocabulary_size=10, dimensions=4).vectors.shape
        (10, 4)
    """
    if dimensions < 1:
        raise ValueError(f"vectors need at least one dimension, not {dimensions}: --set model_args.dimensions=100")
    if negatives < 1:
        raise ValueError(f"a pair needs at least one noise word, not {negatives}: --set model_args.negatives=5")
    arguments = {"vocabulary_size": vocabulary_size, "dimensions": dimensions, "negatives": negatives}
    return Word2Vec(**arguments, name="word2vec")


@recipe
def word2vec():
    """Vectors of words from any text, without labels: words in the same surroundings get similar ones."""
    return Recipe(
        task=WordVectors(),
        data="imdb_unlabelled",
        data_args={"vocabulary_size": 50_000, "min_count": 5},
        batches=SkipGram(window=5, stretch=32, noise=64, subsample=1e-4),
        batch_size=64,
        keep="last",
        model=build_word2vec,
        model_args={"dimensions": 100, "negatives": 5},
        phases=(
            # 5 epochs of IMDb; of a book 50, for few words teach little.
            Phase(
                "train",
                epochs=50,
                max_steps=13_000,
                optimizer=Optimizer("sgd", 0.075, schedule="linear", momentum=0.0),
            ),
        ),
        tiny={
            "data": "generated_sentences",
            "data_args.min_count": 1,
            "model_args.dimensions": 8,
            "batch_size": 4,
            "epochs": 2,
        },
    )
