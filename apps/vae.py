"""A variational autoencoder: from images to a few latent numbers and back, and new images from new latents.

python apps/vae.py                            # digits: about an hour on one CPU core
python apps/vae.py --data generated_digits    # a first look: seconds
"""

import argparse

import numpy as np

import zoo865
from zoo865.preprocessing import prepared


def main(data_name: str, epochs: int | None):
    """Data, encoder and decoder, training, reconstructions, new images."""
    # The model: see zoo865/models/vae.py. The loss is the negative ELBO in nats: the reconstruction loss, and the KL
    # divergence of the latents from a standard normal.
    recipe = zoo865.get_recipe("vae").override({"data": data_name, **({"epochs": epochs} if epochs else {})})
    run = zoo865.train(recipe)
    images = prepared(run.spec, run.data.test.take(np.arange(5)))  # binary pixels
    print(f"test images have {run.metrics['test']['nats']:.1f} nats; with every pixel at 1/2 they would have 543.4")

    # Reconstruction: the encoder gives a normal distribution over latents, the decoder an image from its mean.
    mean, log_variance = run.model.encode(images)
    again = np.asarray(run.model.decode(mean))
    print(f"{mean.shape[1]} latents reconstruct {np.mean((again > 0.5) == (images > 0.5)):.1%} of the pixels")
    deviation = np.exp(0.5 * np.asarray(log_variance)).mean()
    print(f"mean posterior standard deviation of a latent {deviation:.2f} (prior: 1)")

    # New images: latents sampled from the standard normal prior.
    latents = np.random.default_rng(0).standard_normal((5, mean.shape[1])).astype("float32")
    new = np.asarray(run.model.decode(latents))
    print(f"new images: {new.shape}, from {new.min():.2f} to {new.max():.2f}")

    # Report: samples, reconstructions, latent interpolation. Serving: encode, decode, generate.
    print(f"open in a browser: {zoo865.report(run)}")
    print(f"serve: {zoo865.export(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, generated_digits, or a folder")
    parser.add_argument("--epochs", type=int, help="number of epochs (default: the recipe's)")
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs)
