"""Atomic writes, reads whose errors name the file, file names as text, and the names FILE.py:NAME of users' code."""

import contextlib
import json
import os
import shutil
import unicodedata
from pathlib import Path

from zoo865.errors import ZooError


@contextlib.contextmanager
def atomic(path):
    """Yields a temporary path beside `path` for the body to write a file or a directory to.

    At the end it is renamed to `path`; if the body fails it is removed and `path` stays as it was.
    Raises ZooError where the place cannot be written to (no permission, disk full, parent is a file).
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    new_parents = [parent for parent in path.parents if not parent.exists()]
    done = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
        done = True
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                temporary.unlink()
        for parent in [] if done else new_parents:
            with contextlib.suppress(OSError):  # it is not empty: another process writes there too
                parent.rmdir()


def file_to_write(out) -> Path:
    """The path of a file that the user asks for, checked before the work starts.

    Raises:
        ZooError: its folder does not exist, for example because of a typo, is none, or is not writable.
    """
    out = Path(out)
    if not out.parent.exists():
        raise ZooError(f"cannot write {out}: no folder {out.parent}", f"create it: mkdir -p {out.parent}")
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        wrong = "is not writable" if out.parent.is_dir() else "is a file"
        raise ZooError(f"cannot write {out}: {out.parent} {wrong}", "choose another place")
    return out


def checked_place(out, suffixes: tuple[str, ...], names: str) -> Path:
    """The file or folder to write several things to, checked before the work starts.

    Args:
        out: a file whose name ends with one of `suffixes`; without an end a folder, new or empty.
        suffixes: in lower case, with their dots.
        names: what is written, and how it may be called: "images: name grid.png or a folder".

    Raises:
        ZooError: it names another kind of file, a file in a missing folder, or a folder that is not empty.
    """
    out, (what, _, hint) = Path(out), names.partition(": ")
    if out.suffix.lower() not in (*suffixes, ""):
        raise ZooError(f"cannot write {what} to {out}", hint)
    if out.is_dir() and (out.suffix or any(out.iterdir())):
        raise ZooError(f"{out} is an existing folder", "name another path or an empty folder")
    return file_to_write(out) if out.suffix else out


def unwritable(path, error: OSError) -> ZooError:
    """The error for a path that cannot be written."""
    return ZooError(f"cannot write {path}: {error.strerror or error}", "free some disk space or choose another path")


def named_in_utf8(path) -> Path:
    """The path. Raises ZooError if it is not valid UTF-8: TensorFlow and ONNX Runtime open no other."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise ZooError(f"the path {path} is not valid UTF-8, which TensorFlow requires", "rename it") from error
    return Path(path)


def write_text(path, text: str):
    """Writes a text file atomically; names in it that are not valid UTF-8 are escaped as by `name_as_text`."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def write_json(path, document):
    """Writes a JSON file atomically."""
    write_text(path, json_text(document) + "\n")


def json_text(document, encoding: str = "utf-8") -> str:
    """A document as JSON that can be written in an encoding and is read as it was, names that are no UTF-8 too."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(document, indent=2)
    return text


def name_as_text(name: str) -> str:
    """The name of a file or folder as text that can be written anywhere, equal where it looks equal.

    macOS writes é as two characters: one spelling for both. Bytes that are no UTF-8, as old archives leave them,
    become escapes.
    """
    return unicodedata.normalize("NFC", name.encode("utf-8", "backslashreplace").decode())


def write_png(path, image):
    """Writes a picture, (height, width, 1 or 3) uint8, atomically."""
    from PIL import Image

    with atomic(path) as temporary:
        Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image).save(temporary, "png")


def read_json(path):
    """The document in a JSON file. Raises ZooError where it is missing or damaged."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ZooError(f"cannot read {path}: {error}", "the file is missing or damaged") from error


def with_tuples(value):
    """What JSON holds, with tuples for its lists: frozen dataclasses hold those. NumPy's numbers become Python's."""
    if isinstance(value, dict):
        return {name: with_tuples(part) for name, part in value.items()}
    value = value.tolist() if hasattr(value, "tolist") else value
    return tuple(map(with_tuples, value)) if isinstance(value, (list, tuple)) else value


def split_name(name: str) -> tuple[str, str]:
    """(FILE.py, NAME) of FILE.py:NAME, (FILE.py, "") of FILE.py alone, ("", the name) of what names no file."""
    file, _, in_it = (name, "", "") if name.endswith(".py") else name.rpartition(":")
    return (file, in_it) if file.endswith(".py") else ("", name)


def full_name(name: str) -> str:
    """A name that every process finds, in whatever directory it stands: a user's file by its whole path."""
    file, in_it = split_name(name)
    return f"{Path(file).resolve()}:{in_it}".rstrip(":") if file else name


def is_archive(place) -> bool:
    """Whether there is a ZIP archive of this name, by its suffix, were it damaged, or by how it begins."""
    place = Path(place)
    try:
        if not place.is_file() or place.name.lower().endswith(".zip"):
            return place.is_file()
        with open(place, "rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except (OSError, ValueError):  # what cannot be opened, or a text that is no name of a file
        return False
