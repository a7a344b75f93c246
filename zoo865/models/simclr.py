"""simclr: a network that learns from pictures without labels, by telling which two views are of the same one.

The convolutions of `mnist_cnn` turn a view, a picture changed at random, into features; a projection head of two dense
layers turns them into a vector of unit length. The vectors of two views of one picture are to be nearer to each other
than to those of all other pictures of the batch. The head is for training alone: what it is taught to overlook, as how
bright or turned a picture is, its features still know.

Layers have the names that they have in `mnist_cnn`, so that a classifier begins with what was learned here:
`zoo865 train fashion_cnn --init-from RUN`.

Papers: Chen, Kornblith, Norouzi, Hinton 2020 (SimCLR); Hadsell, Chopra, LeCun 2006 (contrastive learning);
Dosovitskiy, Springenberg, Riedmiller, Brox 2014 (each picture and its changes as a class of its own).

Differences from the paper:
1. Drawings are grey, fill their sheet, and a mirrored digit is none: views are brightened, partly erased, and a little
   turned, shifted, zoomed and bent, in place of cropped, mirrored and recoloured (the policy `views`).
2. A hundredth of the parameters, batches of 128 pictures in place of thousands, and Adam in place of LARS.
"""

import keras
from keras import layers

from zoo865.batches.views import Views
from zoo865.layers.batch_normalization import BatchNormalization
from zoo865.layers.unit_length import UnitLength
from zoo865.models.mnist_cnn import encoder
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.contrastive_learning import ContrastiveLearning


def build_simclr(
    *, image_shape: tuple[int, int, int], width: int = 32, stem: int = 16, hidden: int = 128, dimensions: int = 64
) -> keras.Model:
    """Builds the network.

    Args:
        image_shape: (height, width, channels) of a picture.
        width, stem: as of `build_mnist_cnn`.
        hidden: units of the projection head's hidden layer.
        dimensions: numbers of a vector.

    Returns:
        Model: (batch, *image_shape) float32 in [0, 1] -> (batch, dimensions) float32 of unit length.

    Example:
        >>> network = build_simclr(image_shape=(28, 28, 1), width=8)
        >>> network(images).shape, network.get_layer("average").output.shape
        (TensorShape([8, 64]), (None, 32))
    """
    image = keras.Input(image_shape, name="image")
    x = _dense(encoder(image, width, stem), hidden, name="projection_hidden")
    x = _dense(layers.ReLU(name="projection_hidden_relu")(x), dimensions, name="projection")
    return keras.Model(image, UnitLength(name="vectors")(x), name="simclr")


def _dense(x, units: int, name: str):
    """Normalised: else the vectors of all pictures begin nearly alike, where the loss has no slope, and may stay so."""
    x = layers.Dense(units, use_bias=False, name=name)(x)
    return BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)


@recipe
def simclr():
    """Pictures without labels: features that are learned from which two views are of the same one."""
    return Recipe(
        task=ContrastiveLearning(loss_args={"temperature": 0.2}, features="average"),
        data="fashion_mnist",
        data_args={"image_shape": (28, 28, 1)},
        batches=Views(),
        batch_size=256,
        keep="last",
        model=build_simclr,
        model_args={"width": 32, "stem": 16, "hidden": 128, "dimensions": 64},
        phases=(
            Phase(
                "train",
                epochs=6,
                optimizer=Optimizer("adamw", learning_rate=0.01, schedule="cosine", warmup=0.1, weight_decay=0.01),
            ),
        ),
        tiny={
            "data": "generated_digits",
            "model_args.width": 8,
            "model_args.stem": 0,
            "model_args.hidden": 32,
            "model_args.dimensions": 16,
            "batch_size": 80,
            "epochs": 10,
        },
    )
