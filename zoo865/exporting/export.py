"""`export`: a trained model as SavedModel and ONNX, checked against the model before it is put in place."""

import dataclasses
import os
from pathlib import Path

import keras
import tensorflow as tf

import zoo865
from zoo865.data.spec import Spec
from zoo865.errors import ZooError
from zoo865.exporting.check import check
from zoo865.exporting.export_subprocess import write_by_tensorflow
from zoo865.exporting.find import class_names_path, details_path
from zoo865.exporting.fold import folded
from zoo865.exporting.noise import noise_like
from zoo865.exporting.onnx_engine import onnx_files
from zoo865.exporting.saved_model import write
from zoo865.files import atomic, named_in_utf8, write_json, write_text
from zoo865.registry import name_of
from zoo865.tasks.task import Signature, Task
from zoo865.training.carried import carried
from zoo865.training.published import Published, find_trained
from zoo865.training.run import Run


def export(
    source: Run | Published | keras.Model | str | os.PathLike,
    path: str | os.PathLike | None = None,
    *,
    onnx: bool = True,
    task: Task | None = None,
    spec: Spec | None = None,
) -> Path:
    """Writes a model with the signatures of its task, preprocessing inside: a SavedModel, and in its folder onnx/ a
    file of each signature that converts.

    What was written is loaded again at once and run on real inputs; its results must be the model's. The SavedModel is
    loaded in a fresh process with TensorFlow alone, and its graphs may hold no op that has no place in serving (random
    numbers, assignments). ONNX files are loaded in ONNX Runtime, and also run at batch 1.

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
        ZooError: there is nothing to export, the path exists or cannot be written, or the check failed; nothing is
            left behind.

    Example:
        >>> zoo865.export(run, "served/mnist_cnn/1", onnx=False).joinpath("saved_model.pb").is_file()
        True
    """
    if isinstance(source, keras.Model):
        if task is None or spec is None or path is None:
            raise ZooError("a Keras model needs a path, a task and a spec", "export(model, path, task=..., spec=...)")
        if keras.backend.backend() != "tensorflow":
            raise ZooError("exporting a Keras model needs the TensorFlow backend", "set KERAS_BACKEND=tensorflow")
        name = source.name
        examples = {name: noise_like(feature.blank(8)) for name, feature in spec.inputs.items()}
        model, calibration = source, None
    else:
        run = find_trained(source)
        task, spec, name, model = run.recipe.task, run.spec, run.recipe.name, run.model
        path = path or run.export_path
    path = named_in_utf8(path)
    if path.exists():
        raise ZooError(f"{path} already exists", "export to another path (TensorFlow Serving: NAME/2)")
    if model is not source:
        examples, calibration = carried(run)
    signatures = signatures_of(task, model, spec, examples, calibration)
    with atomic(path) as temporary:
        try:
            if keras.backend.backend() == "tensorflow":
                write(signatures_of(task, folded(model), spec, examples, calibration), temporary)
            else:
                write_by_tensorflow(run.path, temporary)
        except tf.errors.OpError as error:
            raise ZooError(
                f"cannot write {path}: {error.message}", "free some disk space or choose another path"
            ) from error
        worst, not_in_onnx = check(temporary, signatures, onnx=onnx)
        if spec.class_names:
            write_text(class_names_path(temporary), "".join(f"{name}\n" for name in spec.class_names))
        about = _details(name, task, spec, signatures) | {"largest_difference": worst}
        about |= {calibration.name: calibration.about()} if calibration else {}
        files = onnx_files(temporary)
        about |= {"onnx": {name: files[name] for name in signatures if name in files}, "not_in_onnx": not_in_onnx}
        write_json(details_path(temporary), about)
    return path


def signatures_of(task, model, spec, examples, calibration) -> dict[str, Signature]:
    """What a model answers in an export, given what its task calibrated."""
    model.calibration = calibration
    return task.signatures(model, spec, examples)


def _details(name, task, spec, signatures) -> dict:
    return {
        "name": name,
        "zoo865": zoo865.__version__,
        "task": {"kind": _name_of(task), **dataclasses.asdict(task)},
        "default_signature": next(iter(signatures)),
        "prepares_ink": True,  # exports that do not say so leave inverting and framing to who asks them
        "spec": spec.to_json(),
        "compile": [signature_name for signature_name, signature in signatures.items() if signature.compile],
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
