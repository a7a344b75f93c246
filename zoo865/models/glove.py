"""GloVe: vectors of words, learned from how often words stand near each other.

The text is read once, to count how often every two words stand within ten words of each other, the less the further
apart. Every word has two vectors and two biases, as a word and as the context of others: the product of the vectors of
a pair, plus its biases, is to be the logarithm of its count. Frequent pairs weigh more, up to a bound; pairs that never
occurred are left out. A word's vector is the sum of its two.

Papers: Pennington, Socher, Manning 2014 (GloVe); Duchi, Hazan, Singer 2011 (AdaGrad).

Differences from GloVe's program:
1. Pairs are learned in batches; a pair moves its words alike however many pairs a batch has.
2. A rate that rises over a tenth of the steps, then falls to zero.
3. A pair weighs by the square root of its share of `x_max`, not its power of 0.75: rare pairs count for more. On IMDb's
   reviews similarities then agree better with those of published vectors.

Compared with: word2vec, and a singular value decomposition of PMI, in benchmarks/word_vectors.py.

Limits: those of word2vec. All pairs of a text must fit into memory.
"""

from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from zoo865.batches.cooccurrences import CoOccurrences
from zoo865.layers.vectors import Vectors
from zoo865.losses.batch import batch_mean
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.word_vectors import WordVectors


class GloVe(keras.Model):
    """The vectors of all words. See `build_glove` for the arguments."""

    def __init__(self, *, vocabulary_size: int, dimensions: int, x_max: float, power: float, **kwargs):
        super().__init__(**kwargs)
        self.arguments = {"vocabulary_size": vocabulary_size, "dimensions": dimensions, "x_max": x_max, "power": power}
        self.x_max, self.power = x_max, power
        # An initializer for each: called twice, Keras' gives the same numbers twice.
        first, second = (keras.initializers.RandomUniform(-0.5 / dimensions, 0.5 / dimensions) for _ in range(2))
        self.words = Vectors(vocabulary_size, dimensions, first, name="words")
        self.contexts = Vectors(vocabulary_size, dimensions, second, name="contexts")
        self.word_biases = Vectors(vocabulary_size, 1, "zeros", name="word_biases")
        self.context_biases = Vectors(vocabulary_size, 1, "zeros", name="context_biases")
        for layer in self.layers:
            layer.build()
        self.built = True  # whatever the shape of batches

    @property
    def vectors(self) -> np.ndarray:
        """(vocabulary_size, dimensions) float32, a row a word: its vector as a word, plus that as a context."""
        return ops.convert_to_numpy(self.words.embeddings + self.contexts.embeddings)

    def call(self, batch, training=False):
        """Pairs, as `zoo865.batches.cooccurrences.CoOccurrences` gives them -> (batch,) the logarithms of their counts,
        as the vectors tell them. Numbers of words, of any shape -> their vectors.
        """
        if not isinstance(batch, Mapping):
            return self.words(batch) + self.contexts(batch)
        words, contexts = batch["word"], batch["context"]
        products = ops.sum(self.words(words) * self.contexts(contexts), axis=-1)
        return products + self.word_biases(words)[:, 0] + self.context_biases(contexts)[:, 0]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Half the squared errors of the pairs by their weights: the mean, with the gradient of the sum."""
        weights = ops.minimum(x["count"] / self.x_max, 1.0) ** self.power
        losses = weights * ops.square(y_pred - ops.log(x["count"])) / 2
        summed = ops.sum(losses)
        return ops.stop_gradient(batch_mean(losses)) + (summed - ops.stop_gradient(summed))

    def get_config(self):
        """The arguments."""
        return {**self.arguments, "name": self.name}


def build_glove(
    *,
    vocabulary_size: int,
    dimensions: int = 100,
    x_max: float = 100.0,
    power: float = 0.5,
) -> keras.Model:
    """Builds the vectors.

    Args:
        vocabulary_size: how many numbers words have; 0 is padding.
        dimensions: numbers of a vector.
        x_max: the count from which on all pairs weigh the same, 1.
        power: those below weigh their share of it, raised to this power.

    Returns:
        Model: a batch of `CoOccurrences` -> (batch,) the logarithms of its counts; `vectors` are (vocabulary_size,
        dimensions).

    Raises:
        ValueError: vectors without numbers, a negative power, or no bound on the count.

    Example:
        >>> build_glove(vocabulary_size=10, dimensions=4).vectors.shape
        (10, 4)
    """
    if dimensions < 1:
        raise ValueError(f"vectors need at least one dimension, not {dimensions}: --set model_args.dimensions=100")
    if power < 0:
        raise ValueError(f"power must be at least 0, not {power}: --set model_args.power=0.5")
    if x_max <= 0:
        raise ValueError(f"x_max must be above 0, not {x_max}: --set model_args.x_max=100")
    return GloVe(vocabulary_size=vocabulary_size, dimensions=dimensions, x_max=x_max, power=power, name="glove")


@recipe
def glove():
    """Vectors of words from how often they stand near each other in any text, without labels."""
    return Recipe(
        task=WordVectors(),
        data="imdb_unlabelled",
        data_args={"vocabulary_size": 50_000, "min_count": 5},
        batches=CoOccurrences(window=10),
        batch_size=8192,
        keep="last",
        model=build_glove,
        model_args={"dimensions": 100, "x_max": 100.0, "power": 0.5},
        phases=(
            # 5 epochs of IMDb; of a book 50, for few pairs teach little.
            Phase(
                "train",
                epochs=50,
                max_steps=15_000,
                optimizer=Optimizer("adagrad", 0.3, warmup=0.1, schedule="linear"),
            ),
        ),
        tiny={
            "data": "generated_sentences",
            "data_args.min_count": 1,
            "model_args.dimensions": 8,
            "batch_size": 64,
            "epochs": 20,
        },
    )
