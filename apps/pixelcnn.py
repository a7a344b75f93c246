"""PixelCNN: an image written pixel by pixel, each after looking at all before it.

python apps/pixelcnn.py                            # digits: about an hour of one processor
python apps/pixelcnn.py --data generated_digits    # a first look: seconds
"""

import argparse

import numpy as np

import zoo865
from zoo865.preprocessing import prepared


def main(data_name: str, epochs: int | None):
    """Likelihoods, new images, a half-erased image completed."""
    # The model: read in zoo865/models/pixelcnn.py. The loss is exact: the sum of what each pixel costs in nats.
    recipe = zoo865.get_recipe("pixelcnn").override({"data": data_name, **({"epochs": epochs} if epochs else {})})
    run = zoo865.train(recipe)
    images = prepared(run.spec, run.data.test.take(np.arange(5)))  # every pixel is dark or light
    print(f"an image costs {run.metrics['test']['nats']:.1f} nats; with every pixel at 1/2 it would cost 543.4")

    # What it finds likely: an image, and the same one with its pixels in another order.
    shuffled = np.random.default_rng(0).permuted(images.reshape(5, -1), axis=1).reshape(images.shape)
    costs = [np.asarray(run.model(some)["nats"]).mean() for some in (images, shuffled)]
    print(f"five test images cost {costs[0]:.0f} nats each, with their pixels shuffled {costs[1]:.0f}")

    # Writing: the upper half stays, each pixel of the lower one is drawn by the odds that the network gives it.
    noise = np.random.default_rng(1).random(images.shape).astype("float32")
    known = np.zeros_like(images)
    known[:, : images.shape[1] // 2] = 1
    completed = np.asarray(run.model.complete(noise, images, known)[0])
    print(
        f"of the lower half {np.mean(completed[known == 0] == images[known == 0]):.1%} of the pixels came out as before"
    )

    # Looking: new images, completed ones. Serving: the likelihood of an image, new images from noise.
    print(f"open in a browser: {zoo865.report(run)}")
    print(f"serve: {zoo865.export(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, generated_digits, or a folder")
    parser.add_argument("--epochs", type=int, help="else the recipe's")
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs)
