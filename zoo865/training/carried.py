"""What an export needs of the data: carried by a run, so that a model can be exported where its data are gone."""

from typing import Any

import numpy as np

from zoo865.files import atomic

FILE = "for_export.npz"
EXAMPLES = 8


def carry(run):
    """Writes a few examples of a run, and what its task calibrates, into the run.

    Args:
        run: with its model and data at hand.
    """
    some = _some(run)
    examples = {name: some[name] for name in (*run.spec.inputs, *run.spec.targets) if name in some}
    for name, array in examples.items():
        if array.dtype == object and isinstance(array[0], str):
            examples[name] = array.astype(str)
        elif array.dtype == object and name in run.spec.inputs:  # of several lengths
            examples[name] = run.spec.inputs[name].stack(array)
    if not examples or any(array.dtype == object for array in examples.values()):
        return  # episodes: no arrays of NumPy's files
    calibration = run.recipe.task.calibrate(run.model, run.data)
    arrays = {f"distance/{name}": value for name, value in (vars(calibration) if calibration else {}).items()}
    arrays |= {f"examples/{name}": array for name, array in examples.items()}
    with atomic(run.path / FILE) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)


def carried(run) -> tuple[dict[str, np.ndarray], Any]:
    """Some raw validation examples, and what the task calibrated: of the run, or else of its data.

    Args:
        run: a Run or a Published.
    """
    if not (run.path / FILE).is_file():
        return _some(run), run.recipe.task.calibrate(run.model, run.data)
    groups = {"distance": {}, "examples": {}}
    with np.load(run.path / FILE) as arrays:
        for path, array in arrays.items():
            group, _, name = path.partition("/")
            groups[group][name] = array if array.ndim else array.item()
    return groups["examples"], run.recipe.task.calibration(**groups["distance"]) if groups["distance"] else None


def _some(run) -> dict[str, np.ndarray]:
    return run.data.validation.take(np.arange(min(EXAMPLES, len(run.data.validation))))
