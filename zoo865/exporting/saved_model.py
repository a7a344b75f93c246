"""`export`: a SavedModel that TensorFlow alone can serve, checked in a fresh process before it is there."""

import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import zoo865
from zoo865.data.spec import Spec
from zoo865.errors import ZooError
from zoo865.files import atomic, write_json, write_text
from zoo865.tasks.task import Task
from zoo865.training.run import Run

DETAILS = Path("assets.extra") / "zoo865.json"  # TensorFlow's own place for what servers shall leave alone
LARGEST_DIFFERENCE = 1e-4


def export(source, path=None, *, task: Task | None = None, spec: Spec | None = None) -> Path:
    """Writes a model as a SavedModel with the signatures of its task, preprocessing inside.

    After writing, a fresh process with TensorFlow alone loads it, looks for ops that have no place in a serving graph
    (random numbers, assignments), and runs every signature on real inputs; its results must be the model's.

    Args:
        source: a Run, the path of one, the name of a system (its newest run), or a Keras model.
        path: the directory to write, new; None writes RUN/export/NAME/1.
        task, spec: for a Keras model only: what it is for, and what its data are.

    Returns:
        The directory. DIRECTORY/assets.extra/zoo865.json holds what it is, and the largest difference found.

    Raises:
        ZooError: nothing to export, the place is taken or unwritable, or the check failed. Then nothing is left.
    """
    if isinstance(source, keras.Model):
        if task is None or spec is None or path is None:
            raise ZooError("a bare model does not say what it is for", "export(model, path, task=..., spec=...)")
        model, name = source, source.name
        examples = {n: _noise((8, *shape), dtype) for n, (shape, dtype) in spec.inputs.items()}
    else:
        run = source if isinstance(source, Run) else Run.find(source)
        model, task, spec, name = run.model, run.recipe.task, run.spec, run.recipe.name
        examples = run.data.validation.take(np.arange(min(8, len(run.data.validation))))
        path = path or run.export_path
    path = Path(path)
    if path.exists():
        raise ZooError(f"{path} is already there", "remove it, or export to another path (TensorFlow Serving: NAME/2)")
    signatures = task.signatures(model, spec, examples)
    with atomic(path) as temporary:
        try:
            _write(model, signatures, spec, temporary)
        except tf.errors.OpError as error:
            raise ZooError(f"cannot write {path}: {error.message}", "free some space, choose another place") from error
        difference = check(temporary, signatures)
        details = _details(name, task, spec, signatures, difference)
        write_json(temporary / DETAILS, details)
    return path


def check(path, signatures) -> float:
    """Loads an export in a fresh process and compares it with the functions it was made from.

    Returns:
        The largest absolute difference over all signatures and their float outputs.

    Raises:
        ZooError: it does not load, holds ops without a place in serving, or its results differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, signature in signatures.items():
            np.savez(f"{folder}/{name}.in.npz", **signature.sample)
        script = Path(__file__).with_name("load_alone.py")
        command = [sys.executable, str(script), str(path), folder]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().split("\n") or [""])[-1]
            raise ZooError(f"the export failed its check in a fresh process: {reason}")
        return max(_compare(name, signature, f"{folder}/{name}.out.npz") for name, signature in signatures.items())


def _write(model, signatures, spec, path):
    archive = keras.export.ExportArchive()
    archive.track(model)
    for name, signature in signatures.items():
        inputs = [
            keras.layers.InputSpec(dtype=dtype, shape=shape, name=input_name)
            for input_name, (shape, dtype) in signature.inputs.items()
        ]
        archive.add_endpoint(name, signature.function, inputs)
    archive.write_out(str(path), verbose=False)
    if spec.class_names:
        write_text(path / "assets" / "class_names.txt", "".join(f"{name}\n" for name in spec.class_names))


def _compare(name: str, signature, file) -> float:
    here = signature.function(*(tf.constant(signature.sample[input_name]) for input_name in signature.inputs))
    worst = 0.0
    with np.load(file) as there:
        for output, value in here.items():
            value = keras.ops.convert_to_numpy(value)
            if not np.isfinite(value).all():
                raise ZooError(f"{output} of signature {name!r} is NaN or infinite on real inputs", "train again")
            if np.issubdtype(value.dtype, np.floating):
                worst = max(worst, float(np.abs(value - there[output]).max()))
            elif not np.array_equal(value, there[output]):
                raise ZooError(f"{output} of signature {name!r} is another one after export than before")
    if not worst <= LARGEST_DIFFERENCE:
        raise ZooError(f"signature {name!r} differs by {worst:.2g} after export", f"allowed: {LARGEST_DIFFERENCE}")
    return worst


def _details(name, task, spec, signatures, difference) -> dict:
    return {
        "name": name,
        "zoo865": zoo865.__version__,
        "task": type(task).__name__,
        "module": type(task).__module__,
        "asks": task.asks,
        "spec": spec.to_json(),
        "signatures": {
            signature_name: {
                input_name: {"shape": list(shape), "dtype": dtype}
                for input_name, (shape, dtype) in signature.inputs.items()
            }
            for signature_name, signature in signatures.items()
        },
        "largest_difference": difference,
    }


def _noise(shape, dtype):
    random = np.random.default_rng(0)
    return random.integers(0, 256, shape).astype(dtype)
