"""`report`: a run, or several that differ in seed or fold, as one HTML page that needs no network."""

import contextlib
import functools
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from zoo865.errors import ZooError
from zoo865.files import atomic, write_text
from zoo865.metrics.intervals import joined
from zoo865.reporting.curves import curves_section
from zoo865.reporting.gradient_flow import gradient_flow_sections
from zoo865.reporting.page import in_page, in_page_svg, page_of, png, sized, svg
from zoo865.tasks.task import Part, ReportSection
from zoo865.training.record import examples_per_second
from zoo865.training.run import Run
from zoo865.visualize.blocks import blocks_of
from zoo865.visualize.curves import curves_of_several

ROW, IN_A_ROW = 640, 4  # pixels of a row of pictures, and pictures in one where nothing says how many


class Failures(dict):
    """Reason -> the parts of a page that failed for it; the page and stderr list them, and the rest is still made."""

    def attempt(self, title: str, make: Callable, otherwise=()):
        """What `make` returns, or `otherwise` if it fails."""
        try:
            return make()
        except Exception as error:
            reason = str(error) if isinstance(error, ZooError) else f"{type(error).__name__}: {error}".strip(": ")
            self.setdefault(" ".join(reason.split()), []).append(title)
            return otherwise

    def say(self):
        """Prints the failures on stderr, one line per reason."""
        for reason, titles in self.items():
            print(f"warning: the report lacks {', '.join(titles)}: {reason}", file=sys.stderr)


def report(source: Run | str | os.PathLike) -> Path:
    """Writes report.html and figures/ into a run, replacing earlier ones. A section that fails is left out, and the
    page says why.

    Args:
        source: a Run, the path of one, or the name of a system (its newest run).

    Returns:
        The path of the page.

    Raises:
        ZooError: the run did not finish an epoch, the page cannot be written, or its data are gone and a page made with
            them exists.

    Example:
        >>> zoo865.report(run).name
        'report.html'
    """
    run = source if isinstance(source, Run) else Run.find(source)
    _spare_the_earlier(run)
    metrics, failures, task = run.metrics, Failures(), run.recipe.task
    references = failures.attempt("the reference values", lambda: list(task.references(run)))
    curves = Part("Training curves", lambda: [curves_section(run, references)])
    flow = Part("How the layers learned", lambda: gradient_flow_sections(run))
    sections = [section for part in (curves, *_parts(run, failures), flow) for section in _made(run, part, failures)]
    test = joined(metrics["test"])
    page = page_of(
        "report.html.jinja",
        run=run,
        recipe=run.recipe,
        settings=run.settings,
        metrics=metrics,
        taught=any(row["phase"] in run.recipe.learning_validation for row in run.history),
        speed=examples_per_second(run.history),
        test=test,
        headline=_headline(task, test),
        references=references,
        sections=sections,
        blocks=failures.attempt("Model", lambda: blocks_of(getattr(run.model, "network", run.model))),
        failures=failures,
        commands=_commands(run),
        recipe_json=json.dumps(run.settings["recipe"], indent=2),
    )
    write_text(run.report_path, page)
    _take_away_earlier(run, sections)
    failures.say()
    return run.report_path


def report_several(summary: dict, runs: list[Run]) -> Path:
    """Writes report.html, and its chart under figures/, for runs that differ only in seed or fold, beside them.

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
    drawn = svg(curves_of_several(lines, title), "runs")
    _write(path.parent / "figures" / f"runs_{name.removeprefix('val_')}.svg", drawn.encode())
    about = {"recipe": first.recipe, "settings": first.settings, "summary": summary}
    about |= {"kind": "fold" if summary["folds"] else "seed"}
    means = joined({name: found["mean"] for name, found in summary["test"].items()})
    about |= {"means": means, "headline": _headline(first.recipe.task, means)}
    write_text(path, page_of("aggregate.html.jinja", **about, title=title, chart=in_page_svg(drawn, title)))
    return path


def _spare_the_earlier(run: Run):
    """Raises ZooError if a new page would lose what the existing one shows of data that are gone."""
    try:
        if run.report_path.exists():
            _ = run.data
    except ZooError as error:
        raise ZooError(f"{error.message}; the existing {run.report_path} is kept", error.hint) from error
    except Exception:  # of the data's own code: it costs the parts that need them
        return


def _headline(task, measures) -> list[str]:
    """The up to three available measures to show first."""
    return ([name for name in task.headline if name in measures] or list(measures))[:3]


def _parts(run: Run, failures: Failures) -> Iterator[Part]:
    """What the task shows. A section that it gives in no `Part` stands for one; its failure ends what it gives."""
    shown = failures.attempt("the task's sections", lambda: iter(run.recipe.task.report_sections(run)), iter(()))
    while part := failures.attempt("the task's remaining sections", lambda: next(shown, None), None):
        yield part if isinstance(part, Part) else Part(part.title, functools.partial(list, [part]))


def _made(run: Run, part: Part, failures: Failures) -> list[dict]:
    """Its sections as the page holds them: those that it gave before it failed."""
    sections = []

    def make():
        for section in part.make():
            sections.append(_section(run, section))

    failures.attempt(part.title, make)
    return sections


def _section(run: Run, shown: ReportSection) -> dict:
    section: dict = {"name": shown.name, "title": shown.title, "caption": shown.caption, "table": shown.table}
    files = {}
    if shown.figure is not None:
        chart = svg(shown.figure, shown.name)
        files[f"{shown.name}.svg"] = chart.encode()
        section["chart"] = in_page_svg(chart, shown.title)
        section["zoom"] = shown.zoom
    if shown.pictures is not None:
        images, captions = shown.pictures.images, shown.pictures.captions or [""] * len(shown.pictures.images)
        across = 1 if len(images) == 1 else shown.pictures.columns or IN_A_ROW
        drawn = [png(sized(image, ROW // across)) for image in images]
        for place, file in enumerate(drawn, 1):
            files[f"{shown.name}.png" if len(drawn) == 1 else f"{shown.name}/{place:02}.png"] = file
        played = shown.pictures.sounds or [b""] * len(drawn)
        files |= {f"{shown.name}/{place:02}.wav": file for place, file in enumerate(played, 1) if file}
        section["pictures"] = list(zip(map(in_page, drawn), captions, map(in_page, played), strict=True))
        section["columns"] = shown.pictures.columns
        section["plays"] = any(played)
    if shown.animation is not None:
        files[f"{shown.name}.gif"] = shown.animation
        section["animation"] = in_page(shown.animation)
    for name, file in files.items():
        _write(run.path / "figures" / name, file)
    return section | {"files": list(files)}


def _take_away_earlier(run: Run, sections: list[dict]):
    """Takes away the figures of an earlier report, also by an older version, which had a chart for each measure. What
    stands under names that no report gives is a person's; what a part drew that fails now, stays.
    """
    figures, names = run.path / "figures", [section["name"] for section in sections]
    earlier = [figures / f"{name}.{kind}" for name in names for kind in ("svg", "png", "gif")]
    earlier += [file for name in names for file in (figures / name).glob("*.*") if file.stem.isdigit()]
    if "curves" in names:
        earlier += [figures / f"curve_{name.removeprefix('val_')}.png" for name in run.history[-1]]
    for file in set(earlier) - {figures / name for section in sections for name in section["files"]}:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
            if file.parent != figures:
                file.parent.rmdir()  # where others are in it, it stays


def _commands(run: Run) -> list[tuple[str, str]]:
    """What to do next with the run, and the commands, from any directory."""
    path, task = run.path.resolve(), run.recipe.task
    there = Run(path)
    there.recipe, there.spec = run.recipe, run.spec
    quoted = lambda command: command.replace(str(path), shlex.quote(str(path)))  # noqa: E731
    commands = [("Use the model", quoted(f"zoo865 {there.usage}"))]
    commands += [("Inspect the model", quoted(f"zoo865 {more.replace('RUN', str(path))}")) for more in task.more_usage]
    name, base = run.recipe.name, there.export_path.parent
    if there.export_path.exists():
        where = f"-v {shlex.quote(f'{base}:/models/{name}')} -e MODEL_NAME={name}"
        commands.append(("Serve the model", f"docker run --rm -p 8501:8501 {where} tensorflow/serving"))
    commands.append(("Publish the model", quoted(f"zoo865 publish {path}")))
    return commands


def _write(path: Path, file: bytes):
    with atomic(path) as temporary:
        temporary.write_bytes(file)
