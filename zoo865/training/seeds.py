"""Several runs of one recipe, told apart by their seeds alone."""

import statistics

from zoo865.training.run import Run


def summarize(runs: list[Run]) -> dict:
    """{"seeds": [...], "test": {measure: {"mean", "spread", "values"}}} of runs that have ended.

    The spread is the standard deviation over seeds, None of a single one.
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
    return {"seeds": [run.settings["seed"] for run in runs], "test": test}
