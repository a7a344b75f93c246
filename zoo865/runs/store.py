"""Where published models are stored, and whether their files match their cards."""

import hashlib
import re
from pathlib import Path

from zoo865.errors import ZooError
from zoo865.files import read_json

STORES = (Path("saved_models"), Path(__file__).parents[2] / "saved_models")  # here, and in a checkout of the zoo


def find_published(name, version: int | None = None) -> Path | None:
    """The directory of a published model.

    Args:
        name: its path, its name, or NAME/VERSION, as commands print it.
        version: a number; None takes the highest of a name.
    """
    if (Path(name) / "card.json").is_file():
        return Path(name)
    if version is None and (named := re.fullmatch(r"([^/]+)/(\d+)", str(name))):
        name, version = named[1], int(named[2])
    if not str(name) or str(name) != Path(name).name:  # a path, which names nothing but itself
        return None
    for store in STORES:
        cards = store.glob(f"{name}/{'[0-9]*' if version is None else version}/card.json")
        if found := sorted(cards, key=lambda card: int(card.parent.name)):
            return found[-1].parent
    return None


def check_files(path):
    """Raises ZooError if a published model's files do not match its card in name, size and SHA-256."""
    lists = read_json(Path(path) / "card.json")["files"], files_of(path)
    listed, there = ({file["path"]: file for file in files} for files in lists)
    for name in sorted({*listed, *there}):
        if listed.get(name) != there.get(name):
            wrong = "is missing" if name not in there else "does not match its card"
            raise ZooError(f"{Path(path) / name} {wrong}", "copy the published model again")


def files_of(directory) -> list[dict]:
    """Path, bytes and SHA-256 of every file in a directory except the card."""
    found = (path for path in sorted(Path(directory).rglob("*")) if path.is_file() and path.name != "card.json")
    return [
        {
            "path": path.relative_to(directory).as_posix(),
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in found
    ]
