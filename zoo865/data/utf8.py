"""Files that ought to be text in UTF-8: whether they are, and what else they are."""

import contextlib
from pathlib import Path

from zoo865.data.file_kinds import foreign_kind
from zoo865.errors import ZooError

CHECKED = 1 << 16  # bytes by which it is told whether a file is text
CONVERT = "convert it: iconv -f {} -t UTF-8 FILE > NEW"


@contextlib.contextmanager
def reading(path: Path):
    """Raises ZooError in place of what goes wrong where a file is opened and read."""
    try:
        yield
    except OSError as error:
        raise ZooError(f"cannot read {path}: {error.strerror}", "check the path") from error


def check_text(path: Path, head: bytes):
    """Raises ZooError where the beginning of a file, `CHECKED` bytes, is not UTF-8; one in a thousand may be wrong."""
    if head.startswith(b"version https://git-lfs"):
        raise ZooError(f"{path} is a Git LFS pointer, not the text", "git lfs pull")
    wrong = len(head) - len(head.decode(errors="ignore").encode())
    if b"\0" not in head and wrong <= len(head) / 1000 + 3 * (len(head) == CHECKED):  # a character may be cut in two
        return
    if kind := foreign_kind(head):
        raise ZooError(f"{path} is not text: {kind}", "give text in UTF-8")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\0") > len(head) / 4:
        raise ZooError(f"{path} is UTF-16, not UTF-8", CONVERT.format("UTF-16"))
    if b"\0" in head:
        raise ZooError(f"{path} is not text: it holds bytes of zero", "give text in UTF-8")
    raise ZooError(
        f"{path} is not UTF-8: {wrong:,} of its first {len(head):,} bytes are wrong", CONVERT.format("LATIN1")
    )


def strict_text(path: Path) -> str:
    """The text of a file, without a byte order mark.

    Raises:
        ZooError: it cannot be read, or one of its bytes is not UTF-8.
    """
    with reading(path):
        content = path.read_bytes()
    check_text(path, content[:CHECKED])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ZooError(f"{path} is not UTF-8 in line {line:,}", CONVERT.format("LATIN1")) from error
