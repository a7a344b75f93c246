"""Pictures that answer others: masks beside the images whose pixels they name, as segmentation data sets keep them."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from zoo865.data.folder_names import OF_PICTURES, words_of

OF_MASKS = (
    *("mask", "masks", "label", "labels", "annotation", "annotations", "segmentation", "segmentations", "trimaps"),
    *("segmentationclass", "segmentationobject", "groundtruth", "gt"),
)
NAMED_FOR_ANOTHER = re.compile(r"(.+?)[ _-](?:mask|segmentation|groundtruth|gt)(?:[ _-]?\d+)?", re.IGNORECASE)
WHY = "masks of the images beside them; as classes: --set data_args.layout=classes"


def without_masks(names: Iterable[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """The names of all files but masks: those in masks/ beside images/, and cat_mask.png beside cat.png.

    Returns:
        The names, and (name, why) of what is left out.
    """
    names = list(names)
    paths = {folder for name in names for folder in PurePosixPath(name).parents if folder.name}
    parents = {}
    for path in paths:
        parents.setdefault(path.parent, []).append(path)
    folders = {
        path
        for beside in parents.values()
        if any(_last_word(one) in OF_PICTURES for one in beside)
        for path in beside
        if _is_of_masks(path)
    }
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
    if files:
        left_out.append((files[0] + (f" and {len(files) - 1:,} more" if len(files) > 1 else ""), WHY))
    return kept, left_out


def _last_word(path: PurePosixPath) -> str:
    return (words_of(path.name) or [""])[-1].casefold()


def _is_of_masks(path: PurePosixPath) -> bool:
    words = [word.casefold() for word in words_of(path.name)]
    return _last_word(path) in OF_MASKS or "".join(words) in OF_MASKS
