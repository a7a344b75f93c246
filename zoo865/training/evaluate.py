"""Measuring a trained system once more."""

from zoo865.data.load import load_data
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
    measured = load_data(data, **arguments) if data else run.data
    if measured.spec.class_names != run.spec.class_names:
        given, known = ", ".join(measured.spec.class_names), ", ".join(run.spec.class_names)
        raise ZooError(f"{measured.name} has the classes {given}; {run.path} was trained on {known}")
    return {
        "run": str(run.path),
        "data": measured.name,
        "split": split,
        "examples": len(measured.split(split)),
        "measures": run.recipe.task.measure(run.model, measured, split),
    }
