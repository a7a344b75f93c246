"""Measuring a trained system once more."""

import dataclasses
from pathlib import Path

import numpy as np

from zoo865.data.load import load_data
from zoo865.data.spec import Arrays
from zoo865.errors import ZooError
from zoo865.training.run import Run


def evaluate(name, *, data: str | None = None, split: str = "test") -> dict:
    """Measures a run's best weights.

    Args:
        name: a Run, the path of one, or the name of a system (its newest run).
        data: name or folder of other data; None takes the run's own.
        split: "train", "validation" or "test".

    Returns:
        {"run", "data", "split", "examples", "measures": {...}}.

    Raises:
        ZooError: no such run or data, or data of other classes than the run was trained on.
    """
    run = name if isinstance(name, Run) else Run.find(name)
    if split not in ("train", "validation", "test"):
        raise ZooError(f"unknown split {split!r}", "train, validation or test")
    # Other data are fitted to what the model was trained on, whatever its recipe asks for.
    arguments = {**run.recipe.data_args, "image_shape": run.spec.image_shape}
    own = not data or Path(data).resolve() == Path(run.settings["data"]["name"]).resolve()
    measured = run.data if own else load_data(data, **arguments)
    if measured.spec.class_names != run.spec.class_names:
        given, known = ", ".join(measured.spec.class_names), ", ".join(run.spec.class_names)
        raise ZooError(f"{measured.name} has the classes {given}; {run.path} was trained on {known}")
    if not own and run.spec.ink and "path" in measured.test.take(np.arange(1)):
        split, measured = _as_asked(run, measured, split)
    return {
        "run": str(run.path),
        "data": measured.name,
        "split": split,
        "examples": len(measured.test if split == "all" else measured.split(split)),
        "measures": run.recipe.task.measure(run.model, measured, "test" if split == "all" else split),
    }


def _as_asked(run: Run, data, split: str):
    """A folder of drawings, each read as when the model is asked about it: turned to its ink, cut out, centred.

    A folder without test/ is measured whole: its pictures are all new to the model.
    """
    whole = split == "test" and not (Path(data.name) / "test").is_dir()
    parts = [data.split(name) for name in (("train", "validation", "test") if whole else (split,))]
    examples = [part.take(np.arange(len(part))) for part in parts]
    paths = np.concatenate([part["path"] for part in examples])
    images = np.stack([run.recipe.task.parse(path, run.spec)[0]["image"] for path in paths.tolist()])
    labels = np.concatenate([part["label"] for part in examples])
    name = "all" if whole else split
    read = Arrays(image=images, label=labels)
    return name, dataclasses.replace(data, train=read, validation=read, test=read)
