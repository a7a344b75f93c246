"""A folder with its sub-folders, built from file names alone; and the error for an ambiguous layout."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from zoo865.data.folder_names import OF_PICTURES, WITHOUT_LABELS, part_and_rest
from zoo865.errors import ZooError

FEW = 0.1  # of the files in a folder: so many beside it are no data


@dataclass
class Folder:
    """A folder with its sub-folders, without those in which no file counts.

    Args:
        path: its name within the whole.
        files: names of those in it.
        folders: name -> each folder in it.
        around: (name, why) of what surrounds it and is left out; see `without_wrappers`.
    """

    path: str
    files: list[str] = field(default_factory=list)
    folders: dict[str, "Folder"] = field(default_factory=dict)
    around: tuple[tuple[str, str], ...] = ()

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


def without_wrappers(folder: Folder) -> tuple[Folder, list[str]]:
    """The folder that holds something else than one folder of folders: dataset/ in photos/dataset/cat/1.jpg. A folder
    without labels beside it does not count, nor a few files beside a folder of folders.

    Returns:
        The folder, with what surrounds it, and notes.
    """
    inside, around = [], []
    while True:
        labelled = [one for name, one in folder.folders.items() if name.casefold() not in WITHOUT_LABELS]
        labelled = labelled or [*folder.folders.values()]
        if len(labelled) != 1:
            break
        (only,) = labelled
        if folder.files and (not only.folders or len(folder.files) > FEW * len(only.all_files())):
            break
        if not only.folders and not part_and_rest(only.name)[0] and only.name.casefold() not in OF_PICTURES:
            break  # a class, though the only one
        around += [one.left_out("unlabelled") for one in folder.folders.values() if one is not only]
        around += beside(folder.files, f"next to {only.path}/")
        inside.append(only.name)
        folder = only
    return replace(folder, around=tuple(around)), [f"The data are in {'/'.join(inside)}/."] if inside else []


def beside(files: list[str], why: str) -> list[tuple[str, str]]:
    """(first of some files and how many more, why) for `Layout.left_out`."""
    more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
    return [(f"{files[0]}{more}", why)] if files else []


def two_readings(place, *readings: tuple[str, str]) -> ZooError:
    """The error that names (setting, what it would mean) of each reading."""
    meant = "; or ".join(said for _, said in readings)
    settings = " or ".join(f"--set data_args.layout={reading}" for reading, _ in readings)
    return ZooError(
        f"the layout of {place} is ambiguous: {meant}",
        f"use {settings} (check, label: --layout), or rename its folders",
    )


def listed(names: Iterable[str] | Mapping, most: int = 6, between: str = ", ") -> str:
    """The first of them, and how many there are where that is not all."""
    names = list(names)
    return between.join(names[:most]) + (f", ... ({len(names)})" if len(names) > most else "")
