"""The layout of a data set's folder: its folders are parts (training, validation, test), classes, or neither.

It is inferred from file names alone. An ambiguous layout is an error that names both readings.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from zoo865.data.folder import Folder, beside, folder_of, listed, two_readings, without_wrappers
from zoo865.data.folder_names import BESIDE_PARTS, PIECES, WITHOUT_LABELS, small_words, spelled_as, without_case
from zoo865.data.masks import without_masks
from zoo865.data.part_folders import merge, parts_of
from zoo865.errors import ZooError
from zoo865.files import name_as_text

ALL = ""  # in place of a class's name, where there are no classes
MOST = 0.6  # of all files: a folder of folders with so many is likelier what counts than a class
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
        raise ZooError(f"unknown layout {reading!r}", f"use one of {', '.join(READINGS)}")
    names, masks = (list(names), []) if reading == "classes" else without_masks(names, class_names)
    if reading == "unlabelled":
        return Layout({"train": {ALL: names}}, {"train": ""}, tuple(masks))
    root, notes = without_wrappers(folder_of(names))
    left_out = [*masks, *root.around]
    known = {without_case(name) for name in class_names}
    if reading != "classes" and not (known and {without_case(name) for name in root.folders} <= known):
        found, of_parts = parts_of(root, place, reading)
        if found:
            return _of_parts(root, found, left_out, [*notes, *of_parts])
    if reading == "parts":
        raise ZooError(f"{place} has no folder called train", "name it train: FOLDER/train/cat/1.jpg")
    if reading is None:
        _check_for_pieces(root, place)
    if reading == "inner":
        inner = _inner(root, place)
        classes, loose, said = _classes(inner)
        return Layout({"train": classes}, {"train": ""}, (*left_out, *inner.around, *loose), (*notes, *said))
    if reading is None and not known and _may_hold_classes(root):
        inner = _inner(root, place)
        raise two_readings(
            place,
            ("classes", f"the classes {listed(root.folders)}"),
            ("inner", f"the classes {listed(inner.folders)} inside them"),
        )
    classes, loose, said = _classes(root)
    return Layout({"train": classes}, {"train": ""}, (*left_out, *loose), (*notes, *said))


def _check_for_pieces(root: Folder, place):
    """Raises ZooError for folders that may be no classes: beside more files, or pieces of one, part_1 and part_2."""
    alone = len(root.files) > len(root.all_files()) / 2
    flat = len(root.folders) > 1 and not any(folder.folders for folder in root.folders.values())
    words = {tuple(word for word in small_words(name) if not word.isdigit()) for name in root.folders}
    pieces = flat and len(words) == 1 and {*next(iter(words))} & {*PIECES}
    if root.folders and (alone or pieces):
        without = f", without {len(root.files):,} files next to them" if root.files else ""
        raise two_readings(
            place,
            ("classes", f"the classes {listed(root.folders)}{without}"),
            ("unlabelled", "unlabelled files, whatever their folders"),
        )


def _of_parts(root: Folder, found: dict[str, Folder], left_out, said) -> Layout:
    parts: dict[str, dict[str, list[str]]] = {}
    if "train" not in found:  # classes, and beside them a folder to test on
        names = {folder.name for folder in found.values()}
        left = {name: folder for name, folder in root.folders.items() if name not in names}
        found = {"train": Folder("", root.files, left), **found}
    else:
        used = {file for folder in found.values() for file in folder.all_files()}
        others = [name for name, folder in root.folders.items() if not used & set(folder.all_files())]
        for name in others:
            folder = root.folders[name]
            left_out.append(folder.left_out("not in a train, validation or test folder"))
        left_out += beside(root.files, "next to the train, validation and test folders")
    for part in ("train", "validation", "test"):
        if part not in found:
            continue
        classes, loose, of_classes = _classes(found[part])
        left_out += found[part].around
        if part != "train" and ALL in classes and ALL not in parts["train"]:
            left_out.append(found[part].left_out(f"unlabelled, so not usable for {part}"))
            continue
        parts[part] = spelled_as(classes, parts.get("train", classes))
        left_out += loose
        said += of_classes
    return Layout(parts, {part: found[part].path for part in parts}, tuple(left_out), tuple(said))


def _may_hold_classes(root: Folder) -> bool:
    """Whether the folders within the folders may be the classes: they come again in another folder; or there are two
    and more in each folder; or in one alone that holds most, or is called data set, beside flat ones.
    """
    insides = {name: without_wrappers(folder)[0] for name, folder in root.folders.items()}
    nested = {name: inside for name, inside in insides.items() if inside.folders and not inside.files}
    if len(nested) == len(insides) > 1:
        names = [name for inside in nested.values() for name in inside.folders]
        again = 1 < len({*names}) < len(names)
        return again or all(len(inside.folders) > 1 for inside in nested.values())
    if len(nested) == 1 < len(insides):
        ((name, inside),) = nested.items()
        most = len(inside.all_files()) > MOST * len(root.all_files())
        named = {*small_words(name)} & {*BESIDE_PARTS}
        again = inside.folders.keys() <= insides.keys()  # the classes beside it once more
        return len(inside.folders) > 1 and bool(most or named) and not again
    return False


def _inner(root: Folder, place) -> Folder:
    """The folders within the folders, those of one name together; files and flat folders beside them are left out."""
    merged = Folder(root.path)
    for folder in root.folders.values():
        inside = without_wrappers(folder)[0]
        merge(merged, inside.folders)
        merged.files += inside.files
        merged.around += inside.around
    if not merged.folders:
        raise ZooError(f"{place} has no nested folders", "--set data_args.layout=classes")
    return merged


def _classes(folder: Folder) -> tuple[dict[str, list[str]], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Class -> its files, those that are of none, and what there is to say."""
    if not folder.folders:
        return {ALL: folder.files}, (), ()
    classes, nested, said, left_out = {}, [], [], [*beside(folder.files, "next to the class folders")]
    for name, one in folder.folders.items():
        if name.casefold() in WITHOUT_LABELS and len(folder.folders) > 1:
            left_out.append(one.left_out("unlabelled"))
            continue
        if len(one.folders) > 1 and not one.files and one.folders.keys() <= folder.folders.keys() - {name}:
            for inner, again in one.folders.items():
                classes.setdefault(name_as_text(inner), []).extend(again.all_files())
            said.append(f"{name}/ repeats the classes next to it: its files are added to them.")
            continue
        classes.setdefault(name_as_text(name), []).extend(one.all_files())
        if one.folders:
            nested.append(f"{name} ({listed(one.folders)})")
    said += [f"Folders inside a class belong to it: {listed(nested, 3, '; ')}."] if nested else []
    twins = [name for name in classes if sum(without_case(name) == without_case(other) for other in classes) > 1]
    said += [f"{' and '.join(sorted(twins))} are separate classes."] if twins else []
    return dict(sorted(classes.items())), tuple(left_out), tuple(said)
