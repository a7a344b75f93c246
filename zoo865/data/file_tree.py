"""The files of a folder, or of a ZIP archive that is read as it is: which count, which are left out, and why."""

import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from zoo865.data import file_kinds
from zoo865.errors import ZooError
from zoo865.files import is_archive

REASONS = 6  # why files were left out, told one by one
LARGEST = 1 << 28  # bytes of an archive's file, unpacked: one that claims more is no picture but a bomb
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")  # as their names end
WITHIN = "a nested archive: unpack it"
PROGRAMS = {  # what systems put beside a person's files: macOS, Windows, Linux; NAS of Synology and QNAP
    *("__macosx", "$recycle.bin", "system volume information", "thumbs.db", "desktop.ini", "lost+found"),
    *("@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@tmp", "@sharebin"),
}


@dataclass(frozen=True)
class FileTree:
    """The files in a folder and its sub-folders, or in an archive.

    Args:
        files: name within it, with "/" between folders -> what opens it, in alphabetical order.
        folders: the names of its folders, in alphabetical order.
        left_out: (name, why) of what would count, were it whole.
        others: (how they are called, why) of what is of another kind, or no person's.
    """

    files: dict[str, Path | zipfile.Path]
    folders: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()

    @property
    def but(self) -> str:
        """The end of a sentence that says that it holds nothing: what was left out first."""
        return "".join(f", but {name}: {why}" for name, why in self.left_out[:1])

    def warnings(self, place) -> list[str]:
        """What was left out of it, in words."""
        return in_words(place, self.left_out)


def file_tree(place, suffixes: tuple[str, ...], is_one: Callable[..., bool] = lambda file: False) -> FileTree:
    """The files that count in a folder or a ZIP archive.

    Links are followed. What the system and programs put there does not count: hidden files, previews, checkpoints of
    notebooks. Nothing of an archive is written to disk.

    Args:
        place: the folder, or the archive.
        suffixes: of the files that count, in lower case: (".png", ".jpg").
        is_one: whether a file with another suffix counts, judged by its content.

    Raises:
        ZooError: no such folder, or an archive that cannot be read.
    """
    place = Path(place)
    if place.is_file() and not counts_as_archive(place):
        raise no_place(place)
    walk = _in_folder(place) if place.is_dir() else _in_archive(place)
    files, folders, left_out, of_others = {}, [], [], Counter()
    for name, source, wrong in walk:
        counts = name.lower().endswith(suffixes)
        if wrong:
            left_out.append((name, wrong))
        elif program := next((part for part in PurePosixPath(name).parts if _of_a_program(part)), None):
            if counts:
                of_others[program if name.endswith(program) else f"{program}/", "hidden or system files"] += 1
        elif source is None:
            folders.append(name)
        elif counts or is_one(source):
            if name in files:
                left_out.append((name, "duplicate name: the last one is used"))
            files[name] = source
        elif name.lower().endswith(ARCHIVES):
            left_out.append((name, WITHIN))
        else:
            of_others[f"*{PurePosixPath(name).suffix.lower()}", "unsupported file type"] += 1
    others = tuple((f"{name} ({count:,})", why) for (name, why), count in sorted(of_others.items()))
    files = dict(sorted(files.items(), key=lambda item: PurePosixPath(item[0]).parts))
    return FileTree(files, tuple(sorted(folders)), tuple(left_out), others)


def counts_as_archive(file: Path) -> bool:
    """Whether a file is an archive, by its content or its name."""
    return is_archive(file) or file.name.lower().endswith(ARCHIVES)


def no_place(place) -> ZooError:
    """The error for what is neither a folder nor a ZIP archive, in the words of what was meant."""
    place = Path(place)
    archive = place.name.lower().endswith(ARCHIVES)
    if not place.exists():
        return ZooError(f"no {'archive' if archive else 'folder'} {place}", "check the path")
    wrong = "not a folder" if archive else "neither a folder nor a ZIP archive"
    return ZooError(f"{place} is {wrong}", "unpack it first" if archive else "give the folder that contains it")


def in_words(place, left_out: tuple[tuple[str, str], ...]) -> list[str]:
    """A sentence for each reason why something was left out of a place."""
    reasons = {}
    for what, why in left_out:
        reasons.setdefault(why, []).append(what)
    said = [
        f"left out of {place}: {what[0]}{f' and {len(what) - 1:,} more' if len(what) > 1 else ''}: {why}"
        for why, what in list(reasons.items())[:REASONS]
    ]
    if others := list(reasons.values())[REASONS:]:
        said.append(f"left out of {place} for other reasons: {sum(map(len, others)):,}")
    return said


def _of_a_program(name: str) -> bool:
    """Whether a file or folder is none of the person's: hidden, as .ipynb_checkpoints, or known by name."""
    return name.startswith(".") or name.casefold() in PROGRAMS


def _in_folder(folder: Path) -> Iterator[tuple[str, Path | None, str]]:
    """(name, file, what is wrong with it) of every file; (name, None, "") of every folder."""
    seen, closed = set(), []
    for place, folders, names in os.walk(folder, followlinks=True, onerror=closed.append):
        status, at = os.stat(place), Path(place).relative_to(folder)
        if (status.st_dev, status.st_ino) in seen:  # a link to what was walked already, perhaps from within it
            yield at.as_posix(), None, "link to a folder that is already included"
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        for name in folders:
            yield (at / name).as_posix(), None, ""
        for name in sorted(names):
            path = Path(place, name)
            yield (at / name).as_posix(), path, "" if path.is_file() else "broken link, or not a regular file"
    for error in closed:
        at = Path(error.filename).relative_to(folder)
        if not any(map(_of_a_program, at.parts)):  # lost+found, for one, is nobody's
            yield at.as_posix(), None, f"unreadable folder: {error.strerror}"


def _in_archive(path: Path) -> Iterator[tuple[str, zipfile.Path | None, str]]:
    """As `_in_folder`."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise no_place(path) from error
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        hint = "is the file complete? Unpack archives other than ZIP first"
        kind = "" if isinstance(error, OSError) else file_kinds.kind_of(_beginning(path))
        reason = error if kind in ("", file_kinds.ARCHIVE) else kind
        raise ZooError(f"cannot read {path} as a ZIP archive: {reason}", hint) from error
    for one in archive.infolist():
        if one.flag_bits & 1:
            raise ZooError(f"{path} is encrypted", "unpack it and give the folder")
        name = _as_written(one)
        if name.startswith("/") or ".." in PurePosixPath(name).parts or ":" in name.partition("/")[0]:
            yield name, None, "path outside of the archive"
        elif one.is_dir():
            yield name.rstrip("/"), None, ""
        elif one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            yield name, None, "unsupported compression: unpack the archive"
        elif one.file_size > LARGEST:
            yield name, None, f"too large: {one.file_size:,} bytes when unpacked"
        else:
            yield name, zipfile.Path(archive, one.filename), ""


def _beginning(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(file_kinds.BEGIN)


def _as_written(one: zipfile.ZipInfo) -> str:
    """The name of an archive's file: where it does not say in which way it is coded, most are UTF-8 all the same; some
    programs of Windows write "\\" between folders.
    """
    if one.flag_bits & 0x800:
        return one.filename.replace("\\", "/")
    try:
        return one.filename.encode("cp437").decode("utf-8").replace("\\", "/")
    except UnicodeError:
        return one.filename.replace("\\", "/")
