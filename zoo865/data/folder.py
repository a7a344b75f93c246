"""A folder with its sub-folders, by the names of its files alone; and what is said where it could mean two things."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from zoo865.data.folder_names import OF_PICTURES, WITHOUT_LABELS, part_and_rest
from zoo865.errors import ZooError


@dataclass
class Folder:
    """A folder with its sub-folders, without those in which no file counts; `path` is its name within the whole."""

    path: str
    files: list[str] = field(default_factory=list)
    folders: dict[str, "Folder"] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its own name, without those of the folders around it."""
        return PurePosixPath(self.path).name

    def all_files(self) -> list[str]:
        """Its files and those of all folders in it."""
        return [*self.files, *(file for folder in self.folders.values() for file in folder.all_files())]

    def left_out(self, why: str) -> tuple[str, str]:
        """(name and number of files, why) for `Layout.left_out`."""
        return f"{self.path}/ ({len(self.all_files()):,})", why


def folder_of(names: Iterable[str]) -> Folder:
    """The folder that holds files of these names, "/" between folders."""
    root = Folder("")
    for name in names:
        *folders, _ = PurePosixPath(name).parts
        at = root
        for folder in folders:
            at = at.folders.setdefault(folder, Folder(str(PurePosixPath(at.path, folder))))
        at.files.append(name)
    return root


def without_wrappers(folder: Folder) -> tuple[Folder, list[tuple[str, str]], list[str]]:
    """The folder that holds something else than one folder of folders: dataset/ in photos/dataset/cat/1.jpg. A folder
    without labels beside it does not count.

    Returns:
        The folder, (name, why) of what is left out, and notes.
    """
    inside, left_out = [], []
    while not folder.files:
        labelled = [one for name, one in folder.folders.items() if name.casefold() not in WITHOUT_LABELS]
        labelled = labelled or [*folder.folders.values()]
        if len(labelled) != 1:
            break
        (only,) = labelled
        if not only.folders and not part_and_rest(only.name)[0] and only.name.casefold() not in OF_PICTURES:
            break  # a class, though the only one
        left_out += [one.left_out("no labels") for one in folder.folders.values() if one is not only]
        inside.append(only.name)
        folder = only
    return folder, left_out, [f"What counts stands in {'/'.join(inside)}/."] if inside else []


def two_readings(place, *readings: tuple[str, str]) -> ZooError:
    """The error that names (setting, what it would mean) of each reading."""
    meant = "; or ".join(said for _, said in readings)
    settings = " or ".join(f"--set data_args.layout={reading}" for reading, _ in readings)
    return ZooError(f"{place} can be read in two ways: {meant}", f"{settings} (check, label: --layout); or rename its folders")


def listed(names: Iterable[str] | Mapping, most: int = 6, between: str = ", ") -> str:
    """The first of them, and how many there are where that is not all."""
    names = list(names)
    return between.join(names[:most]) + (f", ... ({len(names)})" if len(names) > most else "")
