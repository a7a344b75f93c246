"""`report`: a run as one HTML page that needs no network."""

import base64
import io
import json
from pathlib import Path

import jinja2

from zoo865.errors import ZooError
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
    if not (run.path / "metrics.json").is_file():
        raise ZooError(f"{run.path} has no metrics.json", "the run has not ended, or ended before its first epoch")
    exhibits = [*_curves(run), *run.recipe.task.show(run)]
    sections = [_section(run, exhibit) for exhibit in exhibits]
    environment = jinja2.Environment(loader=jinja2.PackageLoader("zoo865.reporting", "."), autoescape=True)
    environment.filters["number"] = number
    environment.globals["zip"] = zip
    page = environment.get_template("report.html.jinja").render(
        run=run,
        recipe=run.recipe,
        settings=run.settings,
        metrics=run.metrics,
        sections=sections,
        recipe_json=json.dumps(run.settings["recipe"], indent=2),
    )
    write_text(run.report_path, page)
    return run.report_path


def number(value) -> str:
    """A number as people read it: whole numbers in full, others to four digits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,}" if isinstance(value, int) or value.is_integer() else f"{value:,.4g}"


def _curves(run: Run):
    """The loss, and beside it every measure that was taken, over epochs."""
    history = run.history
    best = run.metrics["best_epoch"]
    caption = f"The weights of epoch {best} were kept: best by {run.recipe.task.monitor[0]}."
    names = [name for name in history[0] if name not in ("phase", "epoch", "seconds", "examples_per_second")]
    for name in (n for n in names if not n.startswith("val_")):
        pair = {"training": name, "validation": f"val_{name}"}
        lines = {label: _line(history, key) for label, key in pair.items() if key in names}
        yield Exhibit(f"curve_{name}", _words(name), caption, curves(lines, "", _words(name)))
    for name in (n for n in names if n.startswith("val_") and n.removeprefix("val_") not in names):
        title = _words(name.removeprefix("val_"))
        yield Exhibit(f"curve_{name}", f"{title} (validation)", caption, curves({"": _line(history, name)}, "", title))


def _line(history, name) -> tuple[list, list]:
    rows = [row for row in history if name in row]
    return [row["epoch"] for row in rows], [row[name] for row in rows]


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _section(run: Run, exhibit: Exhibit) -> dict:
    section = {"name": exhibit.name, "title": exhibit.title, "caption": exhibit.caption, "table": exhibit.table}
    if exhibit.figure is not None:
        image = io.BytesIO()
        exhibit.figure.savefig(image, format="png", dpi=160, transparent=True)
        with atomic(run.path / "figures" / f"{exhibit.name}.png") as temporary:
            temporary.write_bytes(image.getvalue())
        section["image"] = base64.b64encode(image.getvalue()).decode()
    return section
