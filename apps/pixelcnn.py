"""PixelCNN: an autoregressive model, in which each pixel depends on all pixels before it.

python apps/pixelcnn.py                            # digits: about an hour on one CPU core
python apps/pixelcnn.py --data generated_digits    # a first look: seconds
"""

import argparse

import numpy as np

import zoo865
from zoo865.preprocessing import prepared


def main(data_name: str, epochs: int | None):
    """Likelihoods, image completion, new images."""
    # The model: see zoo865/models/pixelcnn.py. The loss is the exact negative log-likelihood, summed over pixels.
    recipe = zoo865.get_recipe("pixelcnn").override({"data": data_name, **({"epochs": epochs} if epochs else {})})
    run = zoo865.train(recipe)
    images = prepared(run.spec, run.data.test.take(np.arange(5)))  # binary pixels
    print(f"test images have {run.metrics['test']['nats']:.1f} nats; with every pixel at 1/2 they would have 543.4")

    # Which images are likely: real ones, and the same with their pixels shuffled.
    shuffled = np.random.default_rng(0).permuted(images.reshape(5, -1), axis=1).reshape(images.shape)
    costs = [np.asarray(run.model(some)["nats"]).mean() for some in (images, shuffled)]
    print(f"five test images have {costs[0]:.0f} nats on average, with shuffled pixels {costs[1]:.0f}")

    # Completion: the upper half is kept, each pixel of the lower half is sampled from its predicted distribution.
    noise = np.random.default_rng(1).random(images.shape).astype("float32")
    known = np.zeros_like(images)
    known[:, : images.shape[1] // 2] = 1
    completed = np.asarray(run.model.complete(noise, images, known)[0])
    print(
        f"in the lower half {np.mean(completed[known == 0] == images[known == 0]):.1%} of the pixels match the original"
    )

    # Report: new images, completions. Serving: likelihoods of images, new images from noise.
    print(f"open in a browser: {zoo865.report(run)}")
    print(f"serve: {zoo865.export(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, generated_digits, or a folder")
    parser.add_argument("--epochs", type=int, help="number of epochs (default: the recipe's)")
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs)
