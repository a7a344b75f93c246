"""A folder of pictures as a data set: one sub-folder per class, or unlabelled."""

from collections import Counter
from pathlib import Path

import numpy as np

from zoo865.data import pictures
from zoo865.data.cutting import cut_by_class, cut_folder
from zoo865.data.features import Image, Label
from zoo865.data.image_folder import read_image_folder
from zoo865.data.image_scan import all_but_black, groups_of, near_duplicates
from zoo865.data.layout import ALL
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.data.statistics import checksum_of_lines, spread
from zoo865.errors import ZooError, counted, sentence

COLOURED = 4  # how far channels of a pixel lie apart on average, out of 255, in what is no drawing
SMALL = 64  # pixels of a side up to which it is said that pictures are made so small
IN_MEMORY = 1 << 28  # bytes of decoded pictures up to which a split is kept in memory


class Files:
    """A split that reads its pictures from disk on access, so that memory stays bounded.

    Args:
        paths: of the pictures.
        labels: one a picture; all 0 where there are no classes.
        shape: (height, width, channels) of the images.
        crop: whether pictures keep their proportions, by what their centre shows; else they are squeezed.
        like: None, or what a model was trained on: drawings are adapted to it as for predictions.
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
            **({"label": self.labels[np.asarray(indices, int)]} if self.labelled else {}),
            "path": np.array([str(self.paths[i]) for i in indices], str),
        }

    def _read(self, path) -> np.ndarray:
        if self.like and self.like.ink:
            return pictures.as_trained(pictures.read(path, self.shape[2]), self.like)[0]
        return pictures.read(path, self.shape[2], self.shape[:2], self.crop)

    def part(self, indices) -> "Files":
        """The split of the pictures at `indices` alone."""
        paths = [self.paths[i] for i in indices]
        return Files(paths, self.labels[np.asarray(indices, int)], self.shape, self.crop, self.like, self.labelled)


def images(
    folder,
    image_shape: tuple[int, int, int] | None = None,
    crop: bool = False,
    smallest: int = 1,
    fold: tuple[int, int] | None = None,
    layout: str | None = None,
    like: Spec | None = None,
    largest: int | None = None,
    classes_apart: bool = False,
) -> Data:
    """Pictures in class sub-folders or in none, or in folders for training, validation and test with such.

    What is not cut by the folder is cut here, each class in proportion, always alike: 20 % to test, then 10 % of the
    rest to validate. Pictures that look alike stay on one side of the cut.

    Args:
        folder: the folder, or a ZIP archive of it.
        image_shape: (height, width, channels) of the images; None takes the most frequent size among them.
        crop: see `Files`.
        smallest: pixels that the shorter side of a picture must have.
        fold: (number, of how many): all pictures together are cut anew, into so many parts, each class in proportion;
            the part of this number, from 1, is the test.
        layout: what the folders are, see `zoo865.data.layout.read_layout`; None reads it off their names.
        like: None, or the specification that a model was trained on, to measure it on this folder: its classes, of
            which the folder may lack some, and its ink (see `Files`). A folder without parts is not cut then: all of
            it is the test.
        largest: pixels of a side; where the most frequent size is beyond, images are squares of so many.
        classes_apart: whether the parts have different classes, and what is cut here is cut by class.

    Raises:
        ZooError: missing or empty folder, or one that can be read in two ways; a class with too few pictures to be
            cut, or that training lacks; a picture that is too small; more than 5 % of the pictures cannot be read.
    """
    folder = Path(folder).expanduser()
    found = read_image_folder(folder, layout, like, classes_apart=classes_apart)
    names, looks = found.names, found.looks
    _check_sizes(looks, smallest)
    own, resized = _frequent_shape([one for part, one in zip(found.parts, looks, strict=True) if part == "train"])
    shape, smaller = image_shape or own, False
    if largest and not image_shape and max(own[:2]) > largest:
        shape, crop, smaller = (largest, largest, own[2]), True, True
    resized = "" if image_shape or smaller else resized
    paths, as_before = [one.path for one in looks], like.image if like else None
    files = Files(paths, found.labels, shape, crop, as_before, bool(found.class_names))
    alike = near_duplicates(looks)
    groups = groups_of(alike, len(names))
    if classes_apart and found.class_names and not like:
        if fold:
            raise ZooError(f"{folder} has classes apart, and no folds", "--set data_args.classes_apart=false")
        cuts, said = cut_by_class(found.parts, files.labels, found.class_names, folder, "pictures")
        split_here = True
    else:
        cuts, said, split_here = cut_folder(
            found.parts, files.labels, groups, found.class_names or (ALL,), folder, "pictures", fold, whole=bool(like)
        )
    splits = {part: _kept(files.part(cuts.get(part, ()))) for part in ("train", "validation", "test")}
    trained_on = cuts.get("train", np.array([], int))
    in_training = dict(zip(groups[trained_on[::-1]].tolist(), trained_on[::-1].tolist(), strict=True))
    held_out = [i for part, places in cuts.items() if part != "train" for i in places]
    twins = [(in_training[groups[i]], i) for i in held_out if groups[i] in in_training]
    sizes = ", ".join(f"{len(split):,} {part}" for part, split in splits.items())
    about = [f"Pictures in {folder.resolve().name}: {sizes} ({said}).{resized}", *found.notes]
    together = len(names) - len(set(groups))
    if together and not twins and len(trained_on):
        about.append(f"{counted(together, 'near-duplicate')} kept in the same split as the picture duplicated.")
    targets = {"label": Label(found.class_names)} if found.class_names else {}
    ink = _ink(max(splits.values(), key=len))
    notes = [] if like else _loss(folder, own, shape, ink, smaller)
    notes += all_but_black(looks, folder)
    if contrary := sum(files.labels[i] != files.labels[j] for i, j in alike):
        notes.append(f"{counted(contrary, 'pair')} of near-duplicates with different labels (zoo865 check shows them)")
    return Data(
        folder.resolve().name,
        Spec({"image": Image(shape, ink=ink, crop=crop)}, targets),
        **splits,
        about=" ".join([*about, *map(sentence, notes)]),
        notes=tuple(notes),
        files=checksum_of_lines(names, groups if together and split_here else ()),
        contents=checksum_of_lines([f"{name} {one.sha256}" for name, one in zip(names, looks, strict=True)]),
        sha256={str(one.path): one.sha256 for one in looks},
        left_out=found.left_out,
        near_duplicates=tuple((names[i], names[j]) for i, j in twins),
    )


def _frequent_shape(looks) -> tuple[tuple[int, int, int], str]:
    """The most frequent shape, and a sentence on pictures of other sizes where there are any."""
    sizes = Counter(one.size for one in looks)
    ((height, width), count), every = sizes.most_common(1)[0], len(looks)
    said = f" {every - count:,} of {every:,} training pictures had other sizes and were resized to {height} x {width}."
    return (height, width, 1 if all(one.grey for one in looks) else 3), said if count < every else ""


def _loss(folder, own, shape, ink: str, smaller: bool) -> list[str]:
    """Notes on colours or resolution that photos lose by default settings."""
    greyed = own[2] > shape[2]
    small = max(own[:2]) > 2 * max(shape[:2]) and max(shape[:2]) <= SMALL
    if not smaller and (ink or not (small or greyed)):
        return []
    before, after = (f"{height} x {width}" for height, width, _ in (own, shape))
    side = SMALL if max(shape[:2]) < SMALL else 2 * max(shape[:2])
    way = f"--set 'data_args.image_shape=[{side},{side},{own[2]}]' is larger"
    before, after = (f"{before} in colour", f"{after} in grey") if greyed else (before, after)
    return [f"pictures of {folder.resolve().name}, {before}, are reduced to {after} ({way})"]


def _check_sizes(looks, smallest: int):
    for one in looks:
        if min(one.size) < smallest:
            said = f"{one.path} has {one.size[0]} x {one.size[1]} pixels, but each side needs at least {smallest}"
            raise ZooError(said, "remove it, or use a larger one")


def _kept(split: Files):
    """The split in memory where it fits."""
    small = len(split) * int(np.prod(split.shape)) <= IN_MEMORY
    return Arrays(**split.take(np.arange(len(split)))) if small else split


def _ink(split) -> str:
    """ "light" or "dark" if the pictures are drawings of such ink, judged by their borders; else ""."""
    some = spread(split, 200)["image"]
    if np.ptp(some, axis=-1).mean() > COLOURED:  # a photo on white ground; its negative shows what nobody has seen
        return ""
    grounds = np.array([pictures.ground(image) for image in some])
    light, dark = (grounds < 32).mean(), (grounds > 223).mean()
    return "light" if light > 0.95 else "dark" if dark > 0.95 else ""
