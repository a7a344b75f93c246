"""A run's history as one chart: measures over epochs or steps."""

import itertools

import numpy as np

from zoo865.tasks.task import ReportSection
from zoo865.training.build import WarmupAndDecay
from zoo865.training.run import Run
from zoo865.visualize.curves import Panel, history_chart

NO_CURVE = ("phase", "epoch", "seconds", "cpu_seconds", "examples_per_second")
PARTS = 1000  # of a phase, in which its learning rate is told


def curves_section(run: Run, references=()) -> ReportSection:
    """A panel for the loss, for each measure and for the learning rate, training and validation in one, all over one
    axis, on which phases end and the weights that were kept are marked.

    `balanced_accuracy` goes into the panel of `accuracy`, `return_mean` into that of `return`.

    Args:
        run: a run with a history.
        references: `zoo865.tasks.task.Reference`s; those with `drawn` become dashed lines.
    """
    history, recipe = run.history, run.recipe
    label, ends = recipe.batches.axis([int(row["epoch"]) for row in history], recipe.steps_per_execution)
    groups = _groups(history, recipe.task)
    measured = [
        {name: value for name, value in row.items() if not name.startswith("val_")}
        if row["phase"] in recipe.learning_validation
        else row
        for row in history
    ]
    panels = [
        Panel(_title(name), {kind: _line(measured, ends, column) for kind, column in columns.items()}, levels)
        for name, columns in groups.items()
        for levels in [_levels(columns.values(), references)]
    ]
    panels.append(Panel("Learning rate", {"": (ends, _learning_rates(history, recipe.phases))}))
    best = int(run.metrics["best_epoch"])
    phases = {name: ends[list(rows)[-1]] for name, rows in _phases(history).items()}
    figure = history_chart(panels, phases, ends[best - 1], label)
    return ReportSection("curves", "Training curves", _caption(run, best), figure)


def _caption(run: Run, best: int) -> str:
    monitor = run.recipe.task.monitor[0].removeprefix("val_").replace("_", " ")
    why = f"best validation {monitor}" if run.recipe.keep == "best" else "last epoch"
    said = f"Dotted line: the weights of epoch {best} were kept ({why})."
    phases = _phases(run.history)
    if len(phases) > 1:
        spans = (f"{name} (epochs {rows[0] + 1} to {rows[-1] + 1})" for name, rows in phases.items())
        said += f" Vertical lines separate the phases: {', '.join(spans)}."
    if taught := [name for name in phases if name in run.recipe.learning_validation]:
        said += f" Phase {', '.join(taught)} also trains on the validation examples and has no validation curve."
    return said


def _phases(history) -> dict[str, range]:
    """Name of a phase -> the places of its rows."""
    found, start = {}, 0
    for name, rows in itertools.groupby(row["phase"] for row in history):
        count = len(list(rows))
        found[name] = range(start, start + count)
        start += count
    return found


def _groups(history, task) -> dict[str, dict[str, str]]:
    """Panel -> what a line of it is called -> the column of the history."""
    panels = {"loss": {}}
    columns = dict.fromkeys(name for row in history for name in row)
    for column in (name for name in columns if name not in (*NO_CURVE, *task.shown_apart)):
        kind, measure = ("validation", column[4:]) if column.startswith("val_") else ("training", column)
        name = next((panel for panel in panels if f"_{panel}_" in f"_{measure}_"), measure)
        if kind == "validation" and measure == task.loss_measure:
            name = "loss"
        special = measure.replace(name, "").strip("_").replace("_", " ")
        panels.setdefault(name, {})[f"{kind}, {special}" if special else kind] = column
    return {name: columns for name, columns in panels.items() if columns}


def _line(history, ends, column: str) -> tuple[list, list]:
    there = [(end, row[column]) for end, row in zip(ends, history, strict=True) if column in row]
    return [end for end, _ in there], [value for _, value in there]


def _levels(columns, references) -> dict[str, float]:
    measures = [column.removeprefix("val_") for column in columns]
    return {
        each.name: next(each.values[measure] for measure in measures if measure in each.values)
        for each in references
        if each.drawn and set(measures) & each.values.keys()
    }


def _learning_rates(history, phases) -> list[float]:
    """The learning rate in the middle of every epoch, by the recipe."""
    planned, rates = {phase.name: phase for phase in phases}, []
    for name, rows in _phases(history).items():
        phase = planned[name]
        how = phase.optimizer
        rate = WarmupAndDecay(how.learning_rate, PARTS * phase.epochs, how.schedule, how.warmup)
        middles = PARTS * (np.arange(len(rows)) + 0.5)
        rates += np.broadcast_to(np.asarray(rate(middles)), len(rows)).tolist()  # a constant rate is one number
    return rates


def _title(name: str) -> str:
    title = name.replace("_", " ")
    return title[0].upper() + title[1:]
