"""What it costs to watch how layers learn (zoo865/callbacks/gradient_flow.py).

    python benchmarks/gradient_flow.py

The same 50 batches of mnist_cnn, of 128 images, and of sentiment_lstm, of 64 reviews, in float32, with and without: one
step of them is watched.
"""

import argparse

from freed_memory import training
from interleave import interleaved, ratios, save

SYSTEMS, BATCHES = ("mnist_cnn", "sentiment_lstm"), 50


def watching() -> list:
    """The callback, as the training loop has it."""
    from zoo865.callbacks.gradient_flow import GradientFlow

    return [GradientFlow()]


def main(rounds: int):
    """Writes results/gradient_flow.json."""
    ways = {f"{system}, not watched": (training, (system, BATCHES)) for system in SYSTEMS}
    ways |= {f"{system}, watched": (training, (system, BATCHES, True, watching)) for system in SYSTEMS}
    measured = interleaved(ways, rounds)
    pairs = [(f"{system}, watched", f"{system}, not watched") for system in SYSTEMS]
    save("gradient_flow", rounds=measured, ratios=ratios(measured, pairs))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    main(parser.parse_args().rounds)
