"""A generative adversarial network: a generator (counterfeiter) and a discriminator (cop) train against each other.

python apps/dcgan.py                            # clothes: about an hour on one CPU core
python apps/dcgan.py --data photos/             # your pictures, 28 to 128 pixels
python apps/dcgan.py --data generated_digits    # a first look: seconds
"""

import argparse

import numpy as np

import zoo865


def main(data_name: str, epochs: int | None):
    """The two networks, training, new images."""
    # The two networks: see zoo865/models/dcgan.py.
    recipe = zoo865.get_recipe("dcgan").override({"data": data_name, **({"epochs": epochs} if epochs else {})})

    # In every step the discriminator learns to separate real from generated images, and the generator to fool it.
    run = zoo865.train(recipe)
    last = run.history[-1]
    players = ", ".join(f"{name} {last[f'{name}_loss']:.2f} nats" for name in ("discriminator", "generator"))
    print(f"losses at the end: {players}")

    # How good are they? The Frechet distance (FID) between a classifier's features of new and of real images.
    measures = run.metrics["test"]
    print(f"FID of new images {measures['fid']:.3g}, of real images {measures['fid_floor']:.3g}")

    # New images from noise: of two candidates each, the discriminator keeps the more realistic one.
    noise = np.random.default_rng(0).standard_normal((64, *run.model.noise_input[1])).astype("float32")
    new = np.asarray(run.model.generate(noise))
    print(f"new images: {new.shape}, from {new.min():.2f} to {new.max():.2f}")

    # Report: samples over training, both losses, the nearest training images. Serving: noise in, images out.
    print(f"open in a browser: {zoo865.report(run)}")
    print(f"serve: {zoo865.export(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="fashion_mnist", help="fashion_mnist, mnist, generated_digits, or a folder")
    parser.add_argument("--epochs", type=int, help="number of epochs (default: the recipe's)")
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs)
