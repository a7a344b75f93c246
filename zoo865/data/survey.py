"""A look at every picture of a folder before any is used: which cannot be read, how large they are, which are equal."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from zoo865.data import pictures
from zoo865.errors import ZooError

UNREADABLE = 0.05  # share of the pictures above which a folder is refused
ALIKE = 10  # of 128 bits, by which the hashes of one picture may differ when it was saved again; others differ by 24
SMALL = 64  # pixels of a side, below which perceptual hashes tell drawings no longer apart


@dataclass(frozen=True)
class Look:
    """What one picture is like.

    Args:
        path: of the file.
        trouble: why it cannot be read, or "".
        size: (height, width), upright.
        grey: whether it has no colours.
        hash: (bytes,) uint8, equal for equal pictures; (16,) and nearly equal for pictures that look alike.
    """

    path: Path
    trouble: str = ""
    size: tuple[int, int] = (0, 0)
    grey: bool = False
    hash: np.ndarray | None = None


def survey(paths, folder) -> list[Look]:
    """Looks at pictures.

    Args:
        paths: of the pictures.
        folder: where they are from, for the error.

    Raises:
        ZooError: more than 5 % cannot be read; names the first.
    """
    with ThreadPoolExecutor() as pool:
        looks = list(pool.map(look, paths))
    bad = [found for found in looks if found.trouble]
    if len(bad) > UNREADABLE * len(looks):
        said = f"{len(bad)} of {len(looks)} pictures in {folder} cannot be read, first {bad[0].path}: {bad[0].trouble}"
        raise ZooError(said, "take them away, or are the files whole, and PNG, JPEG, ...?")
    return looks


def look(path: Path) -> Look:
    """Looks at one picture."""
    import imagehash

    try:
        with pictures.opened(path) as image:
            # Before `draft`, which makes a JPEG grey and small while it is read.
            size, grey = image.size[::-1], image.mode in ("1", "L", "I;16", "I")
            image.draft("L", (2 * SMALL, 2 * SMALL))
            image.load()
            turned = pictures.turn_of(image) in pictures.SIDEWAYS
            small = Image.fromarray(pictures.from_pil(image, 1)[..., 0])
    except ZooError as error:
        return Look(path, error.message.partition(f"{path}: ")[2] or error.message)
    if min(size) < SMALL:
        digest = np.frombuffer(hashlib.sha256(str(size).encode() + small.tobytes()).digest(), "uint8")
    else:
        digest = np.packbits([imagehash.phash(small).hash, imagehash.dhash(small).hash])
    return Look(path, "", size[::-1] if turned else size, grey, digest)


def twins(some: list[Look], others: list[Look]) -> list[tuple[Path, Path]]:
    """Pictures of one list that are in the other too, equal or saved again in another way; at most one partner each."""
    pairs = []
    for kind in (16, 32):  # a perceptual hash, a digest
        first, second = ([one for one in looks if len(one.hash) == kind] for looks in (some, others))
        if first and second:
            hashes = np.stack([one.hash for one in first])
            for one in second:
                distance = np.bitwise_count(hashes ^ one.hash).sum(1)
                nearest = int(distance.argmin())
                if distance[nearest] <= (ALIKE if kind == 16 else 0):
                    pairs.append((first[nearest].path, one.path))
    return pairs
