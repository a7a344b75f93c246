"""A scan of every picture of a folder before use: whether it is readable, its size, its near-duplicates."""

import datetime
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from zoo865.data import picture_files, pictures
from zoo865.errors import ZooError

UNREADABLE = 0.05  # share of the pictures above which a folder is refused
DARK = 255 / 10  # brightness that no pixel of a folder reaches whose pictures are likely of another range
SMALL = 64  # pixels of a side, below which perceptual hashes tell drawings no longer apart
CELLS = 8  # rows and columns of the colours that are compared
# Of 150 photos: saved again 128 bits differ by 5 at most, moved and turned as a hand does (4 %, 2 degrees) by 19, half
# of them; two photos by at least 35, half of them by 63.
ALIKE, BURST = 10, 30
SECONDS = 3  # from one photo of a burst to the next
COLOUR = 32  # of 255, by which a cell may differ: a photo warmed by a tenth reaches 25
GREY = 8  # how far channels lie apart in what has no colours
BRIGHTNESS = 12  # of 255, by which a cell of such a picture may differ from one with colours
AT_ONCE = 512  # pictures that are compared with all others together
NEAREST = 64  # of those whose hashes are alike, whose colours and times are compared


@dataclass(frozen=True)
class ScannedImage:
    """What one picture is like.

    Args:
        path: what opens it.
        trouble: why it cannot be read, or "".
        size: (height, width), upright.
        grey: whether it has no colours.
        hash: (bytes,) uint8, equal for equal pictures; (16,) and nearly equal for pictures that look alike; (0,) where
            it cannot be read.
        colours: (CELLS, CELLS, 3) uint8.
        taken: seconds, when its camera says that it was taken; NaN where none does.
        sha256: of the file.
        brightest: the largest of its numbers, as bytes.
    """

    path: Path
    trouble: str = ""
    size: tuple[int, int] = (0, 0)
    grey: bool = False
    hash: np.ndarray = field(default_factory=lambda: np.zeros(0, "uint8"))
    colours: np.ndarray = field(default_factory=lambda: np.zeros((CELLS, CELLS, 3), "uint8"))
    taken: float = np.nan
    sha256: str = ""
    brightest: int = 255


def all_but_black(looks: list[ScannedImage], folder: Path) -> list[str]:
    """A note if all pictures are almost black; else []."""
    brightest = max((one.brightest for one in looks), default=255)
    if brightest >= DARK:
        return []
    wrong = f"the brightest pixel in {folder.resolve().name} is {brightest} of 255, so its pictures are almost black"
    return [f"{wrong} (masks, or fewer bits than the file format? rescale them to 255 or 65,535)"]


def scan(paths) -> list[ScannedImage]:
    """Looks at each picture, readable or not."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(look, paths))


def check_readable(looks, folder):
    """Raises ZooError if more than 5 % of a folder's pictures cannot be read; names the first."""
    bad = [found for found in looks if found.trouble]
    if len(bad) > UNREADABLE * len(looks):
        first = f"{bad[0].path}: {bad[0].trouble}"
        said = f"{len(bad)} of {len(looks)} pictures in {folder} cannot be read, first {first}"
        raise ZooError(said, f"up to {UNREADABLE:.0%} may be unreadable: remove or repair them")


def look(path: Path) -> ScannedImage:
    """Looks at one picture."""
    import imagehash

    try:
        with picture_files.opened(path) as image:
            # Before `draft`, which makes a JPEG small while it is read.
            size, grey = image.size[::-1], pictures.is_grey(image)
            taken = _taken(image)
            image.draft("L" if grey else "RGB", (2 * SMALL, 2 * SMALL))
            image.load()
            turned = pictures.turn_of(image) in pictures.SIDEWAYS
            whole = Image.fromarray(pictures.from_pil(image, 3))
    except ZooError as error:
        return ScannedImage(path, error.message.partition(f"{path}: ")[2] or error.message)
    small = whole.convert("L")
    if min(size) < SMALL:
        digest = np.frombuffer(hashlib.sha256(str(size).encode() + whole.tobytes()).digest(), "uint8")
    else:
        digest = np.packbits([imagehash.phash(small).hash, imagehash.dhash(small).hash])
    colours = np.asarray(whole.resize((CELLS, CELLS), Image.Resampling.BOX))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    size, brightest = size[::-1] if turned else size, int(np.asarray(whole).max())
    return ScannedImage(path, "", size, grey, digest, colours, taken, sha256, brightest)


def _taken(image: Image.Image) -> float:
    """When a photo was taken, in seconds of its camera's clock; NaN if unknown."""
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        time = details.get(ExifTags.Base.DateTimeOriginal) or exif[ExifTags.Base.DateTime]
        whole = datetime.datetime.strptime(str(time).strip("\0 "), "%Y:%m:%d %H:%M:%S").timestamp()
        return whole + float(f"0.{details.get(ExifTags.Base.SubsecTimeOriginal, 0)}")
    except Exception:  # a broken tag costs the tag, never the photo; what Pillow raises depends on how it is broken
        return np.nan


def near_duplicates(looks: list[ScannedImage]) -> list[tuple[int, int]]:
    """Pairs of near-duplicate pictures, by index: identical, re-saved in another way, or consecutive in a
    burst. Each picture stands behind one before it at most, the one that is most like it: groups are what they connect.
    """
    hashed = [i for i, one in enumerate(looks) if len(one.hash) == 16]
    pairs = _equal(looks)
    if len(hashed) > 1:
        # 1 and -1 for the bits: the product of two rows says how many are equal, quickly.
        bits = np.unpackbits(np.stack([looks[i].hash for i in hashed]), axis=1).astype("float32") * 2 - 1
        colours = np.stack([looks[i].colours for i in hashed]).astype("float32")
        taken = np.array([looks[i].taken for i in hashed])
        for start in range(0, len(hashed), AT_ONCE):
            differ = (bits.shape[1] - bits[start : start + AT_ONCE] @ bits[: start + AT_ONCE].T) / 2
            for row, place in enumerate(range(start, min(start + AT_ONCE, len(hashed)))):
                before = np.flatnonzero(differ[row, :place] <= BURST)
                nearest = before[np.argsort(differ[row, before], kind="stable")[:NEAREST]]
                again = differ[row, nearest] <= ALIKE
                again[again] = _of_one_colour(colours[nearest[again]], colours[place])
                burst = np.abs(taken[nearest] - taken[place]) <= SECONDS  # False of NaN
                if (found := nearest[again | burst]).size:
                    pairs.append((hashed[found[0]], hashed[place]))
    return sorted(pairs)


def _equal(looks) -> list[tuple[int, int]]:
    """Of the small ones each with the first that is equal to it."""
    first, pairs = {}, []
    for i, one in enumerate(looks):
        if len(one.hash) != 16:
            other = first.setdefault(one.hash.tobytes(), i)
            pairs += [(other, i)] if other != i else []
    return pairs


def _of_one_colour(some, others) -> np.ndarray:
    """(pairs,) whether pictures, (pairs, CELLS, CELLS, 3), have the colours of others everywhere; or their brightness,
    where one of a pair has no colours.
    """
    others = np.broadcast_to(others, some.shape)
    grey = np.minimum(*(np.ptp(colours, axis=-1).max((1, 2)) for colours in (some, others))) <= GREY
    apart, brighter = np.abs(some - others).max((1, 2, 3)), np.abs(_brightness(some) - _brightness(others)).max((1, 2))
    return np.where(grey, brighter <= BRIGHTNESS, apart <= COLOUR)


def _brightness(colours) -> np.ndarray:
    return colours @ np.array([0.299, 0.587, 0.114], "float32")


def groups_of(pairs: list[tuple[int, int]], count: int) -> np.ndarray:
    """(count,) a number for each of so many things: equal for those that pairs connect, directly or through others."""
    if not pairs:
        return np.arange(count)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    connected = coo_array((np.ones(len(pairs)), np.transpose(pairs)), (count, count))
    return connected_components(connected, directed=False)[1]
