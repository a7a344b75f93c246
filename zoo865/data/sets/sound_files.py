"""A folder of sounds as a data set: one sub-folder per class, or unlabelled; long recordings as passages."""

import hashlib
import itertools
from pathlib import Path

import numpy as np

from zoo865.data.cutting import cut_folder
from zoo865.data.features import Audio, Label
from zoo865.data.file_tree import no_place
from zoo865.data.folder_names import spelled_as
from zoo865.data.image_scan import groups_of
from zoo865.data.layout import ALL, read_layout
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.data.statistics import checksum_of_lines, equal_pairs
from zoo865.errors import ZooError, counted, sentence

PASSAGE, LONG = 4.0, 10.0  # seconds: what is longer than LONG becomes passages
SHORTEST = 0.02  # seconds
UNREADABLE = 0.05  # of the files, at most


def sound_files(
    place,
    rate: int,
    *,
    passage: float | None = None,
    layout: str | None = None,
    fold: tuple[int, int] | None = None,
    like: Spec | None = None,
) -> Data:
    """Sounds in class sub-folders or in none, or in folders for training, validation and test with such.

    What is not cut by the folder is cut here, each class in proportion, always alike: 20 % to test, then 10 % of the
    rest to validate. Files that are equal stay on one side of the cut, and so do the passages of a recording where a
    class has enough recordings.

    Args:
        place: the folder, or a ZIP archive of it.
        rate: samples a second that all are brought to.
        passage: seconds of the passages that recordings of more than 10 s become; None for 4.
        layout: what the folders are, see `zoo865.data.layout.read_layout`; None reads it off their names.
        fold: (number, of how many): all sounds together are cut anew, into so many parts; the part of this number, from
            1, is the test.
        like: None, or the specification that a model was trained on, to measure it on this folder: its classes. A
            folder without parts is not cut then: all of it is the test.

    Raises:
        ZooError: missing or empty folder, or one that can be read in two ways; a class with too few sounds to be cut,
            or that training lacks; more than 5 % of the sounds cannot be read.
    """
    place, passage = Path(place).expanduser(), passage or PASSAGE
    if not place.exists():
        raise no_place(place)
    tree = Audio.files_in(place)
    if not tree.files:
        raise ZooError(f"no sounds in {place}{tree.but}", "put them in one sub-folder per class: FOLDER/piano/1.wav")
    known = next((label.names for label in like.labels.values()), ()) if like else ()
    found = read_layout(tree.files, place, layout, known)
    of_parts = {part: spelled_as(classes, known or found.parts["train"]) for part, classes in found.parts.items()}
    class_names = known or tuple(of_parts["train"])
    rows, left_out = [], []
    changed = {"resampled": 0, "averaged": 0}
    for part, classes in of_parts.items():
        for name, files in classes.items():
            if name not in class_names:
                whose = "the model was trained on" if known else "training has"
                given = "no class folders" if name == ALL else f"the class {name!r}"
                wrong = f"{place} has {given} in {part}; {whose} {', '.join(class_names)}"
                raise ZooError(wrong, "name its folders like those for training, or move them away")
            for file in files:
                try:
                    samples, notes = Audio(rate).read(tree.files[file])
                except ZooError as error:
                    left_out.append((file, error.message))
                    continue
                if len(samples) < SHORTEST * rate:
                    left_out.append((file, f"shorter than {SHORTEST} s"))
                    continue
                for how in changed:
                    changed[how] += any(note.startswith(how) for note in notes)
                pieces, label = _passages(samples, rate, passage), class_names.index(name)
                if len(pieces) == 1:
                    rows.append((part, label, file, samples, ""))
                else:
                    rows += [(part, label, f"{file}:{number}", one, file) for number, one in enumerate(pieces, 1)]
    if len(left_out) > UNREADABLE * len(tree.files) or not rows:
        raise ZooError(f"{place}: {counted(len(left_out), 'sound')} cannot be read, {left_out[0][0]}: {left_out[0][1]}")
    parts, labels, names, samples, recordings = zip(*rows, strict=True)
    digests = [hashlib.sha256(one.tobytes()).hexdigest() for one in samples]
    of_one = [(i, i + 1) for i, (one, other) in enumerate(itertools.pairwise(recordings)) if one == other != ""]
    groups = groups_of([*equal_pairs(digests), *of_one], len(names))
    of_classes = class_names if class_names != (ALL,) else ()
    cuts, said, split_here = cut_folder(
        np.array(parts), np.array(labels), groups, class_names, place, "sounds", fold, whole=like is not None
    )

    def split(part) -> Arrays:
        at = cuts.get(part, ())
        labelled = {"label": np.array([labels[i] for i in at], "int64")} if of_classes else {}
        return Arrays(sound=[samples[i] for i in at], path=[str(place / names[i]) for i in at], **labelled)

    train, validation, test = map(split, ("train", "validation", "test"))
    sizes = f"{len(train):,} train, {len(validation):,} validation, {len(test):,} test"
    to = {"resampled": f"to {rate:,} Hz", "averaged": "over their channels"}
    notes = [f"{counted(count, 'sound')} of {place.name} {how} {to[how]}" for how, count in changed.items() if count]
    if passages := sum(map(bool, recordings)):
        notes.append(
            f"recordings of more than {LONG:.0f} s are cut into {passages:,} passages of at most {passage:g} s"
        )
    heard = {recordings[i] for i in cuts.get("train", ())} - {""}
    if again := heard & {recordings[i] for part in ("validation", "test") for i in cuts.get(part, ())}:
        notes.append(f"{counted(len(again), 'recording')} of training validate or test, too, by other passages")
    about = f"Sounds in {place.resolve().name}: {sizes} ({said})."
    lines = [f"{name} {digest}" for name, digest in zip(names, digests, strict=True)]
    return Data(
        place.resolve().name,
        Spec({"sound": Audio(rate)}, {"label": Label(of_classes)} if of_classes else {}),
        train,
        validation,
        test,
        about=" ".join([about, *found.notes, *map(sentence, notes)]),
        notes=tuple(notes),
        files=checksum_of_lines(names, groups if split_here else ()),
        contents=checksum_of_lines(lines),
        sha256={str(place / name): digest for name, digest in zip(names, digests, strict=True)},
        left_out=(*left_out, *tree.left_out, *found.left_out, *tree.others),
    )


def _passages(samples: np.ndarray, rate: int, passage: float) -> list[np.ndarray]:
    """A sound as it is, or a long one in passages of equal length."""
    return (
        np.array_split(samples, -(-len(samples) // round(passage * rate))) if len(samples) > LONG * rate else [samples]
    )
