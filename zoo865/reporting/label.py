"""`label`: the pictures of a folder that have no label, least certain first; answers go into the folder or a CSV."""

import csv
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from zoo865.data import pictures
from zoo865.data.features import Image
from zoo865.data.image_scan import scan
from zoo865.errors import ZooError
from zoo865.files import atomic
from zoo865.metrics.active_learning import UNLABELLED, density, least_certain
from zoo865.reporting.page import png, sized
from zoo865.reporting.photo_features import photo_features

KEYS = "1234567890abcdefghijklmnopqrstuvwxyz"
COLUMNS = ("file", "label")
NAMES = "surrogateescape"  # names that are not UTF-8 are written as they are
PIXELS = 900  # of a picture's longer side


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
        others: name -> label of what else the CSV held, which stays in it.
    """

    folder: Path
    class_names: tuple[str, ...]
    names: list[str]
    labels: np.ndarray
    features: np.ndarray
    densities: np.ndarray
    csv_file: Path | None = None
    others: dict[str, str] = field(default_factory=dict)
    answered: list[tuple[int, str]] = field(default_factory=list)  # pictures, and where each was before
    skipped: set[int] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def next(self) -> dict:
        """The picture to label now, and how far things are: {"index", "name", "likely", "left", "counts"}; "index" is
        None where all are labelled or skipped.
        """
        with self.lock:
            order, likely = least_certain(self.features, self.labels, self.densities)
            open_ones = [(i, label) for i, label in zip(order, likely, strict=True) if i not in self.skipped]
            counts = {name: int((self.labels == label).sum()) for label, name in enumerate(self.class_names)}
            found = {"index": None, "left": len(open_ones), "counts": counts}
            if open_ones:
                index, label = int(open_ones[0][0]), int(open_ones[0][1])
                likely = self.class_names[label] if label != UNLABELLED else ""
                found |= {"index": index, "name": self.names[index], "likely": likely}
            return found

    def answer(self, index: int, label: int):
        """Labels a picture: it is moved, or the CSV written anew. Where that fails nothing has changed.

        Raises:
            ZooError: no such picture or class, it is gone or has a label already, or it cannot be moved or written.
        """
        with self.lock:
            if not (0 <= index < len(self.names) and 0 <= label < len(self.class_names)):
                raise ZooError(f"no picture {index} or no class {label}", "load the page again")
            if self.labels[index] != UNLABELLED:
                raise ZooError(f"{self.names[index]} has a label already", "load the page again")
            before = self.names[index]
            if not (self.folder / before).is_file():
                self.skipped.add(index)
                raise ZooError(f"{before} is gone", "the next one comes when the page is loaded again")
            self._give(index, label, f"{self.class_names[label]}/{Path(before).name}")
            self.answered.append((index, before))

    def skip(self, index: int):
        """Leaves a picture for another time."""
        with self.lock:
            self.skipped.add(index)

    def undo(self):
        """Takes the last answer back.

        Raises:
            ZooError: the picture cannot be moved back, or the CSV not be written.
        """
        with self.lock:
            if self.answered:
                index, before = self.answered[-1]
                self._give(index, UNLABELLED, before)
                self.answered.pop()

    def _give(self, index: int, label: int, name: str):
        if self.csv_file is None:
            self.names[index] = self._move(self.names[index], name)
            self.labels[index] = label
            return
        labels = self.labels.copy()
        labels[index] = label
        self._write(labels)
        self.labels = labels

    def picture(self, index: int) -> bytes:
        """A picture as PNG."""
        with self.lock:
            path = self.folder / self.names[index]
        return png(sized(pictures.read(path, 3), PIXELS))

    def _move(self, name: str, to: str) -> str:
        """Moves a file within the folder, never onto another one; gives its new name."""
        source, target = self.folder / name, self.folder / to
        if not source.parent.resolve().is_relative_to(self.folder.resolve()):
            raise ZooError(f"{source} lies elsewhere, behind a link", "label it into a CSV: --csv FILE")
        number = 1
        while target.exists() or target.is_symlink():
            number += 1
            target = (self.folder / to).with_stem(f"{Path(to).stem}-{number}")
        try:
            target.parent.mkdir(exist_ok=True)
            if source.is_symlink():  # which may say where it leads from where it stands
                target.symlink_to(source.resolve())
                source.unlink()
            else:
                source.rename(target)
        except OSError as error:
            hint = "label into a CSV: --csv FILE"
            raise ZooError(f"cannot move {source} to {target}: {error.strerror}", hint) from error
        return target.relative_to(self.folder).as_posix()

    def _write(self, labels):
        """Writes the CSV: what it said of other files stays."""
        rows = dict(self.others)
        for i in np.flatnonzero(labels != UNLABELLED):
            rows[self.names[i]] = self.class_names[labels[i]]
        with (
            atomic(self.csv_file) as temporary,
            open(temporary, "w", encoding="utf-8", errors=NAMES, newline="") as file,
        ):
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(rows.items())


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
    tree = Image.files_in(folder)
    looks = scan(tree.files.values())
    names = [name for name, look in zip(tree.files, looks, strict=True) if not look.trouble]
    if not names:
        raise ZooError(f"no pictures in {folder} that can be read", "name another folder")
    classes = tuple(dict.fromkeys(classes)) or tuple(sorted({name.split("/")[0] for name in names if "/" in name}))
    if not 2 <= len(classes) <= len(KEYS):
        raise ZooError(f"{len(classes)} classes: there must be 2 to {len(KEYS)}, a key each", "--classes cat,dog")
    for name in classes:
        if name.startswith(".") or Path(name).name != name:
            raise ZooError(f"a class cannot be called {name!r}", "classes are names of folders")
    known = _read_csv(csv_file, classes) if csv_file else {}
    of_name = {name: label for label, name in enumerate(classes)}
    labels = [of_name.get(known.get(name, name.split("/")[0] if "/" in name else ""), UNLABELLED) for name in names]
    if UNLABELLED not in labels:
        raise ZooError(f"every picture of {folder} has a label", f"zoo865 check {folder}")
    answers = Path(csv_file) if csv_file else None
    others = {name: label for name, label in known.items() if name not in names}
    if answers:
        with atomic(answers) as temporary:  # fails where nothing can be written, before anything was answered
            temporary.write_bytes(answers.read_bytes() if answers.exists() else b"file,label\n")
    features = photo_features([folder / name for name in names], weights)
    return Labelling(folder, classes, names, np.array(labels), features, density(features), answers, others)


def _read_csv(path, classes) -> dict[str, str]:
    """Name -> label of the answers of before; {} where there is no file yet."""
    if not Path(path).exists():
        return {}
    try:
        with open(path, encoding="utf-8-sig", errors=NAMES, newline="") as file:
            header, *rows = list(csv.reader(file)) or [list(COLUMNS)]
    except (OSError, csv.Error) as error:
        raise ZooError(f"cannot read {path}: {error}", "name another: --csv") from error
    if tuple(header) != COLUMNS or any(len(row) != 2 for row in rows if row):
        raise ZooError(f"{path} has other columns than {', '.join(COLUMNS)}", "it would lose them: --csv ANOTHER")
    found = {name: label for name, label in filter(None, rows) if label}
    if unknown := set(found.values()) - set(classes):
        raise ZooError(f"{path} has the label {min(unknown)!r}", f"name all classes: --classes {','.join(classes)},...")
    return found
