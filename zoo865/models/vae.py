"""vae: a small convolutional variational autoencoder, which learns to draw images like those it saw.

An encoder turns an image into a normal distribution over a few latent numbers; a decoder turns latent numbers into the
probability of light for every pixel. Both learn to make the evidence lower bound (ELBO) on log p(image) large: images
shall be likely under the decoder, and the latent distribution close to a standard normal one, from which new images
are then drawn. All figures are in nats for a whole image: the negative ELBO, lower is better.

Papers: Kingma and Welling 2014; Rezende, Mohamed, Wierstra 2014.

Differences from Kingma and Welling:
1. Convolutions in encoder and decoder where they have one hidden layer.
2. Adam in place of AdaGrad.
"""

import math

import keras
from keras import layers, ops

from zoo865.batches.shuffled import Shuffled
from zoo865.losses.batch import batch_mean
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.generation import Generation


class VAE(keras.Model):
    """The autoencoder. Trains with `fit` on images alone: `compute_loss` is the negative ELBO.

    Args:
        image_shape: (height, width, channels) of an image.
        latent_size: how many latent numbers stand for an image.
        width: channels of the first convolution.
    """

    def __init__(self, *, image_shape, latent_size: int, width: int, name="vae", **kwargs):
        # Sums over hundreds of pixels stay float32 where encoder and decoder compute in less.
        super().__init__(name=name, dtype="float32", **kwargs)
        self.image_shape, self.latent_size, self.width = tuple(image_shape), latent_size, width
        self.encoder = build_encoder(self.image_shape, latent_size, width)
        self.decoder = build_decoder(self.image_shape, latent_size, width)
        self.noise = keras.random.SeedGenerator(name="noise")
        self.kl = keras.metrics.Mean(name="kl_divergence")

    def encode(self, image):
        """(batch, *image_shape) in [0, 1] -> mean and log variance of the latents, (batch, latent_size) each."""
        return ops.split(self.encoder(image), 2, axis=-1)

    def decode(self, latent):
        """(batch, latent_size) -> (batch, *image_shape) probabilities of light."""
        return ops.sigmoid(self.decoder(latent))

    def generate(self, noise):
        """(batch, latent_size) standard normal noise -> (batch, *image_shape) new images, as probabilities of light."""
        return self.decode(noise)

    def call(self, image, training=False):
        """(batch, *image_shape) -> {"nats": (batch,) negative ELBO, "kl": (batch,) its latent part}.

        Outside training every batch meets the same noise, so that a measure can be repeated exactly.
        """
        mean, log_variance = self.encode(image)
        noise = keras.random.normal(ops.shape(mean), seed=self.noise if training else 865)
        logits = self.decoder(mean + ops.exp(0.5 * log_variance) * noise)
        # -log p(image | latent) of independent pixels: softplus(logit) where dark, softplus(-logit) where light
        pixels = ops.softplus(logits) - image * logits
        kl = 0.5 * ops.sum(ops.exp(log_variance) + ops.square(mean) - 1.0 - log_variance, axis=-1)
        return {"nats": ops.sum(pixels, axis=(1, 2, 3)) + kl, "kl": kl}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The batch's mean negative ELBO, in nats."""
        self.kl.update_state(y_pred["kl"])
        return batch_mean(y_pred["nats"])

    def get_config(self):
        """The arguments."""
        return {
            "image_shape": self.image_shape,
            "latent_size": self.latent_size,
            "width": self.width,
            "name": self.name,
        }


def build_encoder(image_shape, latent_size: int, width: int) -> keras.Model:
    """(batch, *image_shape) -> (batch, 2 * latent_size): mean, then log variance."""
    return keras.Sequential(
        [
            keras.Input(image_shape, name="image"),
            layers.Conv2D(width, 3, 2, "same", activation="relu", name="down1"),
            layers.Conv2D(2 * width, 3, 2, "same", activation="relu", name="down2"),
            layers.Flatten(name="flatten"),
            layers.Dense(8 * width, activation="relu", name="dense"),
            layers.Dense(2 * latent_size, dtype="float32", name="latent"),
        ],
        name="encoder",
    )


def build_decoder(image_shape, latent_size: int, width: int) -> keras.Model:
    """(batch, latent_size) -> (batch, *image_shape) logits."""
    height, breadth, channels = image_shape
    rows, columns = math.ceil(height / 4), math.ceil(breadth / 4)
    return keras.Sequential(
        [
            keras.Input((latent_size,), name="latent"),
            layers.Dense(8 * width, activation="relu", name="dense"),
            layers.Dense(rows * columns * 2 * width, activation="relu", name="map"),
            layers.Reshape((rows, columns, 2 * width), name="reshape"),
            layers.Conv2DTranspose(width, 3, 2, "same", activation="relu", name="up1"),
            layers.Conv2DTranspose(channels, 3, 2, "same", dtype="float32", name="up2"),
            # Where 4 does not divide the edges, the map came out a little too large.
            layers.Cropping2D(((0, 4 * rows - height), (0, 4 * columns - breadth)), dtype="float32", name="crop"),
        ],
        name="decoder",
    )


def build_vae(*, image_shape: tuple[int, int, int], latent_size: int = 20, width: int = 32) -> keras.Model:
    """Builds the autoencoder.

    Args:
        image_shape: (height, width, channels) of an image.
        latent_size: how many latent numbers stand for an image.
        width: channels of the first convolution; the second has twice as many.

    Returns:
        Model: (batch, *image_shape) float32 in [0, 1] -> {"nats": (batch,), "kl": (batch,)}, with `encode`, `decode`
        and `generate` beside.
    """
    model = VAE(image_shape=image_shape, latent_size=latent_size, width=width)
    model(ops.zeros((1, *image_shape)))
    return model


@recipe
def vae():
    """Draws handwritten digits: a small convolutional variational autoencoder."""
    return Recipe(
        task=Generation(),
        data="mnist",
        data_args={"image_shape": (28, 28, 1), "binarize": True},
        batches=Shuffled(label=False),
        batch_size=128,
        model=build_vae,
        model_args={"latent_size": 20, "width": 32},
        phases=(
            Phase("train", epochs=20, optimizer=Optimizer("adam", learning_rate=2e-3, schedule="cosine", warmup=0.05)),
        ),
        tiny={
            "data": "generated_digits",
            "model_args.width": 4,
            "model_args.latent_size": 2,
            "epochs": 2,
            "batch_size": 32,
        },
    )
