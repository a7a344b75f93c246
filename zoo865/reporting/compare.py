"""Runs side by side."""

import itertools
from pathlib import Path

from zoo865.files import write_text
from zoo865.metrics.intervals import joined
from zoo865.reporting.page import in_page_svg, measure, number, page_of, page_path, svg
from zoo865.settings import differing, flat
from zoo865.training.run import Run
from zoo865.visualize.curves import curves_of_several

NO_SETTINGS = ("data", "summary", "file", "backends", "tiny")  # told otherwise, or the same whatever is set


def compare(runs: list[Run]) -> list[dict]:
    """One row per run: its path, data, seed, test measures, time, size, and every setting in which the runs differ."""
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


def side_by_side(runs: list[Run]) -> tuple[dict[str, list[str]], list[str]]:
    """The same for people, a column a run: what there is to say -> a text for each run, "" where it has no such thing.

    Runs of two systems have few settings in common: those that all have are told, and the names of the others given.
    """
    settings = [flat(run.settings["recipe"]) for run in runs]
    unlike = [name for name in differing(*settings) if name.split(".")[0] not in NO_SETTINGS]
    apart = [name for name in unlike if any(name not in one for one in settings)]
    measured = [{name: _measured(name, *found) for name, found in joined(run.metrics["test"]).items()} for run in runs]
    table = {
        "run": [str(run.path) for run in runs],
        "data": [run.settings["data"]["name"] for run in runs],
        "seed": [str(run.settings["seed"]) for run in runs],
        **{name: [one.get(name, "") for one in measured] for name in dict.fromkeys(itertools.chain(*measured))},
        "train_seconds": [number(run.metrics["train_seconds"]) for run in runs],
        "parameters": [number(run.metrics["parameters"]) for run in runs],
        **{name: [str(one[name]) for one in settings] for name in unlike if name not in apart},
    }
    return table, apart


def compare_page(runs: list[Run], out) -> Path:
    """Writes a page of runs side by side, with the curves of the monitored measure where all share it.

    Args:
        runs: the runs.
        out: the page.

    Returns:
        Its path.

    Raises:
        ZooError: the page's name does not end with .html, or a run has not finished.
    """
    out = page_path(out, "compare.html")
    table, apart = side_by_side(runs)
    monitors, chart, title = {run.recipe.task.monitor[0] for run in runs}, None, ""
    if len(monitors) == 1:
        (name,) = monitors
        title = name.removeprefix("val_").replace("_", " ").capitalize()
        lines = [([row["epoch"] for row in run.history], [row[name] for row in run.history]) for run in runs]
        drawn = svg(curves_of_several(lines, title, names=[run.path.name[-36:] for run in runs]), "compared")
        chart = in_page_svg(drawn, title)
    write_text(out, page_of("compare.html.jinja", table=table, apart=apart, chart=chart, title=title))
    return out


def _measured(name: str, value: float, within) -> str:
    ends = f" ({measure(within[0], name)} to {measure(within[1], name)})" if within else ""
    return measure(value, name) + ends
