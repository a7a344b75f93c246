"""Which pictures of a folder are labelled, and into which folder a label moves a picture, as training reads it."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from zoo865.data.folder import listed
from zoo865.data.folder_names import WITHOUT_LABELS, part_and_rest, spelled_as, without_case
from zoo865.data.layout import ALL, Layout, read_layout
from zoo865.data.masks import without_masks
from zoo865.errors import ZooError
from zoo865.files import name_as_text


@dataclass(frozen=True)
class ClassFolders:
    """The class folders of a partly labelled data set.

    Args:
        class_names: as the folder spells them.
        labels: name of a picture -> its class, "" where it has none. Pictures of validation and test that have a label
            are not among them: by those nobody shall choose what to learn from.
        layout: what the folders mean.
        around: the innermost folder that holds all pictures, "." where it is the whole.
        folders: names of all folders, also of those without pictures.
        notes: sentences on what a person might not expect.
    """

    class_names: tuple[str, ...]
    labels: dict[str, str]
    layout: Layout
    around: PurePosixPath
    folders: tuple[str, ...]
    notes: tuple[str, ...]

    def folder_for(self, name: str, label: str) -> str:
        """The folder in which training gives a picture this label, in the picture's part: the folder of the class, or
        one named like those of other classes.
        """
        part, within = self._part_of(name)
        known = {one: _outermost(files) for one, files in self.layout.parts.get(part, {}).items()}
        known = {one: folder for one, folder in known.items() if one in self.class_names}
        alike = (_called_alike(folder, one, label) for one, folder in known.items())
        found = str(known.get(label) or next(filter(None, alike), within / label))
        same = (folder for folder in self.folders if without_case(folder) == without_case(found))
        return found if found in self.folders else next(same, found)

    def _part_of(self, name: str) -> tuple[str, PurePosixPath]:
        """The part that a picture is in, and its folder; training if it is in none."""
        counted = (part for part, classes in self.layout.parts.items() if any(name in one for one in classes.values()))
        if not (part := next(counted, "")):
            for folder in PurePosixPath(name).parents:
                if part := next((part for part, at in self.layout.folders.items() if at == str(folder)), ""):
                    break
                named, rest = part_and_rest(folder.name)
                if named and not rest and named not in self.layout.parts:  # a part that has no labels yet
                    return named, folder
        at = self.layout.folders[part or "train"]
        if at and "*" not in at:
            return part or "train", PurePosixPath(at)
        return part or "train", self.around.parent if _without_labels(self.around.name) else self.around


def read_class_folders(
    names: Iterable[str], place, class_names: tuple[str, ...] = (), layout: str | None = None, folders=()
) -> ClassFolders:
    """Reads which files of a folder have a label.

    Args:
        names: of its files, with "/" between folders.
        place: the folder, for errors.
        class_names: the classes; () takes the class folders that hold pictures.
        layout: see `zoo865.data.layout.read_layout`; None reads it off the names of its folders.
        folders: names of all its folders.

    Raises:
        ZooError: the folder can be read in two ways.
    """
    names = list(names) if layout == "classes" else without_masks(names)[0]
    around = PurePosixPath(os.path.commonpath([f"./{PurePosixPath(name).parent}" for name in names]))
    # What lies beside the folders of classes has no label, however much it is: the rest says what folders mean.
    inside = [name for name in names if PurePosixPath(name).parent != around] or names
    try:
        found = read_layout(inside, place, layout)
    except ZooError:
        if layout or not class_names or any(_is_named(name, class_names) for name in inside):
            raise
        found = read_layout(inside, place, "unlabelled")
    classes = [name for name in found.parts["train"] if name != ALL]
    notes = list(found.notes)
    if class_names:
        spelled = _spelled(class_names, classes)
        notes += [f"{given} is the class {name} here." for given, name in spelled.items() if given != name]
        class_names = tuple(dict.fromkeys(spelled.values()))
        if others := [f"{name}/" for name in classes if name not in class_names and not _without_labels(name)]:
            said = f"Not among these classes: {listed(others)}. Their pictures count as unlabelled here, but training"
            notes.append(f"{said} reads such folders as classes while they hold pictures.")
    else:
        class_names = tuple(name for name in classes if not _without_labels(name))
    labels = dict.fromkeys(names, "")
    for part, of_part in found.parts.items():
        for label in {*of_part} & {*class_names}:
            for name in of_part[label]:
                labels[name] = label
                if part != "train":
                    del labels[name]
    return ClassFolders(class_names, labels, found, around, tuple(folders), tuple(notes))


def _spelled(given: tuple[str, ...], known: list[str]) -> dict[str, str]:
    """Names of classes as a person gives them -> as the folder spells them; where it has none, as they come first."""
    names = [name_as_text(name) for name in given]
    first = {without_case(name): name for name in reversed(names)}
    new = [name for same, name in first.items() if same not in map(without_case, known)]
    return {name: next(iter(spelled_as({name: []}, [*known, *new]))) for name in names}


def _is_named(name: str, class_names) -> bool:
    """Whether a folder around a file is called for one of these classes."""
    folders = without_case(str(PurePosixPath(name).parent))
    return any(without_case(one) in folders for one in class_names)


def _without_labels(name: str) -> bool:
    return name.casefold() in WITHOUT_LABELS


def _outermost(files: list[str]) -> PurePosixPath:
    """Of the folders that hold these files the one that is least deep; of those the fullest."""
    counts = Counter(PurePosixPath(name).parent for name in files)
    return min(counts, key=lambda folder: (len(folder.parts), -counts[folder], folder))


def _called_alike(folder: PurePosixPath, label: str, other: str) -> PurePosixPath | None:
    """The folder of another class, where that of a class is known: of cat/train dog/train, of train_cat train_dog."""
    parts = list(folder.parts)
    same = [place for place, part in enumerate(parts) if without_case(part) == without_case(label)]
    place = same[-1] if same else len(parts) - 1
    before, named, after = ("", label, "") if same else name_as_text(parts[place]).rpartition(label)
    before += "_" if before[-1:].isalnum() else ""  # a word of its own: beside trainA train_dog
    parts[place] = before + other + after
    return PurePosixPath(*parts) if named else None
