"""How long it takes to find the nearest of 100,000 vectors, exactly.

    python benchmarks/nearest_speed.py

A gallery of 100,000 vectors of 128 numbers (`Gallery.nearest`, scikit-learn's NearestNeighbors), asked about one vector
and about 100 at once, beside NumPy's product of all with all, of which the 5 greatest are picked.
"""

import argparse

import numpy as np
from interleave import interleaved, ratios, save

VECTORS, DIMENSIONS, COUNT = 100_000, 128, 5


def unit_vectors(count: int, seed: int) -> np.ndarray:
    """(count, 128) float32 of unit length."""
    found = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype("float32")
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def gallery(queries: int):
    """`Gallery.nearest`."""
    from zoo865.exporting.gallery import Gallery

    numbers = np.arange(VECTORS).astype(str)
    held = Gallery(unit_vectors(VECTORS, 0), numbers, numbers, "")

    def run(number):
        found = held.nearest(unit_vectors(queries, number + 9), COUNT)
        return [int(one["name"]) for one in found[0]]

    return run


def product(queries: int):
    """NumPy."""
    held = unit_vectors(VECTORS, 0)

    def run(number):
        cosines = unit_vectors(queries, number + 9) @ held.T
        places = np.argpartition(-cosines, COUNT, axis=1)[:, :COUNT]
        order = np.argsort(-np.take_along_axis(cosines, places, 1), axis=1)
        return np.take_along_axis(places, order, 1)[0].tolist()

    return run


def main(rounds: int):
    """Writes results/nearest_speed.json; both find the same."""
    ways = {f"{way.__name__} {queries}": (way, (queries,)) for way in (gallery, product) for queries in (1, 100)}
    measured = interleaved(ways, rounds)
    for queries in (1, 100):
        of_both = [[turn["result"] for turn in measured[f"{way} {queries}"]] for way in ("gallery", "product")]
        assert of_both[0] == of_both[1], of_both
    pairs = [(f"gallery {queries}", f"product {queries}") for queries in (1, 100)]
    save("nearest_speed", rounds=measured, ratios=ratios(measured, pairs))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    main(parser.parse_args().rounds)
