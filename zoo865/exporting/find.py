"""Where the export behind a name is."""

from pathlib import Path

from zoo865.errors import ZooError
from zoo865.files import read_json
from zoo865.training.published import find_trained
from zoo865.training.run import Run

FORMATS = {"saved_model": "SavedModel", "onnx": "ONNX files"}


def find_export(source, format: str = "saved_model") -> Path:
    """The export behind a path, a run, the name of a system with a run here, or of a published model.

    Args:
        source: a Run, a path (of a run, of an export in this or another format), or a name.
        format: "saved_model" or "onnx".

    Raises:
        ZooError: there is none, or it was not written by zoo865.
    """
    given = Path(source.path if isinstance(source, Run) else source)
    path = given if _holds(given, format) else place_of(_saved_model_of(given, format), format)
    if not _holds(path, format):
        command = f"zoo865 export {given}" + (f" --format {format}" if format != "saved_model" else "")
        raise ZooError(f"no {FORMATS[format]} in {path}", f"write with {command}")
    if not details_path(path).is_file():
        raise ZooError(f"{path} was not exported by zoo865", "ask it with its own runtime")
    return path


def place_of(saved_model: Path, format: str) -> Path:
    """Where an export in a format stands beside a SavedModel: TensorFlow Serving reads numbered directories alone."""
    return saved_model if format == "saved_model" else saved_model.with_name(f"{format}-{saved_model.name}")


def details_path(export: Path) -> Path:
    """Where an export says what it is; in a SavedModel at TensorFlow's own place for what servers shall leave alone."""
    return export / ("assets.extra/zoo865.json" if _holds(export, "saved_model") else "zoo865.json")


def class_names_path(export: Path) -> Path:
    """Where an export lists its class names, a line each; in a SavedModel it is an asset."""
    return export / ("assets/class_names.txt" if _holds(export, "saved_model") else "class_names.txt")


def read_details(export) -> dict:
    """What an export says of itself: name, task, specification, signatures, largest difference found."""
    return read_json(details_path(Path(export)))


def _holds(path: Path, format: str) -> bool:
    return (path / "saved_model.pb").is_file() if format == "saved_model" else any(path.glob("*.onnx"))


def _saved_model_of(path: Path, format: str) -> Path:
    """Where the SavedModel of a run, of a system, or of a published model is or would be."""
    if _holds(path, "saved_model"):
        return path
    try:
        return find_trained(path).export_path
    except ZooError as error:
        if not path.exists():
            raise
        raise ZooError(f"no {FORMATS[format]} in {path}, and it is no run", "check the path") from error
