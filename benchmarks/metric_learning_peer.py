"""What pytorch-metric-learning says of random vectors: writes tests/losses/pytorch_metric_learning.json.

    pip install torch==2.13.0 pytorch-metric-learning==2.9.0
    python benchmarks/metric_learning_peer.py

The tests of zoo865/losses/metric_learning.py hold its losses and gradients against these, without torch.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from pytorch_metric_learning import losses, miners

FILE = Path(__file__).parents[1] / "tests" / "losses" / "pytorch_metric_learning.json"
LAYOUTS = ((2, 2, 3), (6, 4, 8), (4, 5, 12))  # classes, examples of each, dimensions


def ways() -> dict:
    """Loss -> (its class, its miner or None), with the margins and temperatures that the tests pass on."""
    return {
        "contrastive": (losses.ContrastiveLoss(pos_margin=0, neg_margin=1.0), None),
        "batch_hard": (losses.TripletMarginLoss(margin=0.2), miners.BatchHardMiner()),
        "semi_hard": (
            losses.TripletMarginLoss(margin=0.2),
            miners.TripletMarginMiner(margin=0.2, type_of_triplets="semihard"),
        ),
        "supervised_contrastive": (losses.SupConLoss(temperature=0.1), None),
    }


def main():
    """Vectors of unit length around one direction a class, so that every loss has something to do."""
    random, batches = np.random.default_rng(0), []
    for classes, examples, dimensions in LAYOUTS:
        middles = random.normal(size=(classes, 1, dimensions))
        vectors = middles + 0.8 * random.normal(size=(classes, examples, dimensions))
        vectors = (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).reshape(-1, dimensions)
        labels, found = torch.arange(classes).repeat_interleave(examples), {}
        for name, (loss, miner) in ways().items():
            given = torch.tensor(vectors, dtype=torch.float32, requires_grad=True)
            value = loss(given, labels, miner(given, labels) if miner else None)
            value.backward()
            found[name] = {"loss": value.item(), "gradient": given.grad.numpy().round(7).tolist()}
        batches.append({"examples_per_class": examples, "vectors": vectors.round(7).tolist(), "found": found})
    versions = {name: version(name) for name in ("torch", "pytorch-metric-learning")}
    FILE.write_text(
        json.dumps({"script": f"benchmarks/{Path(__file__).name}", "versions": versions, "batches": batches})
    )


if __name__ == "__main__":
    main()
