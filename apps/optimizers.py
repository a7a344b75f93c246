"""Optimizers: all are told the gradient; they differ in what they remember of those before.

python apps/optimizers.py                                     # one bowl, one start, every optimizer of Keras
python apps/optimizers.py --rate 0.03
python apps/optimizers.py --page                              # on a page, with a real network: two or three minutes
"""

import argparse

from zoo865.explain.optimizers import (
    BOWL,
    RATES,
    START,
    STEPS,
    bias_correction,
    compare_optimizers,
    side_by_side,
    step_lengths,
    with_momentum,
)


def main(rate: float, page: bool):
    """Side by side; then momentum, bias correction and adaptive rates, each by itself."""
    # The same start, the same slopes, and Keras' defaults but for the learning rate.
    found = side_by_side()
    print(f"{BOWL.formula} from {START}, {STEPS} steps at the rate {rate}:")
    for name, path, heights in zip(found.names, found.paths, found.heights, strict=True):
        x, y = path[RATES.index(rate), -1]
        print(f"{name:18} ends at {x:7.3f}, {y:7.3f}, height {heights[RATES.index(rate), -1]:8.4f}")

    # Momentum: steps along the valley add up, those across it cancel.
    print("\nSGD at the rate 0.02: height after 20, 60, 120 steps")
    for name, heights in with_momentum().items():
        print(f"{name:22}" + "".join(f"{heights[step]:10.5f}" for step in (20, 60, 120)))

    # Means that begin at zero are too small at first.
    print("\nAdam on an even slope: lengths of its first steps, in learning rates")
    for name, lengths in bias_correction().items():
        print(f"{name:22}" + "".join(f"{length:6.2f}" for length in lengths[:8]))

    # A rate for every weight: how far the first step goes along the valley and across it.
    print("\nfirst step at the rate 0.05")
    for name, lengths in step_lengths().items():
        print(f"{name:8} {lengths[0, 0]:.3f} along, {lengths[0, 1]:.3f} across")
    if page:
        print(f"open in a browser: {compare_optimizers()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rate", type=float, default=0.1, choices=RATES, help="the learning rate")
    parser.add_argument("--page", action="store_true", help="also write the page")
    arguments = parser.parse_args()
    main(arguments.rate, arguments.page)
