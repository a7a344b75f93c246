"""vae: a convolutional variational autoencoder, which learns to draw images like those it saw.

An encoder turns an image into a normal distribution over a few latent numbers; a decoder turns latent numbers into the
probability of light for every pixel. Both learn to make the evidence lower bound (ELBO) on log p(image) large: images
shall be likely under the decoder, and the latent distribution close to a standard normal one, from which new images
are then drawn. All figures are in nats for a whole image: the negative ELBO, lower is better.

Papers: Kingma and Welling 2014 (variational autoencoder); Rezende, Mohamed, Wierstra 2014 (the same, at the same time);
Burda, Grosse, Salakhutdinov 2016 (importance weighting); Sonderby et al. 2016 (warm-up).

Differences from Kingma and Welling:
1. Convolutions in encoder and decoder where they have one hidden layer.
2. Adam with a falling rate, and an average of the weights, in place of AdaGrad.
3. The latent part of the loss grows to its full weight in the first steps.

Compared with: on statically binarised MNIST with one stochastic layer, by importance weighting, 88.7 nats for a VAE and
87.1 for an IWAE trained with 50 samples (Burda, Grosse, Salakhutdinov 2016, on Larochelle's fixed binarisation; the
zoo's own is drawn with seed 865, and dynamic binarisation is another task).

Limits: small images, of up to 64 x 64 pixels. Drawings are black and white to it, and its likelihoods are bounds, of
those data alone; of photos it learns the shades, and tells no likelihood. New images are probabilities of light, or
mean shades, and look soft.
"""

import math
from typing import Any

import keras
from keras import layers, ops

from zoo865.batches.shuffled import Shuffled
from zoo865.losses.batch import batch_mean
from zoo865.losses.likelihood import bernoulli_nats
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.generation import Generation


class VAE(keras.Model):
    """The autoencoder. Trains with `fit` on images alone: `compute_loss` is the negative ELBO.

    The arguments are those of `build_vae`.
    """

    def __init__(self, *, image_shape, latent_size, width, kl_warmup, name="vae", **kwargs):
        # Sums over hundreds of pixels stay float32 where encoder and decoder compute in less.
        super().__init__(name=name, dtype="float32", **kwargs)
        self.image_shape, self.latent_size, self.kl_warmup = tuple(image_shape), latent_size, kl_warmup
        self.arguments = {"image_shape": image_shape, "latent_size": latent_size}
        self.arguments |= {"width": width, "kl_warmup": kl_warmup}
        self.encoder = _build_encoder(self.image_shape, latent_size, width)
        self.decoder = _build_decoder(self.image_shape, latent_size, width)
        self.noise = keras.random.SeedGenerator(name="noise")
        once = {"trainable": False, "aggregation": "only_first_replica"}
        self.step = self.add_weight(shape=(), initializer="zeros", name="step", **once)
        self.kl = keras.metrics.Mean(name="kl_divergence")

    @property
    def noise_input(self):
        """What `generate` takes: standard normal noise, and its shape."""
        return "normal_noise", (self.latent_size,)

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
        kl = 0.5 * ops.sum(ops.exp(log_variance) + ops.square(mean) - 1.0 - log_variance, axis=-1)
        if training:
            self.step.assign(self.step + 1.0)
        return {"nats": bernoulli_nats(image, self.decoder(mean + ops.exp(0.5 * log_variance) * noise)) + kl, "kl": kl}

    def importance_weighted(self, image, noise):
        """Weights whose mean is the likelihood of an image (Burda, Grosse, Salakhutdinov 2016).

        Args:
            image: (batch, *image_shape).
            noise: (samples, batch, latent_size) standard normal.

        Returns:
            (samples, batch) log of p(image | latent) p(latent) / q(latent | image).
        """
        mean, log_variance = self.encode(image)
        latent = mean + ops.exp(0.5 * log_variance) * noise
        # The normal densities' constants are the same above and below.
        weights = 0.5 * ops.sum(ops.square(noise) - ops.square(latent) + log_variance, axis=-1)
        samples, count = noise.shape[0], noise.shape[1]
        repeated = ops.reshape(ops.stack([image] * samples), (-1, *self.image_shape))
        nats = bernoulli_nats(repeated, self.decoder(ops.reshape(latent, (-1, self.latent_size))))
        return weights - ops.reshape(nats, (samples, count))

    def begin_phase(self, steps: int):
        """Of few steps, as a small folder has, a tenth warms up at most: else its images would cost no latents."""
        self.kl_warmup = min(self.arguments["kl_warmup"], steps // 10)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The batch's mean negative ELBO, in nats; in the first `kl_warmup` steps its latent part counts less."""
        self.kl.update_state(y_pred["kl"])
        missing = ops.relu(1.0 - self.step / self.kl_warmup) if self.kl_warmup else 0.0
        return batch_mean(y_pred["nats"] - missing * y_pred["kl"])

    def get_config(self):
        """The arguments."""
        return {**self.arguments, "name": self.name}


def _build_encoder(image_shape, latent_size: int, width: int) -> keras.Model:
    """(batch, *image_shape) -> (batch, 2 * latent_size): mean, then log variance."""
    image = keras.Input(image_shape, name="image")
    x = layers.Conv2D(width, 5, 2, "same", activation="relu", name="down1")(image)
    x = layers.Conv2D(2 * width, 3, 2, "same", activation="relu", name="down2")(x)
    x = residual(x, "block")
    x = layers.Conv2D(4 * width, 3, 2, "same", activation="relu", name="down3")(x)
    x = layers.Flatten(name="flatten")(x)
    return keras.Model(image, layers.Dense(2 * latent_size, dtype="float32", name="latent")(x), name="encoder")


def _build_decoder(image_shape, latent_size: int, width: int) -> keras.Model:
    """(batch, latent_size) -> (batch, *image_shape) logits."""
    sides = [tuple(math.ceil(side / 2**halvings) for side in image_shape[:2]) for halvings in range(4)]
    latent = keras.Input((latent_size,), name="latent")
    x = layers.Dense(math.prod(sides[3]) * 4 * width, activation="relu", name="map")(latent)
    x = layers.Reshape((*sides[3], 4 * width), name="reshape")(x)
    x = twice(x, sides[2], 2 * width, 3, name="up1", activation="relu")
    x = residual(x, "block")
    x = twice(x, sides[1], width, 4, name="up2", activation="relu")
    x = twice(x, sides[0], image_shape[2], 6, name="up3", dtype="float32")
    return keras.Model(latent, x, name="decoder")


def residual(x, name: str):
    """Two convolutions beside the way straight through; at first they add nothing."""
    channels = x.shape[-1]
    added = layers.Conv2D(channels, 3, padding="same", activation="relu", name=f"{name}_conv1")(x)
    added = layers.Conv2D(channels, 3, padding="same", kernel_initializer="zeros", name=f"{name}_conv2")(added)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=name)([x, added]))


def twice(x, sides, channels: int, kernel: int, name: str, **arguments):
    """A map twice as large, cut to `sides` where these are odd."""
    x = layers.Conv2DTranspose(channels, kernel, 2, "same", name=name, **arguments)(x)
    extra = tuple((0, now - wanted) for now, wanted in zip(x.shape[1:3], sides, strict=True))
    return layers.Cropping2D(extra, dtype=x.dtype, name=f"{name}_cut")(x)


def build_vae(
    *, image_shape: tuple[int, int, int], latent_size: int = 40, width: int = 32, kl_warmup: int = 2000
) -> keras.Model:
    """Builds the autoencoder.

    Args:
        image_shape: (height, width, channels) of an image.
        latent_size: how many latent numbers stand for an image.
        width: channels of the first convolution; the next ones have twice and four times as many.
        kl_warmup: training steps, at most a tenth of them, in which the latent part of the loss grows to its full
            weight, so that images are told apart before latents are pressed together (Bowman et al. 2016; Sonderby
            et al. 2016).

    Returns:
        Model: (batch, *image_shape) float32 in [0, 1] -> {"nats": (batch,), "kl": (batch,)}, with `encode`, `decode`,
        `generate` and `importance_weighted` beside.

    Example:
        >>> vae = build_vae(image_shape=(28, 28, 1), latent_size=2, width=4)
        >>> vae.decode(np.zeros((3, 2))).shape, vae(images)["nats"].shape
        (TensorShape([3, 28, 28, 1]), TensorShape([8]))
    """
    model = VAE(image_shape=image_shape, latent_size=latent_size, width=width, kl_warmup=kl_warmup)
    model(ops.zeros((1, *image_shape)))
    return model


OPTIMIZER = Optimizer("adam", learning_rate=2e-3, schedule="cosine", warmup=0.05, ema_momentum=0.999)
BOTH: dict[str, Any] = {
    "data_args": {"largest": 64, "binarize": None},
    "batches": Shuffled(label=False),
    "batch_size": 32,
    "model": build_vae,
    "tiny": {
        "data": "generated_digits",
        "task.importance_samples": 20,
        "model_args.latent_size": 2,
        "model_args.width": 4,
        "model_args.kl_warmup": 10,
        "epochs": 2,
        "batch_size": 32,
        "phases.train.optimizer.ema_momentum": 0.9,
    },
}


@recipe
def vae():
    """Draws what it has seen, digits or a folder of your pictures: a convolutional variational autoencoder."""
    return Recipe(
        task=Generation(importance_samples=500),
        data="mnist",
        model_args={"latent_size": 40, "width": 32, "kl_warmup": 2000},
        phases=(Phase("train", epochs=52, optimizer=OPTIMIZER),),
        **BOTH,
    )


@recipe
def vae_2d():
    """The same with two latents: a plane of all that it can draw, to look at."""
    return Recipe(
        task=Generation(importance_samples=500),
        data="mnist",
        model_args={"latent_size": 2, "width": 32, "kl_warmup": 0},
        phases=(Phase("train", epochs=20, optimizer=OPTIMIZER),),
        **BOTH,
    )
