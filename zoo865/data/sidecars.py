"""Files that belong to a picture by their names, and go where it goes: IMG_1.xmp, IMG_1.jpg.json and, of a live photo,
IMG_1.mov beside IMG_1.jpg.
"""

import contextlib
import itertools
import os
from collections.abc import Callable
from pathlib import Path

from zoo865.errors import ZooError


def sidecars(picture: Path, is_picture: Callable[[Path], bool]) -> list[Path]:
    """The files beside a picture that belong to it alone: what two pictures share stays with the one that is left.

    Args:
        picture: its path.
        is_picture: whether a file is a picture itself, which belongs to no other.

    Raises:
        ZooError: its folder cannot be read.
    """
    try:
        beside = os.listdir(picture.parent)
    except OSError as error:
        raise ZooError(
            f"cannot read {picture.parent}: {error.strerror}", "check that it exists and is readable"
        ) from error

    def is_of_another(name: str) -> bool:
        shared = _shared(picture.name, name)
        others = (other for other in beside if other != picture.name and _shared(other, name) >= shared)
        return any(is_picture(picture.with_name(other)) for other in others)

    found = [name for name in beside if name != picture.name and _shared(picture.name, name)]
    files = [file for name in sorted(found) if (file := picture.with_name(name)).is_file() and not is_picture(file)]
    return [file for file in files if not is_of_another(file.name)]


def _shared(picture: str, other: str) -> int:
    """How many characters of a picture's name another name starts with: all of it, its stem, or 0."""
    begins = (picture, os.path.splitext(picture)[0])
    return max((len(begin) for begin in begins if other.startswith(f"{begin}.")), default=0)


def move_together(files: list[Path], to: Path) -> list[Path]:
    """Moves a picture and its sidecars, all or none, and never onto other files: where one is there, all get a number.

    Args:
        files: the picture, and what goes with it.
        to: what the picture is to be called; the others are called as it is.

    Returns:
        Where they are now.

    Raises:
        ZooError: they cannot be moved.
    """
    stems = itertools.chain([to.stem], (f"{to.stem}-{number}" for number in itertools.count(2)))
    rests = [file.name.removeprefix(files[0].stem) for file in files]
    named = ([to.with_name(stem + rest) for rest in rests] for stem in stems)
    targets = next(some for some in named if not any(one.exists() or one.is_symlink() for one in some))
    moved = []
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        for source, target in zip(files, targets, strict=True):
            _rename(source, target)
            moved.append((source, target))
    except OSError as error:
        for source, target in reversed(moved):
            with contextlib.suppress(OSError):
                _rename(target, source)
        raise ZooError(f"cannot move {files[0]} to {targets[0]}: {error.strerror}", "check its permissions") from error
    return targets


def _rename(source: Path, target: Path):
    if source.is_symlink():  # which may say where it leads from where it stands
        target.symlink_to(source.resolve())
        source.unlink()
    else:
        source.rename(target)
