"""Segmentation masks next to their images, which are not images of a class."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from zoo865.data.folder import beside
from zoo865.data.folder_names import BESIDE_PARTS, OF_PICTURES, part_and_rest, small_words, without_case

OF_MASKS = (
    *("mask", "masks", "label", "labels", "annotation", "annotations", "segmentation", "segmentations", "trimaps"),
    *("segmentationclass", "segmentationobject", "groundtruth", "gt"),
)
NAMED_FOR_ANOTHER = re.compile(r"(.+?)[ _-](?:mask|segmentation|groundtruth|gt)(?:[ _-]?\d+)?", re.IGNORECASE)
WHY = "masks of the images next to them (to read them as classes: --set data_args.layout=classes)"


def without_masks(names: Iterable[str], class_names=()) -> tuple[list[str], list[tuple[str, str]]]:
    """The names of all files but masks: those in masks/ beside images/ alone, and cat_mask.png beside cat.png.

    Args:
        names: of files.
        class_names: classes that are known: their folders hold no masks.

    Returns:
        The names, and (name, why) of what is left out.
    """
    names = list(names)
    paths = {folder for name in names for folder in PurePosixPath(name).parents if folder.name}
    parents = {}
    for path in paths:
        parents.setdefault(path.parent, []).append(path)
    known, folders = {without_case(name) for name in class_names}, set()
    for siblings in parents.values():
        masks = {path for path in siblings if _is_of_masks(path) and without_case(path.name) not in known}
        if siblings[len(masks) :] and all(_is_of_pictures(path) for path in siblings if path not in masks):
            folders |= masks
    stems = {PurePosixPath(name).parent / PurePosixPath(name).stem for name in names}
    kept, lost, files = [], dict.fromkeys(sorted(folders), 0), []
    for name in names:
        path = PurePosixPath(name)
        named = NAMED_FOR_ANOTHER.fullmatch(path.stem)
        if folder := next((folder for folder in path.parents if folder in folders), None):
            lost[folder] += 1
        elif named and path.parent / named[1] in stems:
            files.append(name)
        else:
            kept.append(name)
    left_out = [(f"{folder}/ ({count:,})", WHY) for folder, count in lost.items() if count]
    return kept, left_out + beside(files, WHY)


def _is_of_pictures(path: PurePosixPath) -> bool:
    _, rest = part_and_rest(path.name)  # images, train_images
    return not rest and bool({*small_words(path.name)} & {*OF_PICTURES})


def _is_of_masks(path: PurePosixPath) -> bool:
    _, rest = part_and_rest(path.name)
    return "".join(small_words(path.name)) in OF_MASKS or (bool(rest) and {*rest} <= {*OF_MASKS, *BESIDE_PARTS})
