"""A generative adversarial network: a generator (counterfeiter) and a discriminator (cop) learn from each other.

python apps/dcgan.py                            # clothes: about an hour of one processor
python apps/dcgan.py --data photos/             # your pictures, 28 to 128 pixels
python apps/dcgan.py --data generated_digits    # a first look: seconds
"""

import argparse

import numpy as np

import zoo865


def main(data_name: str, epochs: int | None):
    """Two players, their game, new images."""
    # Two players: read in zoo865/models/dcgan.py.
    recipe = zoo865.get_recipe("dcgan").override({"data": data_name, **({"epochs": epochs} if epochs else {})})

    # In every step the discriminator learns to tell real images from generated ones, and the generator to fool it.
    run = zoo865.train(recipe)
    last = run.history[-1]
    players = ", ".join(f"{name} {last[f'{name}_loss']:.2f} nats" for name in ("discriminator", "generator"))
    print(f"losses at the end: {players}")

    # How good are they? A classifier that saw real images looks at both, and tells how far they lie apart.
    measures = run.metrics["test"]
    print(f"distance of new images from real ones {measures['fid']:.3g}, of real from real {measures['fid_floor']:.3g}")

    # New images: noise in. Of two drafts each, the discriminator keeps the one that looks more real.
    noise = np.random.default_rng(0).standard_normal((64, *run.model.noise_input[1])).astype("float32")
    new = np.asarray(run.model.generate(noise))
    print(f"new images: {new.shape}, from {new.min():.2f} to {new.max():.2f}")

    # Looking: how they came about, both losses, the nearest training images. Serving: noise in, images out.
    print(f"open in a browser: {zoo865.report(run)}")
    print(f"serve: {zoo865.export(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="fashion_mnist", help="fashion_mnist, mnist, generated_digits, or a folder")
    parser.add_argument("--epochs", type=int, help="else the recipe's")
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs)
