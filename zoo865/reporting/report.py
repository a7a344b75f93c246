"""`report`: a run as one HTML page that needs no network."""

import base64
import io
import json
from pathlib import Path

import jinja2

from zoo865.files import atomic, write_text
from zoo865.tasks.task import Exhibit
from zoo865.training.run import Run
from zoo865.visualize.charts import curves


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
    exhibits = [*_curves(run), *run.recipe.task.show(run)]
    sections = [_section(run, exhibit) for exhibit in exhibits]
    environment = jinja2.Environment(loader=jinja2.PackageLoader("zoo865.reporting", "."), autoescape=True)
    environment.filters["number"] = number
    environment.filters["measure"] = measure
    environment.globals["zip"] = zip
    page = environment.get_template("report.html.jinja").render(
        run=run,
        recipe=run.recipe,
        settings=run.settings,
        metrics=metrics,
        sections=sections,
        recipe_json=json.dumps(run.settings["recipe"], indent=2),
    )
    write_text(run.report_path, page)
    return run.report_path


def number(value) -> str:
    """A number as people read it: whole and large ones in full, others to four digits."""
    return f"{value:,.0f}" if isinstance(value, int) or 1e4 <= abs(value) < 1e12 else f"{value:,.4g}"


def measure(value: float, name: str) -> str:
    """A measure as people read it: shares in percent."""
    return f"{value:.2%}" if name.endswith(("accuracy", "error")) else number(value)


def _curves(run: Run):
    """A chart for the loss and for each measure; `balanced_accuracy` goes into the chart of `accuracy`."""
    history, best = run.history, run.metrics["best_epoch"]
    caption = f"The weights of epoch {best} were kept: best by {run.recipe.task.monitor[0]}."
    charts = {"loss": {}}
    for name in (n for n in history[0] if n not in ("phase", "epoch", "seconds", "examples_per_second")):
        kind, measure = ("validation", name[4:]) if name.startswith("val_") else ("training", name)
        chart = next((c for c in charts if measure.endswith(f"_{c}")), measure)
        special = measure.removesuffix(chart).strip("_")
        rows = [row for row in history if name in row]
        line = [row["epoch"] for row in rows], [row[name] for row in rows]
        charts.setdefault(chart, {})[f"{kind}, {special}" if special else kind] = line
    for name, lines in charts.items():
        title = name.replace("_", " ")
        title = title[0].upper() + title[1:]
        yield Exhibit(f"curve_{name}", title, caption, curves(lines, title))


def _section(run: Run, exhibit: Exhibit) -> dict:
    section = {"name": exhibit.name, "title": exhibit.title, "caption": exhibit.caption, "table": exhibit.table}
    if exhibit.figure is not None:
        image = io.BytesIO()
        exhibit.figure.savefig(image, format="png", dpi=160, transparent=True)
        with atomic(run.path / "figures" / f"{exhibit.name}.png") as temporary:
            temporary.write_bytes(image.getvalue())
        section["image"] = base64.b64encode(image.getvalue()).decode()
    return section
