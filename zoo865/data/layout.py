"""What the folders of a data set mean: its parts (training, validation, test), its classes, or neither.

Read off the names of files alone. Where two readings are possible, that is an error which names both.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from zoo865.data.folder import Folder, folder_of, listed, two_readings, without_wrappers
from zoo865.data.folder_names import PIECES, WITHOUT_LABELS, spelled_as, without_case, words_of
from zoo865.data.masks import without_masks
from zoo865.data.part_folders import merge, parts_of
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
    names, masks = (list(names), []) if reading == "classes" else without_masks(names)
    if reading == "unlabelled":
        return Layout({"train": {ALL: names}}, {"train": ""}, tuple(masks))
    root, left_out, notes = without_wrappers(folder_of(names))
    left_out = [*masks, *left_out]
    known = {without_case(name) for name in class_names}
    if reading != "classes" and not (known and {without_case(name) for name in root.folders} <= known):
        found, said = parts_of(root, place, reading)
        if found:
            return _of_parts(root, found, left_out, [*notes, *said])
    if reading == "parts":
        raise ZooError(f"{place} has no folder called train", "name it so: FOLDER/train/cat/1.jpg")
    if reading is None:
        _check_for_pieces(root, place)
    inner = _merged(root)
    if reading is None and inner and not known:
        raise two_readings(
            place,
            ("classes", f"the classes {listed(root.folders)}"),
            ("inner", f"the classes {listed(inner.folders)} within those"),
        )
    classes, loose, said = _classes(inner if inner and reading == "inner" else root)
    return Layout({"train": classes}, {"train": ""}, (*left_out, *loose), (*notes, *said))


def _check_for_pieces(root: Folder, place):
    """Raises ZooError for folders that may be no classes: beside more files, or pieces of one, part_1 and part_2."""
    alone = len(root.files) > len(root.all_files()) / 2
    flat = len(root.folders) > 1 and not any(folder.folders for folder in root.folders.values())
    words = {tuple(word.casefold() for word in words_of(name) if not word.isdigit()) for name in root.folders}
    pieces = flat and len(words) == 1 and {*next(iter(words))} & {*PIECES}
    if root.folders and (alone or pieces):
        beside = f", without {len(root.files):,} files beside them" if root.files else ""
        raise two_readings(
            place,
            ("classes", f"the classes {listed(root.folders)}{beside}"),
            ("unlabelled", "files of no class, in folders that mean nothing"),
        )


def _of_parts(root: Folder, found: dict[str, Folder], left_out, said) -> Layout:
    parts = {}
    if "train" not in found:  # classes, and beside them a folder to test on
        names = {folder.name for folder in found.values()}
        left = {name: folder for name, folder in root.folders.items() if name not in names}
        found = {"train": Folder("", root.files, left), **found}
    else:
        used = {file for folder in found.values() for file in folder.all_files()}
        beside = [name for name, folder in root.folders.items() if not used & set(folder.all_files())]
        for name in beside:
            folder = root.folders[name]
            left_out.append(folder.left_out("of no part"))
        left_out += _beside(root.files, "beside the folders of parts")
    for part in ("train", "validation", "test"):
        if part not in found:
            continue
        classes, loose, of_classes = _classes(found[part])
        if part != "train" and ALL in classes and ALL not in parts["train"]:
            left_out.append(found[part].left_out(f"no class folders: no {part} without labels"))
            continue
        parts[part] = spelled_as(classes, parts.get("train", classes))
        left_out += loose
        said += of_classes
    return Layout(parts, {part: found[part].path for part in parts}, tuple(left_out), tuple(said))


def _merged(root: Folder) -> Folder | None:
    """The folders within the folders, those of one name together; None unless every folder holds two or more, and
    nothing else.
    """
    if len(root.folders) < 2 or any(folder.files or len(folder.folders) < 2 for folder in root.folders.values()):
        return None
    merged = Folder(root.path)
    for folder in root.folders.values():
        merge(merged, folder.folders)
    return merged


def _classes(folder: Folder) -> tuple[dict[str, list[str]], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Class -> its files, those that are of none, and what there is to say."""
    if not folder.folders:
        return {ALL: folder.files}, (), ()
    classes, nested, said, left_out = {}, [], [], [*_beside(folder.files, "beside the folders of classes")]
    for name, one in folder.folders.items():
        if name.casefold() in WITHOUT_LABELS and len(folder.folders) > 2:
            left_out.append(one.left_out("no labels"))
            continue
        if len(one.folders) > 1 and not one.files and one.folders.keys() <= folder.folders.keys() - {name}:
            for inner, again in one.folders.items():
                classes.setdefault(name_as_text(inner), []).extend(again.all_files())
            said.append(f"{name}/ holds the classes that stand beside it: what is in it counts to them.")
            continue
        classes.setdefault(name_as_text(name), []).extend(one.all_files())
        if one.folders:
            nested.append(f"{name} ({listed(one.folders)})")
    said += [f"Folders within a class count to it: {listed(nested, 3, '; ')}."] if nested else []
    twins = [name for name in classes if sum(without_case(name) == without_case(other) for other in classes) > 1]
    said += [f"{' and '.join(sorted(twins))} are classes of their own."] if twins else []
    return dict(sorted(classes.items())), tuple(left_out), tuple(said)


def _beside(files: list[str], why: str) -> tuple[tuple[str, str], ...]:
    more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
    return ((f"{files[0]}{more}", why),) if files else ()
