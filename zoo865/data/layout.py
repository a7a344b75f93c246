"""What the folders of a data set mean: its parts (training, validation, test), its classes, or neither.

Read off the names of files alone. Where two readings are possible, that is an error which names both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from zoo865.data.folder_names import (
    OF_PICTURES,
    PARTS,
    WITHOUT_LABELS,
    part_and_rest,
    spelled_as,
    without_case,
    words_of,
)
from zoo865.errors import ZooError
from zoo865.files import name_as_text

ALL = ""  # in place of a class's name, where there are no classes
READINGS = ("parts", "classes", "inner", "unlabelled")  # what a person may say of a folder: data_args.layout


@dataclass(frozen=True)
class Layout:
    """What the folders of a data set mean.

    Args:
        parts: "train", and "validation" and "test" where the folder has them -> class -> names of its files; the class
            is called ALL where there are none.
        folders: part -> its folder, "" where it is the whole.
        left_out: (name, why) of folders and files that belong to no part or class.
        notes: sentences on what was read in a way that might surprise.
    """

    parts: dict[str, dict[str, list[str]]]
    folders: dict[str, str]
    left_out: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Folder:
    """A folder with its sub-folders, without those in which no file counts; `path` is its name within the whole."""

    path: str
    files: list[str] = field(default_factory=list)
    folders: dict[str, "_Folder"] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    def all_files(self) -> list[str]:
        return [*self.files, *(file for folder in self.folders.values() for file in folder.all_files())]


def read_layout(names: Iterable[str], place, reading: str | None = None, class_names: tuple[str, ...] = ()) -> Layout:
    """What the folders of a data set mean.

    Args:
        names: of its files, with "/" between folders.
        place: its folder, for errors.
        reading: None, or what a person says of it: "parts" where folders are named for them, "classes" where every
            folder is one, "inner" where every folder in those is one, "unlabelled" where folders mean nothing.
        class_names: () or classes that are known; folders that all are called so are classes.

    Raises:
        ZooError: two readings are possible, or the one that a person wants is not.
    """
    if reading not in (None, *READINGS):
        raise ZooError(f"unknown layout {reading!r}", f"one of {', '.join(READINGS)}")
    names = list(names)
    root, notes = _without_wrappers(_tree(names))
    if reading == "unlabelled":
        return Layout({"train": {ALL: names}}, {"train": ""})
    known = {without_case(name) for name in class_names}
    if reading != "classes" and not (known and {without_case(name) for name in root.folders} <= known):
        if found := _parts_of_each_class(root) or _parts_and_classes(root):
            return found
        if found := _parts(root, place, reading):
            return _of_parts(root, found, notes)
    if reading == "parts":
        raise ZooError(f"{place} has no folder called train", "name it so: FOLDER/train/cat/1.jpg")
    if root.folders and len(root.files) > len(root.all_files()) / 2 and reading is None:
        classes = _listed(root.folders)
        raise _two_readings(
            place,
            ("classes", f"the classes {classes}, without {len(root.files):,} files beside them"),
            ("unlabelled", "files of no class, in folders that mean nothing"),
        )
    inner = _merged(root)
    if reading is None and inner and not known:
        raise _two_readings(
            place,
            ("classes", f"the classes {_listed(root.folders)}"),
            ("inner", f"the classes {_listed(inner.folders)} within those"),
        )
    classes, loose, said = _classes(inner if inner and reading == "inner" else root)
    return Layout({"train": classes}, {"train": ""}, loose, (*notes, *said))


def _tree(names) -> _Folder:
    root = _Folder("")
    for name in names:
        *folders, _ = PurePosixPath(name).parts
        at = root
        for folder in folders:
            at = at.folders.setdefault(folder, _Folder(str(PurePosixPath(at.path, folder))))
        at.files.append(name)
    return root


def _without_wrappers(folder: _Folder) -> tuple[_Folder, tuple[str, ...]]:
    """The folder that holds something else than one folder of folders: dataset/ in photos/dataset/cat/1.jpg."""
    inside = []
    while not folder.files and len(folder.folders) == 1:
        (only,) = folder.folders.values()
        if not only.folders and not part_and_rest(only.name)[0] and only.name.casefold() not in OF_PICTURES:
            break  # a class, though the only one
        inside.append(only.name)
        folder = only
    return folder, (f"What counts stands in {'/'.join(inside)}/.",) if inside else ()


def _parts(root: _Folder, place, reading) -> dict[str, _Folder]:
    """Part -> its folder; {} where folders are not named for parts.

    Raises:
        ZooError: it cannot be told.
    """
    groups = {}
    for name, folder in root.folders.items():
        part, rest = part_and_rest(name)
        if part:
            groups.setdefault(rest, {}).setdefault(part, []).append(folder)
    rest, group = max(groups.items(), key=lambda found: len(found[1]), default=((), {}))
    if not group or (len(group) == 1 and rest):  # one folder with another word beside: train station, test tube
        return {}
    if twice := next((folders for folders in group.values() if len(folders) > 1), None):
        said = " and ".join(folder.name for folder in twice)
        raise ZooError(f"{place} has two folders for one part: {said}", "rename one, or --set data_args.layout=classes")
    found = {part: _without_wrappers(folders[0])[0] for part, folders in group.items()}
    names = {folders[0].name for folders in group.values()}
    others = [name for name in root.folders if name not in names]
    classes = {part: {without_case(name) for name in folder.folders} for part, folder in found.items()}
    if reading == "parts":
        return found
    if "train" in found and not others:
        return found
    if "train" in found and any(classes["train"] & classes[part] for part in found if part != "train"):
        return found  # the same classes in two parts: what stands beside is neither
    if not any(classes.values()) and list(found) == ["train"]:
        return {}  # bus, car, train: flat, as their siblings are
    in_parts = ", ".join(f"{part} in {folders[0].name}/" for part, folders in group.items())
    if others and "train" in found:
        in_parts += f", without {_listed(others)}"
    elif others:
        in_parts += f", and the classes {_listed(others)} to train"
    else:
        in_parts += ", and nothing to train"
    raise _two_readings(place, ("parts", in_parts), ("classes", f"the classes {_listed(root.folders)}"))


def _of_parts(root: _Folder, found, notes) -> Layout:
    left_out, said, parts = [], list(notes), {}
    if "train" not in found:  # classes, and beside them a folder to test on
        names = {folder.name for folder in found.values()}
        left = {name: folder for name, folder in root.folders.items() if name not in names}
        found = {"train": _Folder("", root.files, left), **found}
    else:
        used = {file for folder in found.values() for file in folder.all_files()}
        beside = [name for name, folder in root.folders.items() if not used & set(folder.all_files())]
        for name in beside:
            folder = root.folders[name]
            left_out.append((f"{folder.path}/ ({len(folder.all_files()):,})", "of no part"))
        left_out += _beside(root.files, "beside the folders of parts")
    for part in ("train", "validation", "test"):
        if part not in found:
            continue
        classes, loose, of_classes = _classes(found[part])
        if part != "train" and ALL in classes and ALL not in parts["train"]:
            files = len(classes[ALL])
            left_out.append((f"{found[part].path}/ ({files:,})", f"no class folders: no {part} without labels"))
            continue
        parts[part] = spelled_as(classes, parts.get("train", classes))
        left_out += loose
        said += of_classes
    return Layout(parts, {part: found[part].path for part in parts}, tuple(left_out), tuple(said))


def _parts_of_each_class(root: _Folder) -> Layout | None:
    """cat/train, cat/test, dog/train, dog/test: parts within classes; None where folders are otherwise."""
    parts = {}
    for name, folder in root.folders.items():
        of_class = {part_and_rest(one) for one in folder.folders}
        if folder.files or ("train", ()) not in of_class or any(not part or rest for part, rest in of_class):
            return None
        for one in folder.folders.values():
            files = parts.setdefault(part_and_rest(one.name)[0], {}).setdefault(name_as_text(name), [])
            files += one.all_files()
    if not parts:
        return None
    order = [part for part in PARTS if part in parts]
    note = f"The parts {', '.join(order)} stand within the classes."
    return Layout({part: parts[part] for part in order}, {part: f"*/{part}" for part in order}, (), (note,))


def _parts_and_classes(root: _Folder) -> Layout | None:
    """train_cat, train_dog, test_cat, test_dog: each name tells both; None where folders are otherwise."""
    parts = {}
    for name, folder in root.folders.items():
        part, rest = part_and_rest(name)
        if not part or not rest or folder.folders:
            return None
        words = [word for word in words_of(name) if word.casefold() in rest]
        parts.setdefault(part, {})[" ".join(words)] = folder.files
    if len(parts) < 2 or "train" not in parts or any(len(classes) < 2 for classes in parts.values()):
        return None
    order = [part for part in PARTS if part in parts]
    note = "The folders are named for their part and their class."
    places = {part: f"{part}_*" for part in order}
    return Layout({part: dict(sorted(parts[part].items())) for part in order}, places, (), (note,))


def _merged(root: _Folder) -> _Folder | None:
    """The folders within the folders, those of one name together; None unless every folder holds two or more, and
    nothing else.
    """
    if len(root.folders) < 2 or any(folder.files or len(folder.folders) < 2 for folder in root.folders.values()):
        return None
    merged = _Folder(root.path)
    for folder in root.folders.values():
        for name, one in folder.folders.items():
            merged.folders.setdefault(name, _Folder(name)).files.extend(one.all_files())
    return merged


def _classes(folder: _Folder) -> tuple[dict[str, list[str]], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Class -> its files, those that are of none, and what there is to say."""
    if not folder.folders:
        return {ALL: folder.files}, (), ()
    classes, nested, left_out = {}, [], [*_beside(folder.files, "beside the folders of classes")]
    for name, one in folder.folders.items():
        if name.casefold() in WITHOUT_LABELS and len(folder.folders) > 2:
            left_out.append((f"{one.path}/ ({len(one.all_files()):,})", "no labels"))
            continue
        classes.setdefault(name_as_text(name), []).extend(one.all_files())
        if one.folders:
            nested.append(f"{name} ({_listed(one.folders)})")
    said = [f"Folders within a class count to it: {_listed(nested, 3, '; ')}."] if nested else []
    twins = [name for name in classes if sum(without_case(name) == without_case(other) for other in classes) > 1]
    said += [f"{' and '.join(sorted(twins))} are classes of their own."] if twins else []
    return dict(sorted(classes.items())), tuple(left_out), tuple(said)


def _beside(files: list[str], why: str) -> tuple[tuple[str, str], ...]:
    more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
    return ((f"{files[0]}{more}", why),) if files else ()


def _two_readings(place, *readings: tuple[str, str]) -> ZooError:
    meant = "; or ".join(said for _, said in readings)
    settings = " or ".join(f"--set data_args.layout={reading}" for reading, _ in readings)
    return ZooError(f"{place} can be read in two ways: {meant}", f"{settings} (check: --layout); or rename its folders")


def _listed(names: Iterable[str] | Mapping, most: int = 6, between: str = ", ") -> str:
    names = list(names)
    return between.join(names[:most]) + (f", ... ({len(names)})" if len(names) > most else "")
