"""Finds the export behind a name."""

from pathlib import Path

from zoo865.errors import ZooError
from zoo865.files import named_in_utf8, read_json
from zoo865.training.published import Published, find_trained
from zoo865.training.run import Run


def find_export(source) -> Path:
    """The export behind a path, a run, the name of a system with a run here, or of a published model.

    Args:
        source: a Run or a Published, a path (of a run, of an export), or a name.

    Raises:
        ZooError: there is none, it was not written by zoo865, or its path is not valid UTF-8.
    """
    given = Path(source.path if isinstance(source, Run | Published) else source)
    path = given if _is_export(given) else _of_the_run(given)
    if not _is_export(path):
        raise ZooError(f"no export in {path}", f"create it with zoo865 export {given}")
    if not details_path(path).is_file():
        raise ZooError(f"{path} was not exported by zoo865", "run it with its own runtime")
    return named_in_utf8(path)


def origin_of(export: Path) -> str:
    """The origin of an export: "run PATH", "published NAME/VERSION", or, if it is on its own, "export PATH"."""
    if published := Published.at(export):
        return published.origin
    parents = export.absolute().parents
    of_a_run = len(parents) > 2 and (parents[2] / "settings.json").is_file() and parents[1].name == "export"
    return Run(export.parents[2] if len(export.parents) > 2 else parents[2]).origin if of_a_run else f"export {export}"


def details_path(export: Path) -> Path:
    """Where an export keeps its metadata: in assets.extra, which TensorFlow Serving ignores; next to the ONNX files in
    exports of earlier versions that have only those.
    """
    return export / ("zoo865.json" if (export / "zoo865.json").is_file() else "assets.extra/zoo865.json")


def class_names_path(export: Path) -> Path:
    """Where an export lists its class names, a line each: an asset of the SavedModel."""
    return export / "assets" / "class_names.txt"


def read_details(export) -> dict:
    """The metadata of an export: name, task, specification, signatures, largest difference found."""
    return read_json(details_path(Path(export)))


def _is_export(path: Path) -> bool:
    return (path / "saved_model.pb").is_file() or any(path.glob("*.onnx"))


def _of_the_run(path: Path) -> Path:
    """Where the export of a run, of a system, or of a published model is or would be."""
    try:
        return find_trained(path).export_path
    except ZooError as error:
        if not path.exists():
            raise
        raise ZooError(f"{path} is neither an export nor a run", "check the path") from error
