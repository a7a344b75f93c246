"""dcgan: a generative adversarial network. Counterfeiter and cop, the lecture calls its two players.

The generator (counterfeiter) turns noise into an image; the discriminator (cop) says how real an image looks. Both
learn in every step, by one backward pass over the sum of both losses: the discriminator from real images and from new
ones through which no gradient goes back, the generator from the discriminator's answer, on a path that leaves the
discriminator's weights alone.

Papers: Goodfellow et al. 2014 (generative adversarial nets); Radford, Metz, Chintala 2016 (DCGAN); Mescheder, Geiger,
Nowozin 2018 (R1); Karras et al. 2018 (normalisation of a pixel's channels; the generator's average makes the images);
Azadi et al. 2019 (the discriminator throws away what is drawn badly).

Differences from Radford, Metz, Chintala:
1. The discriminator has no normalisation; R1 keeps it smooth.
2. The generator normalises the channels of each pixel in place of the batch: the statistics of batches are not those of
   averaged weights.
3. Images come from a moving average of the generator's weights.
4. Pixels in [0, 1] by a sigmoid in place of [-1, 1] by tanh.
5. Adam without a mean of past gradients; smaller batches; a learning rate that falls to zero.
6. A narrower network: 28 x 28 images need less. Less noise: so many ways in which a digit or a shirt may differ.
7. An image is the one of two drafts that looks more real to the discriminator.

Compared with: a plain DCGAN after keras.io's, in benchmarks/plain_dcgan.py; distances are told by the judges
mnist_cnn/1 and fashion_cnn/1 (zoo865/metrics/reference_classifier.py), and are not those of an Inception network.

Limits: images of 8 to 128 pixels that are alike in what they show; larger photos are cut to 64 x 64. It tells no
likelihoods, and may leave out what is rare: see recall and the shares of classes.
"""

import math
from typing import Any

import keras
from keras import layers, ops

from zoo865.batches.shuffled import Shuffled
from zoo865.losses.batch import batch_mean
from zoo865.losses.gradients import input_gradient, split_call
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.generation import Generation

SMALLEST, LARGEST = 8, 128  # pixels of an image's sides
FIRST_MAP = 8  # the generator begins with a map of at most so many rows and columns
DRAFTS = 2  # for each image that is generated; with more, what is rare is hardly ever chosen


class DCGAN(keras.Model):
    """Both players. Trains with `fit` on images alone: `compute_loss` is the sum of their losses.

    The arguments are those of `build_dcgan`.
    """

    def __init__(self, *, image_shape, latent_size, width, r1, name="dcgan", **kwargs):
        # Losses and images stay float32 where the layers compute in less.
        super().__init__(name=name, dtype="float32", **kwargs)
        self.image_shape, self.latent_size, self.r1 = tuple(image_shape), latent_size, r1
        self.arguments = {"image_shape": image_shape, "latent_size": latent_size, "width": width, "r1": r1}
        self.generator = _build_generator(image_shape, latent_size, width)
        self.discriminator = _build_discriminator(image_shape, width)
        self.noise = keras.random.SeedGenerator(name="noise")
        self.discriminator_loss = keras.metrics.Mean(name="discriminator_loss")
        self.generator_loss = keras.metrics.Mean(name="generator_loss")

    @property
    def noise_input(self):
        """What `generate` takes: standard normal noise, and its shape."""
        return "normal_noise", (DRAFTS, self.latent_size)

    def generate(self, noise):
        """(batch, DRAFTS, latent_size) standard normal noise -> (batch, *image_shape) new images in [0, 1]: of each
        one's drafts what looks most real to the discriminator.
        """
        drafts = self.decode(ops.reshape(noise, (-1, self.latent_size)))
        real = ops.reshape(self.discriminator(drafts, training=False), (-1, DRAFTS))
        _, best = ops.top_k(real, 1)  # ONNX knows it; Keras' argmax looks at bits
        chosen = ops.one_hot(best[:, 0], DRAFTS, dtype=drafts.dtype)
        drafts = ops.reshape(drafts, (-1, DRAFTS, *self.image_shape))
        return ops.sum(drafts * chosen[:, :, None, None, None], axis=1)

    def decode(self, latent):
        """(batch, latent_size) -> (batch, *image_shape) drafts, none of them thrown away."""
        return self.generator(latent, training=False)

    def call(self, image, training=False):
        """(batch, *image_shape) in [0, 1] -> log odds of being real, (batch, 1) each.

        "real": of the images. "fake": of new ones, where the discriminator learns. "fool": of the same new ones, where
        the generator learns. "slope": (batch,) the squared slope of "real" over the images.
        """
        noise = keras.random.normal((ops.shape(image)[0], self.latent_size), seed=self.noise)
        fake = self.generator(noise, training=training)
        if self.r1 and training:
            real, slope = input_gradient(lambda x: self.discriminator(x, training=True), image)
            slope = ops.sum(ops.square(slope), axis=(1, 2, 3))
        else:
            real = self.discriminator(image, training=training)
            slope = 0.0 * real[:, 0]
        answer, fool = split_call(self.discriminator, fake, training=training)
        return {"real": real, "fake": answer, "fool": fool, "slope": slope}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The sum of the players' losses, in nats."""
        # softplus(-logit) is -log of the probability of "real", softplus(logit) that of "made".
        told = (ops.softplus(-y_pred["real"]) + ops.softplus(y_pred["fake"])) / 2
        fooled = ops.softplus(-y_pred["fool"])
        self.discriminator_loss.update_state(told)
        self.generator_loss.update_state(fooled)
        return batch_mean(told[:, 0] + fooled[:, 0] + self.r1 / 2 * y_pred["slope"])

    def get_config(self):
        """The arguments."""
        return {**self.arguments, "name": self.name}


def _build_generator(image_shape, latent_size: int, width: int) -> keras.Model:
    """(batch, latent_size) -> (batch, *image_shape) in [0, 1]."""
    height, breadth, channels = image_shape
    doublings = stages(image_shape)
    rows, columns = (math.ceil(side / 2**doublings) for side in (height, breadth))
    noise = keras.Input((latent_size,), name="noise")
    x = layers.Dense(rows * columns * width * 2**doublings, use_bias=False, name="map")(noise)
    x = layers.Reshape((rows, columns, width * 2**doublings), name="reshape")(x)
    x = normalized(x, "map")
    for stage in reversed(range(1, doublings)):
        up = layers.Conv2DTranspose(width * 2**stage, 4, 2, "same", use_bias=False, name=f"up{doublings - stage}")
        x = normalized(up(x), up.name)
    x = layers.Conv2DTranspose(channels, 6, 2, "same", activation="sigmoid", dtype="float32", name="image")(x)
    # Where doubling does not meet the sides, the map came out a little too large.
    extra = ((0, rows * 2**doublings - height), (0, columns * 2**doublings - breadth))
    x = layers.Cropping2D(extra, dtype="float32", name="crop")(x)
    return keras.Model(noise, x, name="generator")


def normalized(x, name: str):
    """Every pixel's channels brought to a mean square of 1, and ReLU."""
    return layers.ReLU(name=f"{name}_relu")(layers.RMSNormalization(name=f"{name}_norm")(x))


def _build_discriminator(image_shape, width: int) -> keras.Model:
    """(batch, *image_shape) in [0, 1] -> (batch, 1) log odds of being real."""
    image = x = keras.Input(image_shape, name="image")
    for stage in range(stages(image_shape) + 1):
        x = layers.Conv2D(width * 2**stage, 4, 2, "same", name=f"down{stage + 1}")(x)
        x = layers.LeakyReLU(0.2, name=f"down{stage + 1}_relu")(x)
    x = layers.Flatten(name="flatten")(x)
    return keras.Model(image, layers.Dense(1, dtype="float32", name="logit")(x), name="discriminator")


def stages(image_shape) -> int:
    """How often the generator's first map is doubled."""
    return max(1, math.ceil(math.log2(max(image_shape[:2]) / FIRST_MAP)))


def build_dcgan(
    *, image_shape: tuple[int, int, int], latent_size: int = 16, width: int = 32, r1: float = 0.1
) -> keras.Model:
    """Builds both players.

    Args:
        image_shape: (height, width, channels) of an image, its sides from 8 to 128 pixels.
        latent_size: numbers of noise that an image is made of.
        width: channels of the largest maps; smaller maps have more.
        r1: weight of R1, the squared slope of the discriminator at real images.

    Returns:
        Model: (batch, *image_shape) float32 in [0, 1] -> {"real": (batch, 1), "fake": (batch, 1), "fool": (batch, 1),
        "slope": (batch,)}, with `generate` beside.

    Raises:
        ValueError: the images are too small or too large.

    Example:
        >>> dcgan = build_dcgan(image_shape=(8, 8, 1), latent_size=2, width=4)
        >>> dcgan.decode(np.zeros((3, 2))).shape
        TensorShape([3, 8, 8, 1])
    """
    if not SMALLEST <= min(image_shape[:2]) <= max(image_shape[:2]) <= LARGEST:
        sides = f"{image_shape[0]} x {image_shape[1]}"
        wrong = f"images must be {SMALLEST} to {LARGEST} pixels a side, not {sides}"
        raise ValueError(f"{wrong}: --set data_args.image_shape=[64,64,3]")
    model = DCGAN(image_shape=image_shape, latent_size=latent_size, width=width, r1=r1)
    model(ops.zeros((1, *image_shape)))
    return model


BOTH: dict[str, Any] = {
    "data_args": {"largest": 64},
    "batches": Shuffled(label=False),
    "batch_size": 32,
    "model": build_dcgan,
    "model_args": {"latent_size": 16, "width": 32, "r1": 0.1},
    "phases": (
        Phase(
            "train",
            epochs=52,
            optimizer=Optimizer(
                "adam", learning_rate=2e-3, beta_1=0.0, beta_2=0.99, schedule="linear", ema_momentum=0.999
            ),
        ),
    ),
    "tiny": {
        "data": "generated_digits",
        "model_args.latent_size": 8,
        "model_args.width": 8,
        "epochs": 4,
        "phases.train.optimizer.ema_momentum": 0.9,
    },
}


@recipe
def dcgan():
    """Draws what it has seen, clothes or a folder of your pictures: a generative adversarial network."""
    return Recipe(task=Generation(decides="fid"), data="fashion_mnist", **BOTH)


@recipe
def dcgan_mnist():
    """Draws handwritten digits: dcgan on MNIST."""
    return Recipe(task=Generation(decides="fid"), data="mnist", **BOTH)
