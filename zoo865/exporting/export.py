"""`export`: a trained model in a form that others can run, checked against the model before it is there."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import zoo865
from zoo865.data.spec import Spec
from zoo865.errors import ZooError
from zoo865.exporting.check import check
from zoo865.exporting.export_subprocess import write_by_tensorflow
from zoo865.exporting.find import class_names_path, details_path
from zoo865.exporting.onnx_engine import onnx_files
from zoo865.exporting.saved_model import write
from zoo865.files import atomic, write_json, write_text
from zoo865.registry import name_of
from zoo865.tasks.task import Signature, Task
from zoo865.training.published import find_trained


def export(source, path=None, *, onnx: bool = True, task: Task | None = None, spec: Spec | None = None) -> Path:
    """Writes a model with the signatures of its task, preprocessing inside: a SavedModel, and in its folder onnx/ a
    file of each signature that converts.

    What was written is loaded again at once and run on real inputs; its results must be the model's. The SavedModel is
    loaded in a fresh process with TensorFlow alone, and its graphs may hold no op that has no place in serving (random
    numbers, assignments). ONNX files are loaded in ONNX Runtime, and also asked at batch 1.

    Args:
        source: a Run or a published model, the path of one, the name of a system (its newest run here, else as
            published), or a Keras model.
        path: the directory to write, new; None writes RUN/export/NAME/1.
        onnx: whether to write ONNX files.
        task, spec: for a Keras model only: what it is for, and what its data are.

    Returns:
        The directory. Its assets.extra/zoo865.json holds what it is, the largest difference found, the SHA-256 of each
        signature's ONNX file, and why a signature has none.

    Raises:
        ZooError: nothing to export, the place is taken or unwritable, or the check failed. Then nothing is left.
    """
    if isinstance(source, keras.Model):
        if task is None or spec is None or path is None:
            raise ZooError("a bare model does not say what it is for", "export(model, path, task=..., spec=...)")
        if keras.backend.backend() != "tensorflow":
            raise ZooError("a bare model is exported where Keras runs on TensorFlow", "set KERAS_BACKEND=tensorflow")
        name = source.name
        examples = {name: noise_like(feature.blank(8)) for name, feature in spec.inputs.items()}
        signatures = task.signatures(source, spec, examples)
    else:
        run = find_trained(source)
        task, spec, name = run.recipe.task, run.spec, run.recipe.name
        signatures = signatures_of(run)
        path = path or run.export_path
    path = Path(path)
    if path.exists():
        raise ZooError(f"{path} is already there", "export to another path (TensorFlow Serving: NAME/2)")
    with atomic(path) as temporary:
        try:
            if keras.backend.backend() == "tensorflow":
                write(signatures, temporary)
            else:
                write_by_tensorflow(run.path, temporary)
        except tf.errors.OpError as error:
            raise ZooError(f"cannot write {path}: {error.message}", "free some space, choose another place") from error
        worst, not_in_onnx = check(temporary, signatures, onnx=onnx)
        if spec.class_names:
            write_text(class_names_path(temporary), "".join(f"{name}\n" for name in spec.class_names))
        about = _details(name, task, spec, signatures) | {"largest_difference": worst}
        files = onnx_files(temporary)
        about |= {"onnx": {name: files[name] for name in signatures if name in files}, "not_in_onnx": not_in_onnx}
        write_json(details_path(temporary), about)
    return path


def signatures_of(run) -> dict[str, Signature]:
    """What a run's model answers, with examples of its validation data."""
    examples = run.data.validation.take(np.arange(min(8, len(run.data.validation))))
    return run.recipe.task.signatures(run.model, run.spec, examples)


def noise_like(array: np.ndarray) -> np.ndarray:
    """Numbers in place of real inputs, always the same, of an array's shape and dtype: floats around 0, bytes of any
    value; what else there is stays as it is.
    """
    random = np.random.default_rng(0)
    if array.dtype.kind == "f":
        return random.standard_normal(array.shape).astype(array.dtype)
    return random.integers(0, 256, array.shape).astype("uint8") if array.dtype == np.uint8 else array


def _details(name, task, spec, signatures) -> dict:
    return {
        "name": name,
        "zoo865": zoo865.__version__,
        "task": {"kind": _name_of(task), **dataclasses.asdict(task)},
        "default_signature": next(iter(signatures)),
        "prepares_ink": True,  # exports that do not say so leave inverting and framing to who asks them
        "spec": spec.to_json(),
        "signatures": {
            signature_name: {
                input_name: {"shape": list(shape), "dtype": dtype}
                for input_name, (shape, dtype) in signature.inputs.items()
            }
            for signature_name, signature in signatures.items()
        },
    }


def _name_of(task: Task) -> str:
    """The name of a task of the zoo, FILE.py:NAME of a user's own: a file's name, no path of this machine."""
    module, _, name = name_of("task", type(task)).rpartition(":")
    return f"{Path(module).name}:{name}" if module else name
