"""Train, export, report in one call: what the command line and most people use."""

import os
from collections.abc import Iterable
from typing import Any

from zoo865.errors import ZooError
from zoo865.exporting.export import export
from zoo865.files import write_json
from zoo865.recipe import Recipe
from zoo865.registry import get_recipe
from zoo865.reporting.report import report, report_several
from zoo865.training.aggregate import summarize
from zoo865.training.loop import resume, train
from zoo865.training.run import Run, new_directory, remove_if_empty


def make(recipe: Recipe | str, **train_arguments: Any) -> Run:
    """Trains a system, writes its SavedModel and its report.

    Args:
        recipe: a recipe, or the name of one.
        train_arguments: as `zoo865.train` takes them.

    Returns:
        The run; `run.metrics`, `run.report_path` and `run.export_path` say what came out.

    Raises:
        ZooError: data, settings or place are wrong, or training diverged.

    Example:
        >>> run = zoo865.make(tiny, run_dir="runs/made")
        >>> sorted(run.metrics["test"])
        ['accuracy', 'accuracy_high', 'accuracy_low', 'balanced_accuracy', 'cross_entropy']
    """
    return _shown(train(recipe, **train_arguments))


def make_on(source, **resume_arguments) -> Run:
    """Goes on with a run that was killed or stopped, as `zoo865.resume` does; writes its SavedModel and its report."""
    return _shown(resume(source, **resume_arguments))


def _shown(run: Run) -> Run:
    try:  # first what is to be used: a page can be written again
        export(run)
    finally:
        report(run)
    return run


def make_seeds(
    recipe: Recipe | str, seeds: Iterable[int], *, run_dir: str | os.PathLike | None = None, **train_arguments: Any
) -> dict[str, Any]:
    """`make` once for each seed, in runs beside each other, one summary of their test measures and one page.

    Args:
        recipe: a recipe, or the name of one.
        seeds: the seeds.
        run_dir: the directory for all runs; None makes one under runs/.
        train_arguments: as `zoo865.train` takes them.

    Returns:
        What DIRECTORY/summary.json holds: name, directory, seeds, for each measure its values, mean and spread
        (standard deviation over seeds), and why the last run stopped early, or "". A run that Ctrl-C broke off is not
        among the seeds.

    Raises:
        ZooError: as `make`.

    Example:
        >>> summary = zoo865.make_seeds(tiny, [1, 2], run_dir="runs/seeds")
        >>> summary["seeds"], len(summary["test"]["accuracy"]["values"])
        ([1, 2], 2)
    """
    recipe = get_recipe(recipe) if isinstance(recipe, str) else recipe
    each = {f"seed-{seed}": (recipe, seed) for seed in seeds}
    return _make_several(recipe.name, each, new_directory(run_dir, recipe.name, "-seeds"), train_arguments)


def make_folds(
    recipe: Recipe | str,
    folds: int,
    *,
    seed: int = 0,
    run_dir: str | os.PathLike | None = None,
    **train_arguments: Any,
) -> dict[str, Any]:
    """Cross-validation: `make` once for each fold of a folder, whose pictures it has not seen and is tested on.

    Args:
        recipe: a recipe, or the name of one.
        folds: into how many parts the folder is cut.
        seed: of every run.
        run_dir: the directory for all runs; None makes one under runs/.
        train_arguments: as `zoo865.train` takes them.

    Returns:
        As `make_seeds`; "folds" says how many. Each picture was tested once: means are over all of them, and the
        accuracy's interval is theirs.

    Raises:
        ZooError: fewer than 2 folds, data that are no folder, or as `make`.

    Example:
        >>> summary = zoo865.make_folds(tiny.override({"data": "photos"}), 2, run_dir="runs/folds")
        >>> summary["folds"], [path.name for path in sorted(Path("runs/folds").glob("fold-*"))]
        (2, ['fold-1', 'fold-2'])
    """
    recipe = get_recipe(recipe) if isinstance(recipe, str) else recipe
    if folds < 2:
        raise ZooError(f"folds must be at least 2, not {folds}", "--folds 5")
    numbers = range(1, folds + 1)
    each = {f"fold-{number}": (recipe.override({"data_args.fold": [number, folds]}), seed) for number in numbers}
    return _make_several(recipe.name, each, new_directory(run_dir, recipe.name, "-folds"), train_arguments)


def _make_several(name: str, each, directory, train_arguments) -> dict:
    """Makes run after run, (recipe, seed) by name, and sums them up."""
    finished = []
    summary = {"name": name, "directory": str(directory), "seeds": [], "test": {}, "stopped": ""}
    for place, (recipe, seed) in each.items():
        try:
            run = make(recipe, seed=seed, run_dir=directory / place, **train_arguments)
        except ZooError:
            remove_if_empty(directory)
            raise
        summary["stopped"] = run.metrics["stopped"]
        if summary["stopped"] != "interrupted":  # a run that someone broke off is no sample of the recipe
            finished.append(Run(run.path))
        summary |= summarize(finished)
        write_json(directory / "summary.json", summary)
        if finished:
            report_several(summary, finished)
        if summary["stopped"] == "interrupted":
            break
    return summary
