"""Several runs of one recipe, told apart by their seeds alone."""

import statistics

from zoo865.training.run import Run


def summarize(runs: list[Run]) -> dict:
    """What several ended runs came to.

    {"seeds": [...], "test": {measure: {"mean", "spread", "values"}}, "train_seconds": [...]}; the
    spread is the standard deviation over seeds, None of a single one.
    """
    found = [run.metrics["test"] for run in runs]
    values = {name: [measures[name] for measures in found] for name in (found[0] if found else {})}
    test = {
        name: {
            "mean": statistics.fmean(several),
            "spread": statistics.stdev(several) if len(several) > 1 else None,
            "values": several,
        }
        for name, several in values.items()
    }
    seeds, seconds = ([run.settings["seed"] for run in runs], [run.metrics["train_seconds"] for run in runs])
    return {"seeds": seeds, "test": test, "train_seconds": seconds}
