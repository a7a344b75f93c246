"""`label`: the pictures of a folder that have no label, least certain first; answers go into the folder or a CSV."""

import csv
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from zoo865.data import pictures
from zoo865.data.class_folders import ClassFolders, read_class_folders
from zoo865.data.features import Image
from zoo865.data.file_tree import no_place
from zoo865.data.folder_names import spelled_as
from zoo865.data.image_scan import scan
from zoo865.data.sidecars import move_together, sidecars
from zoo865.errors import ZooError, counted
from zoo865.files import atomic, file_to_write, name_as_text
from zoo865.metrics.active_learning import UNLABELLED, density, least_certain, standardized
from zoo865.reporting.page import png, sized
from zoo865.reporting.photo_features import photo_features

KEYS = "1234567890abcdefghijklmnopqrstuvwxyz"
COLUMNS = ("file", "label")
NAMES = "surrogateescape"  # names that are not UTF-8 are written as they are
PIXELS = 900  # of a picture's longer side


@dataclass
class Labelling:
    """The pictures of a folder, with their labels. Thread-safe.

    Args:
        folder: the folder.
        class_names: in the order of labels.
        names: of the pictures, relative to the folder; they change as pictures move into class folders.
        places: the class folders that pictures move into.
        labels: (pictures,) int64, UNLABELLED where there is none.
        features: (pictures, features) of `zoo865.metrics.active_learning.standardized`, to find uncertain pictures.
        densities: (pictures,) of `zoo865.metrics.active_learning.density`.
        csv_file: where labels are written; None moves pictures into class folders.
        others: name -> label of other rows of the CSV, which are kept.
        notes: sentences on what a person might not expect.
    """

    folder: Path
    class_names: tuple[str, ...]
    names: list[str]
    places: ClassFolders
    labels: np.ndarray
    features: np.ndarray
    densities: np.ndarray
    csv_file: Path | None = None
    others: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    # Pictures, where each was before, and all that was moved with it.
    answered: list[tuple[int, str, list[Path]]] = field(default_factory=list)
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
            found: dict = {"index": None, "left": len(open_ones), "counts": counts}
            if open_ones:
                index, label = int(open_ones[0][0]), int(open_ones[0][1])
                guess = self.class_names[label] if label != UNLABELLED else ""
                found |= {"index": index, "name": self.names[index], "likely": guess}
            return found

    def answer(self, index: int, label: int):
        """Labels a picture: moves it with the files that belong to it, or rewrites the CSV. If that fails, nothing
        changes.

        Raises:
            ZooError: no such picture or class, the picture is gone or already labelled, or cannot be moved or written.
        """
        with self.lock:
            if not (0 <= index < len(self.names) and 0 <= label < len(self.class_names)):
                raise ZooError(f"no picture {index} or class {label}", "reload the page")
            if self.labels[index] != UNLABELLED:
                raise ZooError(f"{self.names[index]} already has a label", "reload the page")
            before = self.names[index]
            if not (self.folder / before).is_file():
                self.skipped.add(index)
                raise ZooError(f"{before} no longer exists", "reload the page for the next picture")
            moved = []
            if self.csv_file is None:
                moved = self._move_to_class(index, self.class_names[label])
            self._give(index, label)
            self.answered.append((index, before, moved))

    def skip(self, index: int):
        """Skips a picture in this session."""
        with self.lock:
            self.skipped.add(index)

    def undo(self):
        """Undoes the last answer.

        Raises:
            ZooError: the picture cannot be moved back, or the CSV cannot be written.
        """
        with self.lock:
            if self.answered:
                index, before, moved = self.answered[-1]
                if moved:
                    self._move(index, moved, before)
                self._give(index, UNLABELLED)
                self.answered.pop()

    def _give(self, index: int, label: int):
        labels = self.labels.copy()
        labels[index] = label
        if self.csv_file is not None:
            self._write(labels)
        self.labels = labels

    def picture(self, index: int) -> bytes:
        """A picture as PNG."""
        with self.lock:
            path = self.folder / self.names[index]
        return png(sized(pictures.read(path, 3), PIXELS))

    def _move_to_class(self, index: int, label: str) -> list[Path]:
        """Moves a picture, and what belongs to it, into the folder of its class; gives where they are now."""
        name, source = self.names[index], self.folder / self.names[index]
        if not source.parent.resolve().is_relative_to(self.folder.resolve()):
            raise ZooError(f"{source} is behind a link to another folder", "write labels to a CSV instead: --csv FILE")
        files = [source, *sidecars(source, self._is_picture)]
        return self._move(index, files, f"{self.places.folder_for(name, label)}/{source.name}")

    def _is_picture(self, file: Path) -> bool:
        named = file.name.lower().endswith(pictures.SUFFIXES)
        return named or file.relative_to(self.folder).as_posix() in self.names

    def _move(self, index: int, files: list[Path], to: str) -> list[Path]:
        try:
            moved = move_together(files, self.folder / to)
        except ZooError as error:
            raise ZooError(error.message, "write labels to a CSV instead: --csv FILE") from error
        self.names[index] = moved[0].relative_to(self.folder).as_posix()
        return moved

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


def open_labelling(
    folder, classes: tuple[str, ...] = (), *, layout: str | None = None, csv_file=None, weights: str | None = None
) -> Labelling:
    """Opens a folder for labelling.

    A picture in the folder of a class, as training reads it, has that label; all others have none.

    Args:
        folder: the folder.
        classes: their names; () takes the class folders that hold pictures.
        layout: how to read its folders where that is ambiguous: see `zoo865.data.layout.read_layout`.
        csv_file: where labels are written, and earlier ones read; None moves pictures into class folders.
        weights: see `zoo865.reporting.photo_features`.

    Raises:
        ZooError: no such folder, or an ambiguous layout; fewer than two classes, nothing to label, or a CSV with other
            columns.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise no_place(folder)
    for name in classes:
        if name.startswith(".") or Path(name).name != name:
            raise ZooError(f"invalid class name {name!r}", "class names become folder names")
    tree = Image.files_in(folder)
    if not tree.files:
        raise ZooError(f"no pictures in {folder}{tree.but}", "choose another folder")
    places = read_class_folders(tree.files, folder, classes, layout, tree.folders)
    classes = places.class_names
    if not 2 <= len(classes) <= len(KEYS):
        raise ZooError(f"{len(classes)} classes, but there must be 2 to {len(KEYS)}, one per key", "--classes cat,dog")
    looks = scan([tree.files[name] for name in places.labels])
    names = [name for name, look in zip(places.labels, looks, strict=True) if not look.trouble]
    if not names:
        raise ZooError(f"no readable pictures in {folder}", f"zoo865 check {folder} shows why")
    unreadable = len(places.labels) - len(names)
    notes = [f"Unreadable: {counted(unreadable, 'picture')}; zoo865 check {folder} shows why."] if unreadable else []
    known = _read_csv(csv_file, classes) if csv_file else {}
    of_name = {name: label for label, name in enumerate(classes)}
    labels = [of_name.get(known.get(name, places.labels[name]), UNLABELLED) for name in names]
    if UNLABELLED not in labels:
        raise ZooError(f"every picture in {folder} already has a label", f"zoo865 check {folder}")
    answers = file_to_write(csv_file) if csv_file else None
    others = {name: label for name, label in known.items() if name not in names}
    if answers:
        with atomic(answers) as temporary:  # fails where nothing can be written, before anything was answered
            temporary.write_bytes(answers.read_bytes() if answers.exists() else b"file,label\n")
    features = standardized(photo_features([folder / name for name in names], weights))
    said = (*places.notes, *notes)
    return Labelling(
        folder, classes, names, places, np.array(labels), features, density(features), answers, others, said
    )


def _read_csv(path, classes) -> dict[str, str]:
    """Name -> label of the answers of before; {} where there is no file yet."""
    if not Path(path).exists():
        return {}
    try:
        with open(path, encoding="utf-8-sig", errors=NAMES, newline="") as file:
            header, *rows = list(csv.reader(file)) or [list(COLUMNS)]
    except (OSError, csv.Error) as error:
        raise ZooError(f"cannot read {path}: {error}", "choose another file: --csv FILE") from error
    if tuple(header) != COLUMNS or any(len(row) != 2 for row in rows if row):
        wrong = f"{path} has columns other than {', '.join(COLUMNS)}"
        raise ZooError(wrong, "they would be lost; choose another file: --csv FILE")
    spelled = {label: next(iter(spelled_as({name_as_text(label): []}, classes))) for _, label in filter(None, rows)}
    found = {name: spelled[label] for name, label in filter(None, rows) if label}
    if unknown := set(found.values()) - set(classes):
        wrong = f"{path} contains the unknown label {min(unknown)!r}"
        raise ZooError(wrong, f"list all classes: --classes {','.join(classes)},...")
    return found
