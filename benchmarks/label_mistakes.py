"""How many labels that were flipped on purpose `zoo865 check` finds, and how many others it flags.

    python benchmarks/label_mistakes.py cats_vs_dogs/train --weights mobilenet_v2_1.00_224_top.h5

Of a folder's photos a share is drawn, and their labels are flipped; 5 draws. Flagged are those that the command lists:
its one threshold is the same in all. The set has mistakes of its own, which count as false alarms here.
"""

import numpy as np
from interleave import save
from photo_folder import from_command_line

from zoo865.data.image_scan import groups_of, near_duplicates
from zoo865.metrics.label_mistakes import SURE, label_mistakes

SHARES = (0.0, 0.02, 0.05, 0.1)
DRAWS = 5


def flipped(labels, share: float, draw: int) -> np.ndarray:
    """(examples,) which of them are given another label."""
    chosen = np.random.default_rng((draw, round(1000 * share))).permutation(len(labels))[: round(share * len(labels))]
    return np.isin(np.arange(len(labels)), chosen)


def measure(features, labels, groups, share: float) -> dict:
    """Precision and recall of what is flagged, and its share, for each draw."""
    draws, classes = [], labels.max() + 1
    for draw in range(DRAWS):
        wrong = flipped(labels, share, draw)
        other = (labels + np.random.default_rng((draw, 1)).integers(1, classes, len(labels))) % classes
        found = label_mistakes(features, np.where(wrong, other, labels), groups)
        flagged = np.isin(np.arange(len(labels)), [one.index for one in found])
        both = int((flagged & wrong).sum())
        measured = {"flagged": float(flagged.mean())}
        if share:
            measured |= {"precision": both / max(1, int(flagged.sum())), "recall": both / int(wrong.sum())}
        draws.append(measured)
        print(f"{share:.0%} flipped, draw {draw}: {measured}", flush=True)
    mean = {name: float(np.mean([one[name] for one in draws])) for name in draws[0]}
    return {"flipped": share, "mean": mean, "draws": draws}


def main():
    """Measures, writes results/label_mistakes.json."""
    found, features = from_command_line(__doc__)
    groups = groups_of(near_duplicates(found.looks), len(found.names))
    shares = [measure(features, found.labels, groups, share) for share in SHARES]
    save("label_mistakes", photos=len(found.names), threshold=SURE, shares=shares)


if __name__ == "__main__":
    main()
