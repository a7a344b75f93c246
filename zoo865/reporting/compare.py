"""Runs side by side."""

from zoo865.training.run import Run


def compare(runs: list[Run]) -> list[dict]:
    """One row a run: its path, data, seed, test measures, time, size, and every setting in which the runs differ."""
    settings = [flat(run.settings["recipe"]) for run in runs]
    names = dict.fromkeys(name for one in settings for name in one)
    differing = [name for name in names if len({str(one.get(name)) for one in settings}) > 1]
    return [
        {
            "run": str(run.path),
            "data": run.settings["data"]["name"],
            "seed": run.settings["seed"],
            **run.metrics["test"],
            "train_seconds": run.metrics["train_seconds"],
            "parameters": run.metrics["parameters"],
            **{name: one.get(name) for name in differing if name != "data"},
        }
        for run, one in zip(runs, settings, strict=True)
    ]


def flat(document, prefix="") -> dict:
    """Nested settings as {"phases.train.epochs": 20, ...}."""
    items = document.items() if isinstance(document, dict) else ((part.get("name"), part) for part in document)
    leaves = {}
    for name, value in items:
        nested = isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict))
        leaves |= flat(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": value}
    return leaves
