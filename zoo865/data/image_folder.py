"""The pictures of a folder, with the split, class and properties of each."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoo865.data.features import Image
from zoo865.data.file_tree import FileTree, no_place
from zoo865.data.folder_names import spelled_as
from zoo865.data.image_scan import ScannedImage, check_readable, scan
from zoo865.data.layout import ALL, read_layout
from zoo865.data.spec import Spec
from zoo865.errors import ZooError


@dataclass(frozen=True)
class ImageFolder:
    """The pictures of a folder, in the order of parts, classes and names.

    Args:
        names: of the pictures, within the folder.
        parts: (pictures,) "train", or "validation" and "test" where the folder has those.
        labels: (pictures,) int64, by `class_names`; 0 where there are none.
        class_names: () where pictures have no labels.
        looks: what each picture is like.
        left_out: (what, why) of what does not count.
        notes: sentences on what a person might not expect.
    """

    names: list[str]
    parts: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    looks: list[ScannedImage]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def read_image_folder(
    folder,
    layout: str | None = None,
    like: Spec | None = None,
    any_unreadable: bool = False,
    classes_apart: bool = False,
) -> ImageFolder:
    """Looks at every picture of a folder.

    Args:
        folder: the folder, or a ZIP archive of it.
        layout: see `zoo865.data.layout.read_layout`; None reads it off the names of its folders.
        like: None, or the specification of which the classes are to be.
        any_unreadable: whether also more than 5 % of the pictures may be none that can be read, all of a class too.
        classes_apart: whether the parts may have different classes, and others than `like`.

    Raises:
        ZooError: no such folder, nothing in it, or one that can be read in two ways; classes that training lacks; too
            many pictures that cannot be read.
    """
    folder = Path(folder).expanduser()
    if not folder.exists():
        hint = "give a folder of pictures, or a ZIP archive of one, with one sub-folder per class if there are classes"
        raise ZooError(no_place(folder).message, hint)
    if classes_apart and like:
        like = dataclasses.replace(like, targets={})
    tree = Image.files_in(folder)
    if not tree.files:
        raise ZooError(f"no pictures in {folder}{tree.but}", "put them in one sub-folder per class: FOLDER/cat/1.jpg")
    found = read_layout(tree.files, folder, layout, like.class_names if like else ())
    found_parts = found.parts
    if like and like.class_names:
        found_parts = {part: spelled_as(classes, like.class_names) for part, classes in found.parts.items()}
    names = [name for classes in found_parts.values() for files in classes.values() for name in files]
    looks = dict(zip(names, scan([tree.files[name] for name in names]), strict=True))
    if not any_unreadable:
        check_readable(looks.values(), folder)
    readable = {
        part: {label: [name for name in files if not looks[name].trouble] for label, files in classes.items()}
        for part, classes in found_parts.items()
    }
    places = {part: folder / inside for part, inside in found.folders.items()}
    if classes_apart:
        class_names, missing = tuple(dict.fromkeys(name for classes in readable.values() for name in classes)), []
    else:
        class_names, missing = _class_names(readable, places, like, any_unreadable)
    every = [
        (part, class_names.index(label), name)
        for part, classes in readable.items()
        for label, files in classes.items()
        for name in files
    ]
    parts, labels, files = zip(*every, strict=True) if every else ((), (), ())
    unreadable = [(name, look.trouble) for name, look in looks.items() if look.trouble]
    return ImageFolder(
        list(files),
        np.array(parts),
        np.array(labels, "int64"),
        () if class_names == (ALL,) else class_names,
        [looks[name] for name in files],
        (*unreadable, *tree.left_out, *found.left_out, *_empty(tree), *tree.others),
        (*found.notes, *missing),
    )


def _class_names(parts, places, like: Spec | None, any_unreadable: bool) -> tuple[tuple[str, ...], list[str]]:
    """The classes, of training or of `like`, or only ALL; and a sentence on those that another part lacks.

    Raises:
        ZooError: a part has a class that is none of them, or training has no picture of one.
    """
    names, whose = tuple(parts["train"]), f"{places['train']} has"
    if like and like.class_names:
        names, whose = like.class_names, "the model was trained on"
    missing = []
    for part, classes in parts.items():
        if unknown := [name for name in classes if name not in names]:
            given = "no class folders" if unknown == [ALL] else f"the classes {', '.join(unknown)}"
            hint = "name its folders like those for training, or move them away"
            raise ZooError(f"{places[part]} has {given}; {whose} {', '.join(names)}", hint)
        if lacks := [name for name in names if not classes.get(name)]:
            if part == "train" and not like and not any_unreadable:
                raise ZooError(f"class {lacks[0]!r} in {places[part]} has no readable picture", "add some")
            pictures = f"{part} pictures" if len(parts) > 1 else "pictures"  # what is not cut yet is of no part
            readable = "readable " if any(name in classes for name in lacks) else ""
            of = f" of {', '.join(lacks)}" if any(lacks) else ""
            missing.append(f"No {readable}{pictures}{of}.")
    return names, missing


def _empty(tree: FileTree) -> list[tuple[str, str]]:
    """The folders that hold nothing that counts, without those in them."""
    full = {"/".join(name.split("/")[:depth]) for name in tree.files for depth in range(1, name.count("/") + 1)}
    empty = [name for name in tree.folders if name not in full]
    inner = {name for name in empty if any(name.startswith(f"{other}/") for other in empty)}
    return [(f"{name}/", "no pictures") for name in empty if name not in inner]
