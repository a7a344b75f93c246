"""A run: the directory that training leaves, which a person can open and a program can read again."""

import contextlib
import csv
import functools
import io
import itertools
import time
from pathlib import Path

from zoo865.data.spec import Spec
from zoo865.errors import ZooError, nearest
from zoo865.files import read_json, split_name, unwritable, write_json, write_text
from zoo865.recipe import Recipe
from zoo865.registry import name_of

RUNS = Path("runs")


class Run:
    """A training run on disk.

    Attributes:
        path: the directory.
    """

    def __init__(self, path):
        self.path = Path(path)

    def __repr__(self):
        return f"Run({str(self.path)!r})"

    @classmethod
    def create(cls, path, name: str, settings: dict) -> "Run":
        """Makes a new run directory that holds its settings.

        Args:
            path: the directory; see `new_directory`.
            name: of the system.
            settings: what settings.json shall hold.
        """
        path = new_directory(path, name)
        try:
            write_json(path / "settings.json", settings)
        except ZooError:
            remove_if_empty(path)
            raise
        return cls(path)

    @classmethod
    def find(cls, name) -> "Run":
        """The run behind a path (of the run, or of its export), or the newest ended one of a system under runs/.

        Raises:
            ZooError: there is none; the nearest names are offered.
        """
        path = Path(name)
        for place in (path, *path.absolute().parents[:3]) if path.exists() else ():
            if (place / "settings.json").is_file():
                return cls(place)
        newest = {}
        ended = [*RUNS.glob("*/metrics.json"), *RUNS.glob("*-seeds/*/metrics.json")]
        for metrics in sorted(ended, key=lambda metrics: metrics.stat().st_mtime):
            with contextlib.suppress(ZooError):  # another program's, or damaged
                newest[cls(metrics.parent).settings["recipe"]["name"]] = metrics.parent
        if str(name) not in newest:
            raise ZooError(f"no run {str(name)!r} here, nor under {RUNS}/", nearest(str(name), newest))
        return cls(newest[str(name)])

    @functools.cached_property
    def settings(self) -> dict:
        """settings.json: recipe, specification of the data, seed, command, versions, hardware."""
        settings = read_json(self.path / "settings.json")
        if not {"recipe", "spec", "data", "seed"} <= settings.keys():
            raise ZooError(f"{self.path / 'settings.json'} is not of a run of zoo865", "name another directory")
        return settings

    @property
    def document(self) -> dict:
        """Its settings: what a published model has on its card."""
        return self.settings

    @functools.cached_property
    def recipe(self) -> Recipe:
        """The recipe as it was run."""
        try:
            return Recipe.from_json(self.settings["recipe"])
        except (KeyError, TypeError) as error:
            raise ZooError(f"{self.path} was written by another version of zoo865: {error}", "train again") from error

    @functools.cached_property
    def spec(self) -> Spec:
        """The specification of the data it was trained on."""
        return Spec.from_json(self.settings["spec"])

    @functools.cached_property
    def data(self):
        """The data it was trained on, loaded again.

        Raises:
            ZooError: the folder holds other pictures now; cut anew, what was trained on would be tested on.
        """
        from zoo865.training.build import load

        data = load(self.recipe)
        if data.files != self.settings["data"]["files"]:
            raise ZooError(f"{data.name} holds other pictures than when {self.path} was trained on it", "train again")
        return data

    @functools.cached_property
    def model(self):
        """The Keras model with the best weights."""
        from zoo865.training import checkpoint
        from zoo865.training.build import build_model

        model = build_model(self.recipe, self.spec, trained=True)
        source, arrays, _ = checkpoint.read_best(self.path / "checkpoints", self.recipe.task.monitor[1])
        checkpoint.restore_model(model, arrays, source)
        return model

    @property
    def usage(self) -> str:
        """The command by which a person asks it: with a file for each input, and the file of a user's own task."""
        files = " ".join(["FILE"] * len(self.spec.inputs))
        command = self.recipe.task.usage.replace("RUN", str(self.path)).replace("FILE", files)
        file, _ = split_name(name_of("task", type(self.recipe.task)))
        of_the_run = command.startswith("play ")  # others ask the export, which imports no file that is not named
        return f"{command} --task {file}" if file and not of_the_run else command

    @property
    def metrics(self) -> dict:
        """metrics.json: {"test": {...}, "validation": {...}, "train_seconds": ..., "finished": ...}."""
        if not (self.path / "metrics.json").is_file():
            raise ZooError(f"run {self.path} has no measures", "it has not ended, or ended before its first epoch did")
        return read_json(self.path / "metrics.json")

    @property
    def history(self) -> list[dict]:
        """history.csv: a row an epoch; numbers as floats."""
        with open(self.path / "history.csv", encoding="utf-8", newline="") as file:
            return [
                {name: value if name == "phase" else float(value) for name, value in row.items() if value != ""}
                for row in csv.DictReader(file)
            ]

    @property
    def report_path(self) -> Path:
        """Where the report is written."""
        return self.path / "report.html"

    @property
    def export_path(self) -> Path:
        """Where the SavedModel is written, as TensorFlow Serving reads it: NAME/VERSION."""
        return self.path / "export" / self.settings["recipe"]["name"] / "1"

    def write_history(self, rows: list[dict]):
        """Writes history.csv, whole: small, and no half-written row ever."""
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_text(self.path / "history.csv", text.getvalue())

    def write_metrics(self, metrics: dict):
        """Writes metrics.json."""
        write_json(self.path / "metrics.json", metrics)


def new_directory(path, name: str, suffix: str = "") -> Path:
    """Makes a directory for a run.

    Args:
        path: where, new or empty; None makes runs/NAME-YYYYMMDD-HHMMSS, with a number behind it where another run took
            that name in the same second.
        name: of the system.
        suffix: what shall stand behind the time.

    Raises:
        ZooError: the directory is not empty, or cannot be made.
    """
    stamped = RUNS / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}{suffix}"
    try:
        if path is None:
            return _first_free(stamped)
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise ZooError(f"run directory {path} is not empty", "name a new one")
        return path
    except OSError as error:
        raise unwritable(path or RUNS, error) from error


def remove_if_empty(path: Path):
    """Takes a directory away again that `new_directory` made and nothing was written to."""
    with contextlib.suppress(OSError):
        path.rmdir()
        if path.parent == RUNS:
            RUNS.rmdir()


def _first_free(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        numbered = path if number == 1 else path.with_name(f"{path.name}-{number}")
        with contextlib.suppress(FileExistsError):
            numbered.mkdir()
            return numbered
