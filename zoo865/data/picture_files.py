"""Opening pictures, recognised by content rather than by file name."""

import contextlib
import functools
import io
import os
import re
import warnings
import zipfile
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from zoo865.data import file_kinds
from zoo865.errors import ZooError

# As Pillow names them. It reads more: with Ghostscript, by stubs, and what hardly any mark tells from other files.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "PPM", "WEBP", "AVIF", "TIFF", "JPEG2000", "ICO")
IS_IT_WHOLE = "is it a complete PNG, JPEG, ... file?"


@contextlib.contextmanager
def opened(given):
    """Opens a picture, a file, its bytes, or an open file, for the body, which may load and convert it.

    Raises:
        ZooError: no such file, or not a whole picture.
    """
    name = f"picture {given}" if isinstance(given, (str, os.PathLike, zipfile.Path)) else "the given picture"
    _check(given)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _source(given) as source, _opened(source) as image:
                yield image
    except ZooError as error:
        raise ZooError(f"cannot read {name}: {error.message}", error.hint) from error
    except Exception as error:  # decoders raise whatever the broken bytes lead them to
        reason = str(error) or type(error).__name__
        raise ZooError(f"cannot read {name}: {reason}", IS_IT_WHOLE) from error


def _check(given):
    """Raises ZooError where something is no file, nor what holds one."""
    if isinstance(given, (str, os.PathLike)):
        if not _is_file(path := Path(given)):
            hint = "check the path" if not path.is_dir() else "it is a folder: give its files"
            raise ZooError(f"no picture {path}", hint)
    elif not (isinstance(given, (bytes, bytearray, zipfile.Path)) or hasattr(given, "read")):
        raise ZooError(
            f"a value of type {type(given).__name__} is not a picture", "give a file, a PIL image or an array"
        )


def _source(given) -> BinaryIO:
    """What Pillow opens: a file, or what one holds, which need not be open for seeking, or lies in an archive.

    Never a path: Pillow 13 maps such an uncompressed TIFF with the sides of the turned picture, which scrambles it.
    """
    if isinstance(given, zipfile.Path):
        return io.BytesIO(given.read_bytes())
    if isinstance(given, (str, os.PathLike)):
        return open(given, "rb")
    if hasattr(given, "read"):
        if hasattr(given, "seekable") and given.seekable():
            given.seek(0)
        given = given.read()
    if isinstance(given, str):
        raise ZooError("it is open in text mode", 'open it in binary mode: open(FILE, "rb")')
    return io.BytesIO(given)


def is_picture(given) -> bool:
    """Whether a file is a readable picture by its first bytes, whatever its suffix."""
    try:
        with opened(given):
            return True
    except ZooError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a text that is no name of a file: too long, or with a NUL
        return False


def _opened(source: BinaryIO) -> Image.Image:
    """Pillow's image of a file.

    Raises:
        ZooError: it is none that can be read: what it is.
    """
    try:
        image = Image.open(source, formats=FORMATS)
    except Exception as error:
        kind = file_kinds.kind_of(_beginning(source))
        try:
            source.seek(0)
            if kind == file_kinds.HEIC and _reads_heic():
                return Image.open(source, formats=("HEIF",))
            if kind == file_kinds.AVIF:
                return Image.open(_without_exif(source), formats=("AVIF",))
        except Image.UnidentifiedImageError:
            raise ZooError("it is a damaged HEIC or AVIF") from error
        if isinstance(error, Image.UnidentifiedImageError):
            raise ZooError(kind or "it is not a picture", "" if kind else IS_IT_WHOLE) from error
        raise
    if not isinstance(image.info.get("xmp", b""), bytes):  # Pillow looks into it while it loads a TIFF
        del image.info["xmp"]
    return image


def _without_exif(source: BinaryIO) -> io.BytesIO:
    """A file whose directories of EXIF hold nothing. Of a turned AVIF Pillow rewrites them, and fails by a broken tag.

    How such a photo is to be turned stands in AVIF's own part of the file.
    """
    source.seek(0)
    file = source.read()
    return io.BytesIO(re.sub(rb"(II\*\0\x08\0\0\0|MM\0\*\0\0\0\x08)..", rb"\1\0\0", file, flags=re.DOTALL))


def _beginning(source: BinaryIO) -> bytes:
    source.seek(0)
    return source.read(file_kinds.BEGIN)


@functools.cache
def _reads_heic() -> bool:
    """Whether the photos of an iPhone can be read: by a package of its own, imported when the first one comes."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True
