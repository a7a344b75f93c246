"""reviews: whether a sentence praises or blames. A text classifier of a user's own: data, network, recipe."""

import keras
import numpy as np
from keras import layers, ops

from zoo865.batches.shuffled import Shuffled
from zoo865.data.features import Label, Text
from zoo865.data.features.text import vocabulary_of
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.registry import dataset
from zoo865.tasks.classification import Classification

COMMON = ["the", "a", "this", "film", "plot", "it", "was", "and", "of", "with", "actors", "music", "story", "very"]
TELLING = (("dull", "awful", "boring", "weak"), ("great", "lovely", "moving", "fine"))


@dataset
def sentences():
    """Sentences of 4 to 30 words, two of which tell: 600 / 100 / 100."""
    splits = [drawn(count, seed) for seed, count in enumerate((600, 100, 100))]
    inputs = {"text": Text(length=32, vocabulary=vocabulary_of(splits[0].arrays["text"], 50))}
    return Data("sentences", Spec(inputs, {"label": Label(("blame", "praise"))}), *splits, "Made by reviews.py.")


def drawn(count, seed):
    random = np.random.default_rng([1, seed])
    labels = random.integers(0, 2, count)
    texts = []
    for label in labels:
        words = [*random.choice(COMMON, random.integers(2, 29)), *random.choice(TELLING[label], 2)]
        texts.append(" ".join(random.permutation(words)).capitalize() + random.choice([".", "!", " ..."]))
    return Arrays(text=texts, label=labels)


def build_reviews(*, text_shape: tuple[int], vocabulary_size: int, classes: int, width: int = 16) -> keras.Model:
    """(batch, length) int32 numbers of words -> (batch, classes) logits: the mean of the words' vectors, read once."""
    words = keras.Input(text_shape, dtype="int32", name="text")
    there = ops.cast(ops.not_equal(words, 0), "float32")[..., None]
    vectors = layers.Embedding(vocabulary_size, width, name="vectors")(words) * there
    mean = ops.sum(vectors, axis=1) / ops.maximum(ops.sum(there, axis=1), 1.0)
    mean = layers.Dropout(0.2, name="dropout")(mean)
    return keras.Model(words, layers.Dense(classes, dtype="float32", name="logits")(mean), name="reviews")


@recipe
def reviews():
    """Praise or blame, by the words of a sentence."""
    return Recipe(
        task=Classification(),
        data="sentences",
        batches=Shuffled(),
        batch_size=50,
        model=build_reviews,
        steps_per_execution=4,
        phases=(Phase("train", epochs=3, optimizer=Optimizer("adam", 0.05)),),
    )
