"""`report`: a run, or several that differ in seed or fold, as one HTML page that needs no network."""

import json
from pathlib import Path

from zoo865.files import atomic, write_text
from zoo865.metrics.intervals import joined
from zoo865.reporting.page import in_page, page_of, png
from zoo865.tasks.task import ReportSection
from zoo865.training.run import Run
from zoo865.visualize.charts import curves, curves_of_several

NO_CURVE = ("phase", "epoch", "seconds", "examples_per_second", "epsilon", "val_evaluation_steps")


def report(source) -> Path:
    """Writes report.html and figures/ into a run.

    Args:
        source: a Run, the path of one, or the name of a system (its newest run).

    Returns:
        The path of the page.

    Raises:
        ZooError: the run did not finish an epoch, or its data are gone.
    """
    run = source if isinstance(source, Run) else Run.find(source)
    metrics = run.metrics
    sections = [_section(run, shown) for shown in (*_curves(run), *run.recipe.task.report_sections(run))]
    page = page_of(
        "report.html.jinja",
        run=run,
        recipe=run.recipe,
        settings=run.settings,
        metrics=metrics,
        test=joined(metrics["test"]),
        sections=sections,
        recipe_json=json.dumps(run.settings["recipe"], indent=2),
    )
    write_text(run.report_path, page)
    return run.report_path


def report_several(summary: dict, runs: list[Run]) -> Path:
    """Writes report.html, and its chart under figures/, for runs that differ in seed or fold alone, beside them.

    Args:
        summary: as `zoo865.workflow.make_seeds` or `make_folds` makes it.
        runs: the runs, at least one.

    Returns:
        The path of the page.
    """
    first, path = runs[0], Path(summary["directory"]) / "report.html"
    name = first.recipe.task.monitor[0]
    title = name.removeprefix("val_").replace("_", " ").capitalize()
    lines = [([row["epoch"] for row in run.history], [row[name] for row in run.history]) for run in runs]
    figure = path.parent / "figures" / f"runs_{name.removeprefix('val_')}.png"
    image = _written(figure, png(curves_of_several(lines, title)))
    about = {"recipe": first.recipe, "settings": first.settings, "summary": summary}
    about |= {"kind": "fold" if summary["folds"] else "seed"}
    about |= {"means": joined({name: found["mean"] for name, found in summary["test"].items()})}
    write_text(path, page_of("several.html.jinja", **about, title=title, image=image))
    return path


def _curves(run: Run):
    """A chart for the loss and for each measure.

    `balanced_accuracy` goes into the chart of `accuracy`, `return_mean` into that of `return`.
    """
    history, best = run.history, run.metrics["best_epoch"]
    caption = f"The weights of epoch {best} were kept: best by {run.recipe.task.monitor[0]}."
    charts = {"loss": {}}
    for name in (name for name in history[-1] if name not in (*NO_CURVE, *run.recipe.task.shown_apart)):
        kind, measure = ("validation", name[4:]) if name.startswith("val_") else ("training", name)
        chart = next((c for c in charts if f"_{c}_" in f"_{measure}_"), measure)
        special = measure.replace(chart, "").strip("_")
        rows = [row for row in history if name in row]
        line = [row["epoch"] for row in rows], [row[name] for row in rows]
        charts.setdefault(chart, {})[f"{kind}, {special}" if special else kind] = line
    for name, lines in charts.items():
        title = name.replace("_", " ")
        title = title[0].upper() + title[1:]
        yield ReportSection(f"curve_{name}", title, caption, curves(lines, title))


def _section(run: Run, shown: ReportSection) -> dict:
    section = {"name": shown.name, "title": shown.title, "caption": shown.caption, "table": shown.table}
    if shown.figure is not None:
        section["picture"] = _written(run.path / "figures" / f"{shown.name}.png", png(shown.figure))
    if shown.animation is not None:
        section["animation"] = _written(run.path / "figures" / f"{shown.name}.gif", shown.animation)
    return section


def _written(path: Path, image: bytes) -> str:
    """Writes a picture, and gives it as a page holds it."""
    with atomic(path) as temporary:
        temporary.write_bytes(image)
    return in_page(image)
