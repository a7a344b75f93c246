"""Several runs of one recipe, told apart by their seeds alone, or by the fold that each is tested on."""

import statistics

from zoo865.metrics.intervals import interval
from zoo865.training.run import Run


def summarize(runs: list[Run]) -> dict:
    """What several ended runs came to.

    {"runs": [directory, ...], "seeds": [...], "folds": how many or None, "test": {measure: {"mean", "spread",
    "values"}}, "train_seconds": [...]}; the spread is the standard deviation over runs, None of a single one. Of folds
    the mean counts every example once, and the accuracy's interval is that of all of them.
    """
    found = [run.metrics["test"] for run in runs]
    values = {name: [measures[name] for measures in found] for name in (found[0] if found else {})}
    folds = next((run.recipe.data_args["fold"][1] for run in runs if run.recipe.data_args.get("fold")), None)
    sizes = [run.settings["data"]["splits"]["test"] for run in runs]
    means = {name: statistics.fmean(several, sizes if folds else None) for name, several in values.items()}
    if folds and "accuracy" in means:
        means["accuracy_low"], means["accuracy_high"] = interval(means["accuracy"], sum(sizes))
    test = {
        name: {
            "mean": means[name],
            "spread": statistics.stdev(several) if len(several) > 1 else None,
            "values": several,
        }
        for name, several in values.items()
    }
    return {
        "runs": [run.path.name for run in runs],
        "seeds": [run.settings["seed"] for run in runs],
        "folds": folds,
        "test": test,
        "train_seconds": [run.metrics["train_seconds"] for run in runs],
    }
