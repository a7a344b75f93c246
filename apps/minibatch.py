"""Mini-batches: a rough gradient from a few examples is worth more steps than an exact one from all.

python apps/minibatch.py            # a line through 2,048 points, by batches of several sizes
python apps/minibatch.py --page     # on a page, with real digits: half a minute
"""

import argparse

import numpy as np

from zoo865.explain.minibatch import POINTS, SIZES, batches, digits, landscape, minibatch, points, scatter, walk


def main(rate: float, page: bool):
    """What an epoch is, where batches lead, how their gradients scatter."""
    # An epoch shows every example once, a batch a step, in an order of its own.
    cut = batches(8, 4)
    print("8 examples in batches of 4:", *(next(cut).tolist() for _ in range(4)), "... two steps are an epoch")

    # The gradient of a batch is that of all examples, and noise. Small steps average it out.
    (x, y), (best, _) = points(), landscape()
    print(f"\nthe best line is y = {best[0]:.2f} x + {best[1]:.2f}; lines after 100 steps at the rate {rate}:")
    for size in SIZES:
        slope, height = walk(size, rate)[-1]
        error = np.mean((slope * x + height - y) ** 2)
        epochs = 100 * size / POINTS
        print(f"batches of {size:4}: y = {slope:5.2f} x + {height:5.2f}, error {error:.3f}, {epochs:6.1f} epochs")

    # Four times as many examples, a quarter of the variance.
    images, labels, name = digits()
    print(f"\nhow far the gradient of a batch is from that of all {len(images):,} digits ({name}), mean square:")
    for size, square in scatter(images, labels).items():
        print(f"batches of {size:4}: {square:8.3f}")
    if page:
        print(f"open in a browser: {minibatch()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rate", type=float, default=0.1, help="the learning rate")
    parser.add_argument("--page", action="store_true", help="also write the page")
    arguments = parser.parse_args()
    main(arguments.rate, arguments.page)
