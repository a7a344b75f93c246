"""A run: the directory that training leaves, which a person can open and a program can read again."""

import contextlib
import csv
import functools
import io
import itertools
import os
import time
from pathlib import Path

from zoo865.data.load import full_name, is_there, names_a_place
from zoo865.data.spec import Data, Spec
from zoo865.errors import ZooError, nearest
from zoo865.files import named_in_utf8, read_json, split_name, unwritable, write_json, write_text
from zoo865.old_names import measures_renamed
from zoo865.recipe import Recipe
from zoo865.registry import name_of

RUNS = Path("runs")
CAME_TO_NOTHING = "diverged"  # begins the reason of a stop after which resuming would fail again


class Run:
    """A training run on disk.

    Args:
        path: the directory of a run.

    Attributes:
        path: the directory.

    Example:
        >>> run = zoo865.Run("runs/digits")
        >>> run.recipe.name, [row["phase"] for row in run.history], run.report_path.is_file()
        ('mnist_cnn', ['train', 'train'], True)
        >>> run.model.output_shape, len(run.data.test), run.spec.image.shape
        ((None, 10), 200, (28, 28, 1))
    """

    def __init__(self, path: str | os.PathLike) -> None:
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
    def find(cls, name: str | os.PathLike) -> "Run":
        """The run behind a path (of the run, or of its export), or the newest ended one of a system under runs/.

        Args:
            name: a path, or the name of a system.

        Returns:
            The run.

        Raises:
            ZooError: there is none; the nearest names are offered.

        Example:
            >>> zoo865.Run.find("runs/digits/export/mnist_cnn/1").recipe.name
            'mnist_cnn'
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
            runs = [str(settings.parent) for at in ("*", "*-*/*") for settings in RUNS.glob(f"{at}/settings.json")]
            known = runs if Path(name).name != str(name) else newest  # a path, or a system
            raise ZooError(f"no run {str(name)!r} here or under {RUNS}/", nearest(str(name), known))
        return cls(newest[str(name)])

    @functools.cached_property
    def settings(self) -> dict:
        """settings.json: recipe, specification of the data, seed, command, versions, hardware."""
        settings = read_json(self.path / "settings.json")
        if not {"recipe", "spec", "data", "seed"} <= settings.keys():
            raise ZooError(f"{self.path / 'settings.json'} is not from a zoo865 run", "choose another directory")
        return settings

    @property
    def origin(self) -> str:
        """What it is and which, as commands say whose answers they print: a name may mean a run or a published one."""
        return f"run {self.path}"

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
            ZooError: they are gone, or the folder holds other pictures now; cut anew, what was trained on would be
                tested on.
        """
        place = self.settings["recipe"]["data"]
        if names_a_place(place) and not is_there(place):
            raise ZooError(f"the data of {self.path} are no longer at {place}", "if they were moved: --data FOLDER")
        if wrong := self._differ(data := self._loaded(self.recipe)):
            said = f"{place} has changed since {self.path} was trained on it: {wrong}"
            raise ZooError(said, "train again")
        return data

    def data_at(self, place: str) -> Data:
        """The data it was trained on, from a place to which they were moved; found there from now on.

        Args:
            place: a folder or an archive.

        Returns:
            The data.

        Raises:
            ZooError: that holds others.

        Example:
            >>> run = zoo865.train(tiny.override({"data": "photos"}), run_dir="runs/moved")
            >>> import shutil
            >>> len(run.data_at(shutil.copytree("photos", "elsewhere")).test)
            5
        """
        before, place = self.settings["recipe"]["data"], full_name(place)
        if wrong := self._differ(data := self._loaded(self.recipe.override({"data": place}))):
            raise ZooError(
                f"{place} is not the data that {self.path} was trained on: {wrong}", f"they were at {before}"
            )
        settings = {**self.settings, "recipe": {**self.settings["recipe"], "data": place}}
        write_json(self.path / "settings.json", settings)
        self.__dict__.pop("recipe", None)
        self.settings, self.data = settings, data
        return data

    def _loaded(self, recipe):
        from zoo865.training.build import load

        return load(recipe)

    def _differ(self, data) -> str:
        """In what data differ from those that the run was trained on; "" where they do not."""
        then = self.settings["data"]
        same_files, same_contents = data.files == then["files"], data.contents == then.get("contents", data.contents)
        if same_files and same_contents:
            return ""
        before, now = sum(then["splits"].values()), sum(len(data.split(part)) for part in then["splits"])
        if now != before:
            return f"{now:,} examples instead of {before:,}"
        if same_files:
            return "the file names are the same, the contents are not"
        if same_contents and then.get("contents"):
            return "the same files, but this version finds other near-duplicates and splits them differently"
        return f"{now:,} examples as before, but with other names or contents"

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
            raise ZooError(
                f"run {self.path} has no measures", "it has not finished its first epoch, or is still running"
            )
        return measures_renamed(read_json(self.path / "metrics.json"))

    @property
    def history(self) -> list[dict]:
        """history.csv: a row an epoch; numbers as floats."""
        with open(self.path / "history.csv", encoding="utf-8", newline="") as file:
            return [
                measures_renamed(
                    {n: value if n == "phase" else float(value) for n, value in row.items() if value != ""}
                )
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

    @property
    def early_ends(self) -> list[str]:
        """Why phases ended before their last epoch, as they were meant to, a sentence each."""
        history, found = self.history, []
        for phase in self.recipe.phases:
            done = sum(row["phase"] == phase.name for row in history)
            why = phase.why_over(history, *self.recipe.task.monitor)
            if why and done < phase.epochs:
                found.append(f"phase {phase.name} ended after {done} of {phase.epochs} epochs: {why}")
        return found

    @property
    def is_over(self) -> bool:
        """Whether every phase has come to its end, by all its epochs or before."""
        history, broken_off = self.history, (self.path / "checkpoints" / "partial.npz").exists()
        return not broken_off and all(
            sum(row["phase"] == phase.name for row in history) >= phase.epochs
            or phase.why_over(history, *self.recipe.task.monitor)
            for phase in self.recipe.phases
        )

    @property
    def remedy(self) -> str:
        """What to do about a run that stopped early."""
        if self.metrics["stopped"].startswith((CAME_TO_NOTHING, "came to nothing")):  # the latter by an earlier version
            return "train again with a lower learning rate or another --seed"
        return f"zoo865 train --resume {self.path}"

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
        ZooError: the directory is not empty, cannot be made, or its path is no UTF-8.
    """
    stamped = RUNS / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}{suffix}"
    try:
        if path is None:
            return _first_free(stamped)
        path = named_in_utf8(path)
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise ZooError(f"run directory {path} is not empty", "choose a new one")
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
    numbered = (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))
    while True:
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path
        path = next(numbered)
