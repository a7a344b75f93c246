"""`label`: the pictures of a folder that have no label, least certain first; answers go into the folder or a CSV."""

import csv
import io
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from zoo865.data import pictures
from zoo865.data.features import Image
from zoo865.data.survey import survey
from zoo865.errors import ZooError
from zoo865.files import write_text
from zoo865.metrics.active_learning import UNLABELLED, density, least_certain
from zoo865.reporting.page import png, sized
from zoo865.reporting.photo_features import photo_features

PIXELS = 900  # of a picture's longer side
IMAGE = Image((224, 224, 3))


@dataclass
class Labelling:
    """The pictures of a folder, and what is known of each. May be asked by several threads.

    Args:
        folder: where they are.
        class_names: in the order of labels.
        names: of the pictures, within the folder; they change as pictures move into class folders.
        labels: (pictures,) int64, UNLABELLED where there is none.
        features: (pictures, features), by which it is told which are uncertain.
        densities: (pictures,) of `zoo865.metrics.active_learning.density`.
        csv_file: where answers go; None moves pictures into class folders.
    """

    folder: Path
    class_names: tuple[str, ...]
    names: list[str]
    labels: np.ndarray
    features: np.ndarray
    densities: np.ndarray
    csv_file: Path | None = None
    answered: list[tuple[int, str]] = field(default_factory=list)  # pictures, and where each was before
    skipped: set[int] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def next(self) -> dict:
        """The picture to label now, and how far things are: {"index", "name", "likely", "left", "counts"}; "index" is
        None where all are labelled or skipped.
        """
        with self.lock:
            order, likely = least_certain(self.features, self.labels, len(self.class_names), self.densities)
            open_ones = [(i, label) for i, label in zip(order, likely, strict=True) if i not in self.skipped]
            counts = {name: int((self.labels == label).sum()) for label, name in enumerate(self.class_names)}
            found = {"index": None, "left": len(open_ones), "counts": counts, "can_undo": bool(self.answered)}
            if open_ones:
                index, label = int(open_ones[0][0]), int(open_ones[0][1])
                likely = self.class_names[label] if label != UNLABELLED else ""
                found |= {"index": index, "name": self.names[index], "likely": likely}
            return found

    def answer(self, index: int, label: int):
        """Labels a picture: it is moved, or the CSV written anew.

        Raises:
            ZooError: no such picture or class, it has a label already, or it cannot be moved.
        """
        with self.lock:
            if not (0 <= index < len(self.names) and 0 <= label < len(self.class_names)):
                raise ZooError(f"no picture {index} or no class {label}", "load the page again")
            if self.labels[index] != UNLABELLED:
                raise ZooError(f"{self.names[index]} has a label already", "load the page again")
            before = self.names[index]
            if self.csv_file is None:
                self.names[index] = self._move(before, f"{self.class_names[label]}/{Path(before).name}")
            self.labels[index] = label
            self.answered.append((index, before))
            self._write()

    def skip(self, index: int):
        """Leaves a picture for another time."""
        with self.lock:
            self.skipped.add(index)

    def undo(self):
        """Takes the last answer back."""
        with self.lock:
            if self.answered:
                index, before = self.answered.pop()
                if self.csv_file is None:
                    self.names[index] = self._move(self.names[index], before)
                self.labels[index] = UNLABELLED
                self._write()

    def picture(self, index: int) -> bytes:
        """A picture as PNG."""
        with self.lock:
            path = self.folder / self.names[index]
        return png(sized(pictures.read(path, 3), PIXELS))

    def _move(self, name: str, to: str) -> str:
        """Moves a file within the folder, never onto another one; gives its new name."""
        target = self.folder / to
        number = 1
        while target.exists():
            number += 1
            target = (self.folder / to).with_stem(f"{Path(to).stem}-{number}")
        try:
            target.parent.mkdir(exist_ok=True)
            os.rename(self.folder / name, target)
        except OSError as error:
            raise ZooError(f"cannot move {self.folder / name} to {target}: {error.strerror}", "--csv FILE") from error
        return target.relative_to(self.folder).as_posix()

    def _write(self):
        if self.csv_file is not None:
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(("file", "label"))
            labelled = np.flatnonzero(self.labels != UNLABELLED)
            writer.writerows((self.names[i], self.class_names[self.labels[i]]) for i in labelled)
            write_text(self.csv_file, text.getvalue())


def open_labelling(folder, classes: tuple[str, ...] = (), *, csv_file=None, weights: str | None = None) -> Labelling:
    """Reads a folder that is to be labelled.

    A picture in a sub-folder that is called as a class has that label; all others have none.

    Args:
        folder: the folder.
        classes: their names; () takes the sub-folders that hold pictures.
        csv_file: where answers go, and where earlier ones are; None moves pictures into class folders.
        weights: see `zoo865.reporting.photo_features`.

    Raises:
        ZooError: no such folder, fewer than two classes, nothing to label, or a CSV of something else.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise ZooError(f"no folder {folder}", "name the folder of the pictures; an archive must be unpacked first")
    tree = IMAGE.files_in(folder)
    looks = survey(tree.files.values())
    names = [name for name, look in zip(tree.files, looks, strict=True) if not look.trouble]
    classes = tuple(classes) or tuple(sorted({name.split("/")[0] for name in names if "/" in name}))
    if len(classes) < 2:
        raise ZooError(f"{folder} shows fewer than two classes", "name them: --classes cat,dog")
    for name in classes:
        if name.startswith(".") or Path(name).name != name:
            raise ZooError(f"a class cannot be called {name!r}", "classes are names of folders")
    known = _read_csv(csv_file, classes) if csv_file else {}
    of_name = {name: label for label, name in enumerate(classes)}
    labels = [of_name.get(known.get(name, name.split("/")[0] if "/" in name else ""), UNLABELLED) for name in names]
    if UNLABELLED not in labels:
        raise ZooError(f"every picture of {folder} has a label", f"zoo865 check {folder}")
    features = photo_features([folder / name for name in names], weights)
    answers = Path(csv_file) if csv_file else None
    return Labelling(folder, classes, names, np.array(labels), features, density(features), answers)


def _read_csv(path, classes) -> dict[str, str]:
    """Name -> label of the answers of before; {} where there is no file yet."""
    if not Path(path).exists():
        return {}
    try:
        with open(path, encoding="utf-8", newline="") as file:
            rows = {row["file"]: row["label"] for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, KeyError) as error:
        raise ZooError(f"{path} is no CSV with the columns file and label", "name another: --csv") from error
    if unknown := set(rows.values()) - set(classes):
        raise ZooError(f"{path} has the label {min(unknown)!r}", f"name all classes: --classes {','.join(classes)},...")
    return rows
