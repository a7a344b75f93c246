"""What keeps an agent from losing what it has learned: CartPole-v1, with and without.

    python benchmarks/final_weights.py

`dqn_cartpole` for all its 48,360 steps, without a goal that ends it: as it is; without layer normalization; without the
average of the weights; without either. Seeds 40 to 42, which chose nothing. Writes results/final_weights.json and
docs/final_weights.png, the returns of 50 validation episodes after every epoch of 2,368 steps.
"""

import statistics
import tempfile
from pathlib import Path

from interleave import RESULTS, save

from zoo865.files import read_json

SEEDS = (40, 41, 42)
WITHOUT = {
    "as it is": {},
    "without layer normalization": {"model_args.normalize": False},
    "without the average": {"phases.train.optimizer.ema_momentum": 0.0},
    "without either": {"model_args.normalize": False, "phases.train.optimizer.ema_momentum": 0.0},
}
FIGURE = Path(__file__).parents[1] / "docs" / "final_weights.png"


def measured() -> dict[str, list[list[float]]]:
    """Way -> for each seed the return after every epoch."""
    import zoo865

    recipe, found = zoo865.get_recipe("dqn_cartpole").override({"phases.train.stop_at": None}), {}
    for way, settings in WITHOUT.items():
        found[way] = []
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as folder:
                run = zoo865.train(recipe.override(settings), seed=seed, run_dir=f"{folder}/run")
                found[way].append([row["val_return_mean"] for row in run.history])
    return found


def draw(returns: dict):
    """A panel for each way: a thin line a seed, a thick one for their mean."""
    import numpy as np
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    for axis, (way, seeds) in zip(
        figure.subplots(2, 2, sharex=True, sharey=True).ravel(), returns.items(), strict=True
    ):
        steps = 1000 + 2368 * np.arange(1, len(seeds[0]) + 1)
        for seed in seeds:
            axis.plot(steps, seed, color="#2f81c7", alpha=0.5, linewidth=1)
        axis.plot(steps, np.mean(seeds, 0), color="#2f81c7", linewidth=2.5)
        axis.set(title=way, ylim=(0, 515), xlabel="environment steps", ylabel="return")
        axis.grid(alpha=0.25)
        axis.label_outer()
    figure.savefig(FIGURE, dpi=110, facecolor="white")


if __name__ == "__main__":
    returns = measured()
    late = {way: [statistics.fmean(seed[10:]) for seed in seeds] for way, seeds in returns.items()}
    last = {way: [seed[-1] for seed in seeds] for way, seeds in returns.items()}
    save("final_weights", seeds=SEEDS, mean_of_the_second_half=late, last_epoch=last, returns=returns)
    draw(read_json(RESULTS / "final_weights.json")["returns"])
