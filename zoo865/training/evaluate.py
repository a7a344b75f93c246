"""Measuring a trained system once more."""

import contextlib
import dataclasses
from pathlib import Path

from zoo865.data.load import full_name, is_there, load_data, names_a_place
from zoo865.errors import ZooError
from zoo865.files import with_tuples
from zoo865.training.learned import without_learned
from zoo865.training.published import Published, find_trained


def fitted_data(run, name: str):
    """Data by their name or folder, fitted to what a model was trained on, whatever its recipe asks for; its own data
    where they are those, also where they were moved.

    Args:
        run: the Run or Published.
        name: of the data.
    """
    if _is_own(run, name):
        return run.data
    if names_a_place(name) and names_a_place(_own(run)) and not is_there(_own(run)):
        with contextlib.suppress(ZooError):  # what cannot be cut as they were, are others
            return run.data_at(name)
    try:
        fitted = {"image_shape": run.spec.image.shape, "like": run.spec}
    except ZooError:  # no images: data are taken as they are
        fitted = {"like": run.spec}
    # As the recipe was written: reading it whole would import its model, and Keras.
    asked = with_tuples(run.document["recipe"].get("data_args", {}))
    kept = {key: value for key, value in asked.items() if key not in ("fold", "layout", "train_examples")}
    return load_data(name, **{**kept, **fitted})


def _is_own(run, name: str) -> bool:
    return Path(full_name(name)).resolve() == Path(full_name(_own(run))).resolve()


def _own(run) -> str:
    return run.document["recipe"]["data"]


def evaluate(name, *, data: str | None = None, split: str = "test", export=None) -> dict:
    """Measures a trained system.

    Args:
        name: a run, a published model, the path of one, or the name of a system (its newest run here, or published).
        data: name or folder of other data; None takes the run's own.
        split: "train", "validation" or "test".
        export: None, or a `Predictor` of it that answers in the Keras model's place; see `zoo865.exporting.measured`.

    Returns:
        {"run", "model", "engine", "data", "split", "examples", "measures": {...}, "protocol"}. model says which of a
        name it is; engine is that of the export, or "keras"; split is "all" for another folder without parts, which is
        measured whole, but for "left_out", how many of its examples the run has learned from (None where an older
        run on a folder does not know); protocol says how measures come about, where there is more to say.
        Where a published model's own test is measured, "card": what its card says.

    Raises:
        ZooError: no such run or data, or data of other classes than the run was trained on.
    """
    run = find_trained(name)
    if split not in ("train", "validation", "test"):
        raise ZooError(f"unknown split {split!r}", "choose train, validation or test")
    data = data or _own(run)
    measured = fitted_data(run, data)
    own = "data" in vars(run) and measured is run.data
    if not run.spec.reads_as(measured.spec):
        raise ZooError(
            f"{measured.name} has other inputs than {run.path} was trained on", "choose data of the same kind"
        )
    if measured.spec.class_names != run.spec.class_names and not run.recipe.task.open_set:
        given, known = (
            "; ".join(", ".join(label.names) for label in spec.labels.values()) or "none"
            for spec in (measured.spec, run.spec)
        )
        raise ZooError(f"{measured.name} has the classes {given}; {run.path} was trained on {known}")
    # Prepared as the model was taught, by its own vocabulary; classes differ in an open set alone.
    measured = dataclasses.replace(measured, spec=dataclasses.replace(measured.spec, inputs=run.spec.inputs))
    examples, said = split, {}
    if not len(measured.split(split)):
        raise ZooError(f"{measured.name} has no {split} examples", "choose another --split")
    if not own and measured.files and not len(measured.train) + len(measured.validation):
        split = "all"  # a folder that nobody cut: what the model has not learned from is new to it
        measured, left_out = without_learned(run, measured)
        said = {"left_out": left_out}
    if own and split == "test" and isinstance(run, Published):
        said = {"card": {name: found["value"] for name, found in run.card["metrics"].items()}}
    task, model, engine = (export.task, export, export.engine) if export else (run.recipe.task, run.model, "keras")
    return {
        "run": str(run.path),
        "model": run.origin,
        "engine": engine,
        "data": measured.name,
        "split": split,
        "examples": len(measured.split(examples)),
        "measures": task.measure(model, measured, examples),
        "protocol": task.protocol(model, measured),
        **said,
    }
