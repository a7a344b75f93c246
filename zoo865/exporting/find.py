"""Where the export behind a name is."""

from pathlib import Path

from zoo865.errors import ZooError
from zoo865.training.run import Run

PUBLISHED = Path(__file__).parents[2] / "saved_models"  # in a checkout; an installed package has none


def find_export(source) -> Path:
    """The SavedModel directory behind a path, a run, the name of a system with a run here, or of a published model.

    Raises:
        ZooError: there is none, or it was not written by zoo865.
    """
    path = Path(source.path if isinstance(source, Run) else source)
    published = sorted(PUBLISHED.glob(f"{path.name}/[0-9]*/saved_model.pb"), key=lambda file: int(file.parent.name))
    if not (path / "saved_model.pb").is_file():
        try:
            path = Run.find(path).export_path
        except ZooError:
            if path.exists() or not published:
                raise
            path = published[-1].parent
    if not (path / "saved_model.pb").is_file():
        raise ZooError(f"no SavedModel in {path}", "write it with zoo865 export RUN")
    if not (path / "assets.extra" / "zoo865.json").is_file():
        raise ZooError(f"{path} was not exported by zoo865", "serve it with TensorFlow directly")
    return path
