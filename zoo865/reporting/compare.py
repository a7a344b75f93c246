"""Runs side by side."""

from zoo865.settings import differing, flat
from zoo865.training.run import Run


def compare(runs: list[Run]) -> list[dict]:
    """One row a run: its path, data, seed, test measures, time, size, and every setting in which the runs differ."""
    settings = [flat(run.settings["recipe"]) for run in runs]
    return [
        {
            "run": str(run.path),
            "data": run.settings["data"]["name"],
            "seed": run.settings["seed"],
            **run.metrics["test"],
            "train_seconds": run.metrics["train_seconds"],
            "parameters": run.metrics["parameters"],
            **{name: one.get(name) for name in differing(*settings) if name != "data"},
        }
        for run, one in zip(runs, settings, strict=True)
    ]
