"""siamese: a network that learns how far apart two pictures are, and so recognises what it never saw.

Two convolutional stages and a dense layer turn a picture into a vector of unit length. Both pictures of a pair go
through the same network, the "twins"; the distance of their vectors is small if they show the same thing. It learns
from batches of a few drawings each of many characters, in which every pair is of the same or of different ones.

Papers: Bromley et al. 1993 (Siamese networks); Hadsell, Chopra, LeCun 2006 (distances from pairs); Koch, Zemel,
Salakhutdinov 2015 (one-shot recognition of characters); Khosla et al. 2020 (supervised contrastive loss).

Differences from Koch's:
1. The distance itself is learned, where theirs puts a layer of weights on the differences of two vectors.
2. All pairs of a batch teach, and not one in each row: 256 drawings are 32,640 pairs.
3. Less than a hundredth of its parameters.

Compared with: Lake's 20 runs of one-shot classification among 20 characters, wrong: people 4.5 %, Bayesian program
learning 3.3 %, Koch's Siamese network 8.0 %, prototypical networks 13.7 % (Lake, Salakhutdinov, Tenenbaum 2019).

Limits: drawings of one thing in their middle, upright; a character that is turned by a quarter is another one to it. It
tells apart what differs in strokes, and knows nothing of photos: those it must learn from (--data).
"""

import dataclasses

import keras
from keras import layers

from zoo865.batches.class_balanced import ClassBalanced
from zoo865.layers.batch_normalization import BatchNormalization
from zoo865.layers.unit_length import UnitLength
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.embedding import Embedding


def build_siamese(
    *, image_shape: tuple[int, int, int], dimensions: int = 128, width: int = 16, dropout: float = 0.0
) -> keras.Model:
    """Builds one of the twins: they share all weights, so there is but one.

    Args:
        image_shape: (height, width, channels) of a picture.
        dimensions: numbers of a vector.
        width: channels of the first convolution; the stages have twice and four times as many.
        dropout: share of the last maps' numbers that training leaves out.

    Returns:
        Model: (batch, *image_shape) float32 in [0, 1] -> (batch, dimensions) float32 of unit length.

    Example:
        >>> network = build_siamese(image_shape=(28, 28, 1), width=8, dimensions=16)
        >>> np.round(np.linalg.norm(network(images), axis=1), 3).tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    image = keras.Input(image_shape, name="image")
    x = _convolution(image, width, 3, strides=2, name="stem")
    for stage, (channels, blocks) in enumerate(((2 * width, 1), (4 * width, 2)), start=1):
        x = _convolution(x, channels, 3, strides=2, name=f"stage{stage}_down")
        for block in range(1, blocks + 1):
            more = _convolution(x, channels, 3, strides=1, name=f"stage{stage}_conv{block}")
            x = layers.Add(name=f"stage{stage}_sum{block}")([x, more])
    x = _convolution(x, 32, 1, strides=1, name="fewer")  # where something is matters: places are not averaged
    x = layers.Dropout(dropout, name="dropout")(layers.Flatten(name="places")(x))
    vectors = UnitLength(name="vectors")(layers.Dense(dimensions, dtype="float32", name="embedding")(x))
    return keras.Model(image, vectors, name="siamese")


def _convolution(x, channels: int, size: int, strides: int, name: str):
    x = layers.Conv2D(channels, size, strides, padding="same", use_bias=False, name=name)(x)
    x = BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


@recipe
def siamese():
    """How far apart two drawings are: recognises characters of alphabets that it never saw, by one example each."""
    return Recipe(
        task=Embedding(),
        data="omniglot_background",
        data_args={"classes_apart": True, "largest": 64},
        batches=ClassBalanced(examples_per_class=4, augment="characters", turns=True),
        batch_size=256,
        keep="last",
        model=build_siamese,
        model_args={"dimensions": 128, "width": 16, "dropout": 0.2},
        phases=(
            Phase(
                "train",
                epochs=30,
                optimizer=Optimizer("adamw", learning_rate=4e-3, schedule="cosine", warmup=0.2, weight_decay=0.1),
            ),
        ),
        tiny={
            "data": "generated_digits",
            "data_args.image_shape": (28, 28, 1),
            "model_args.width": 8,
            "model_args.dimensions": 16,
            "batches.turns": False,
            "batch_size": 40,
            "epochs": 2,
        },
    )


@recipe
def siamese_mnist():
    """Digits that were never seen: learns how far apart drawings of 0 to 4 are, and tells 5 to 9 by one of each."""
    characters = siamese()
    return dataclasses.replace(
        characters,
        data="mnist_apart",
        data_args={},
        batches=ClassBalanced(examples_per_class=32, augment="digits"),
        batch_size=160,
        phases=(
            Phase(
                "train",
                epochs=5,
                optimizer=Optimizer("adamw", learning_rate=2e-3, schedule="cosine", warmup=0.2, weight_decay=0.01),
            ),
        ),
        tiny={**characters.tiny, "batches.examples_per_class": 4},
    )
