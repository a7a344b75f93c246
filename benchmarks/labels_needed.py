"""How many labels teach as much as so many that are drawn at random, where `zoo865 label` chooses: 5 draws.

    python benchmarks/labels_needed.py cats_vs_dogs --weights mobilenet_v2_1.00_224_top.h5

The folder has train/ and test/. From train/ labels are taken, one after the other, as the command asks for them, or at
random; each draw shuffles the pictures, and so decides which come first. After so many labels a classifier of the same
features learns from them, and is asked about test/. Nothing was chosen by test/.
"""

import numpy as np
from interleave import save
from photo_folder import from_command_line

from zoo865.metrics.active_learning import UNLABELLED, density, least_certain, standardized

COUNTS = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100)
DRAWS = 5


def accuracies(features, labels, tested, draw: int, at_random: bool) -> list[float]:
    """The accuracy on `tested` (features, labels) after each of COUNTS labels."""
    random = np.random.default_rng(draw)
    order = random.permutation(len(labels))
    labels, known = labels[order], np.full(len(labels), UNLABELLED)
    everything = standardized(np.concatenate([features[order], tested[0]]))
    features = standardized(features[order])
    of_tested = np.full(len(tested[0]), UNLABELLED)
    found, densities = [], density(features)
    for count in range(1, max(COUNTS) + 1):
        first = count - 1 if at_random else least_certain(features, known, densities)[0][0]
        known[first] = labels[first]
        if count in COUNTS:
            places, likely = least_certain(everything, np.concatenate([known, of_tested]))
            of_test = places >= len(labels)
            found.append(float(np.mean(likely[of_test] == tested[1][places[of_test] - len(labels)])))
    return found


def main():
    """Measures, writes results/labels_needed.json."""
    found, features = from_command_line(__doc__)
    train, test = found.parts == "train", found.parts == "test"
    tested = features[test], found.labels[test]
    of_ways = {}
    for way in ("random", "least certain"):
        draws = [accuracies(features[train], found.labels[train], tested, d, way == "random") for d in range(DRAWS)]
        of_ways[way] = {"mean": np.mean(draws, 0).tolist(), "draws": draws}
        print(way, dict(zip(COUNTS, np.round(of_ways[way]["mean"], 4).tolist(), strict=True)), flush=True)
    needed = {}
    for count, accuracy in zip(COUNTS, of_ways["random"]["mean"], strict=True):
        enough = [c for c, other in zip(COUNTS, of_ways["least certain"]["mean"], strict=True) if other >= accuracy]
        needed[count] = enough[0] if enough else None
    save(
        "labels_needed", photos=int(train.sum()), tested=int(test.sum()), counts=COUNTS, accuracy=of_ways, needed=needed
    )


if __name__ == "__main__":
    main()
