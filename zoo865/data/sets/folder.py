"""A folder of pictures as a data set: one sub-folder a class, or all of one kind."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np

from zoo865.data import pictures
from zoo865.data.features import Image, Label
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.data.statistics import cut, spread
from zoo865.data.survey import survey, twins
from zoo865.errors import ZooError
from zoo865.files import files_in

COLOURED = 4  # how far channels of a pixel lie apart on average, out of 255, in what is no drawing
ALL = ""  # in place of a class's name, where a folder has no sub-folders
IN_MEMORY = 1 << 28  # bytes of decoded pictures up to which a split is kept in memory


class Files:
    """A split whose pictures are read from disk when they are taken, so that memory stays bounded.

    Args:
        paths: of the pictures.
        labels: one a picture; all 0 where there are no classes.
        shape: (height, width, channels) of the images.
        crop: whether pictures keep their proportions, by what their centre shows; else they are squeezed.
        like: None, or what a model was trained on: drawings are fitted to it as when the model is asked about them.
        labelled: whether labels go with the pictures.
    """

    def __init__(
        self, paths, labels, shape: tuple[int, int, int], crop=False, like: Image | None = None, labelled=True
    ):
        self.paths, self.labels, self.shape = list(paths), np.asarray(labels, "int64"), shape
        self.crop, self.like, self.labelled = crop, like, labelled

    def __len__(self):
        return len(self.paths)

    def take(self, indices) -> dict[str, np.ndarray]:
        """Pictures, labels and paths at `indices`."""
        images = [self._read(self.paths[i]) for i in indices]
        return {
            "image": np.stack(images) if images else np.zeros((0, *self.shape), "uint8"),
            **({"label": self.labels[indices]} if self.labelled else {}),
            "path": np.array([str(self.paths[i]) for i in indices]),
        }

    def _read(self, path) -> np.ndarray:
        if self.like and self.like.ink:
            return pictures.as_trained(pictures.read(path, self.shape[2]), self.like)[0]
        return pictures.read(path, self.shape[2], self.shape[:2], self.crop)

    def part(self, indices) -> "Files":
        """The split of the pictures at `indices` alone."""
        paths = [self.paths[i] for i in indices]
        return Files(paths, self.labels[indices], self.shape, self.crop, self.like, self.labelled)


def images(
    folder,
    image_shape: tuple[int, int, int] | None = None,
    crop: bool = False,
    smallest: int = 1,
    fold: tuple[int, int] | None = None,
    like: Image | None = None,
) -> Data:
    """Pictures in class sub-folders or in none, or in train/ and test/ (and validation/, if there is one) with such.

    What is not cut by the folder is cut here, each class in proportion, always alike: 20 % to test, then 10 % of the
    rest to validate.

    Args:
        folder: the folder.
        image_shape: (height, width, channels) of the images; None takes the most frequent size among them.
        crop: see `Files`.
        smallest: pixels that the shorter side of a picture must have.
        fold: (number, of how many): all pictures together are cut anew, into so many parts, each class in proportion;
            the part of this number, from 1, is the test.
        like: None, or what a model was trained on, to measure it on this folder; see `Files`.

    Raises:
        ZooError: missing or empty folder, a class with fewer than 3 pictures or fewer than folds, classes that differ
            between the parts, a picture that is too small, more than 5 % of the files no whole pictures.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise ZooError(
            f"no folder {folder}", "give a folder of pictures, with one sub-folder a class where there are classes"
        )
    parts = {part: folder / part for part in ("train", "validation", "test") if (folder / part).is_dir()}
    if "train" not in parts:
        parts = {"train": folder}
    found = {part: _classes(path) for part, path in parts.items()}
    looks = survey([path for classes in found.values() for paths in classes.values() for path in paths], folder)
    whole = {one.path: one for one in looks if not one.trouble}
    found = {part: _readable(parts[part], classes, whole) for part, classes in found.items()}
    class_names = tuple(found["train"])
    for part, classes in found.items():
        if tuple(classes) != class_names:
            raise ZooError(f"{parts[part]} has the classes {', '.join(classes)}, train has {', '.join(class_names)}")
    _check_sizes(whole.values(), smallest)
    in_training = [whole[path] for paths in found["train"].values() for path in paths]
    shape, resized = (tuple(image_shape), "") if image_shape else _frequent_shape(in_training)
    labelled = class_names != (ALL,)
    splits = {part: _split(classes, shape, crop, like, labelled) for part, classes in found.items()}
    if fold:
        splits = _folded(splits, fold, folder)
    elif "test" not in splits:
        splits["train"], splits["test"] = _cut(splits["train"], 0.2)
    if "validation" not in splits:
        splits["train"], splits["validation"] = _cut(splits["train"], 0.1)
    of_part = {part: [whole[path] for path in split.paths] for part, split in splits.items()}
    alike = twins(of_part["train"], of_part["validation"] + of_part["test"])
    splits = {part: _kept(split) for part, split in splits.items()}
    targets = {"label": Label(class_names)} if labelled else {}
    spec = Spec({"image": Image(shape, ink=_ink(splits["train"]), crop=crop)}, targets)
    sizes = ", ".join(f"{len(splits[part]):,} {part}" for part in ("train", "validation", "test"))
    given = "as in the folder" if set(parts) - {"train"} else "cut by class, seed 865"
    if fold:
        given = f"fold {fold[0]} of {fold[1]} of all, cut by class, seed 865"
    paths = [str(path.relative_to(folder)) for classes in found.values() for part in classes.values() for path in part]
    return Data(
        str(folder),
        spec,
        splits["train"],
        splits["validation"],
        splits["test"],
        about=f"Pictures in {folder}: {sizes} ({given}).{resized}",
        files=hashlib.sha256("\n".join(paths).encode()).hexdigest(),
        unreadable=tuple((str(one.path.relative_to(folder)), one.trouble) for one in looks if one.trouble),
        twins=tuple((str(first.relative_to(folder)), str(second.relative_to(folder))) for first, second in alike),
    )


def _classes(folder: Path) -> dict[str, list[Path]]:
    """Class name -> its pictures, both in alphabetical order; without sub-folders all are of none, called ALL."""
    names = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    classes = {path.name: files_in(path, pictures.SUFFIXES) for path in names}
    if not classes and (alone := files_in(folder, pictures.SUFFIXES)):
        classes = {ALL: alone}
    if not any(classes.values()):
        raise ZooError(f"no pictures in {folder}", "put them in one sub-folder a class: FOLDER/cat/1.jpg")
    return classes


def _readable(folder: Path, classes, whole) -> dict[str, list[Path]]:
    """The classes without the pictures that cannot be read."""
    classes = {name: [path for path in paths if path in whole] for name, paths in classes.items()}
    for name, paths in classes.items():
        if len(paths) < 3:
            raise ZooError(f"class {name!r} in {folder} has {len(paths)} pictures", "at least 3 are needed")
    return classes


def _frequent_shape(looks) -> tuple[tuple[int, int, int], str]:
    """The most frequent shape, and a sentence on pictures of other sizes where there are any."""
    sizes = Counter(one.size for one in looks)
    ((height, width), count), every = sizes.most_common(1)[0], len(looks)
    said = f" {every - count:,} of {every:,} training pictures had other sizes and were resized to {height} x {width}."
    return (height, width, 1 if all(one.grey for one in looks) else 3), said if count < every else ""


def _check_sizes(looks, smallest: int):
    for one in looks:
        if min(one.size) < smallest:
            said = f"{one.path} has {one.size[0]} x {one.size[1]} pixels, each side must have at least {smallest}"
            raise ZooError(said, "take it away, or give a larger one")


def _split(classes, shape, crop, like, labelled) -> Files:
    labels = [label for label, paths in enumerate(classes.values()) for _ in paths]
    return Files([path for paths in classes.values() for path in paths], labels, shape, crop, like, labelled)


def _cut(split: Files, share: float) -> tuple[Files, Files]:
    return tuple(split.part(part) for part in cut(split.labels, round(len(split) * share)))


def _folded(splits, fold, folder) -> dict[str, Files]:
    """All pictures, cut into the parts of a cross-validation: the rest trains, one tests."""
    from sklearn.model_selection import StratifiedKFold

    number, of = fold
    together = next(iter(splits.values()))
    paths = [path for split in splits.values() for path in split.paths]
    labels = np.concatenate([split.labels for split in splits.values()])
    if not 1 <= number <= of or of < 2:
        raise ZooError(f"there is no fold {number} of {of}", "data_args.fold is [1,5] to [5,5], or of another number")
    fewest = np.bincount(labels).min()
    if fewest < max(of, 4):  # a picture of every class to test on, one to validate, two to learn from
        hint = f"--folds {fewest}" if fewest >= 4 else "at least 4 are needed"
        raise ZooError(f"{folder} has a class of {fewest} pictures, too few for {of} folds", hint)
    together = Files(paths, labels, together.shape, together.crop, together.like, together.labelled)
    kept, tested = list(StratifiedKFold(of, shuffle=True, random_state=865).split(labels, labels))[number - 1]
    return {"train": together.part(kept), "test": together.part(tested)}


def _kept(split: Files):
    """The split in memory where it fits."""
    small = len(split) * int(np.prod(split.shape)) <= IN_MEMORY
    return Arrays(**split.take(np.arange(len(split)))) if small else split


def _ink(split) -> str:
    """Whether the pictures are drawings, light on dark or dark on light, told by their borders; "" if they are not."""
    some = spread(split, 200)["image"]
    if np.ptp(some, axis=-1).mean() > COLOURED:  # a photo on white ground; its negative shows what nobody has seen
        return ""
    grounds = np.array([pictures.ground(image) for image in some])
    light, dark = (grounds < 32).mean(), (grounds > 223).mean()
    return "light" if light > 0.95 else "dark" if dark > 0.95 else ""
