"""Texts with labels as a data set: a table, a folder of tables, or one with a folder for each class."""

import hashlib
import re
from pathlib import Path

import numpy as np

from zoo865.data.cutting import cut_folder
from zoo865.data.features import Label, Text
from zoo865.data.image_scan import groups_of
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.data.statistics import checksum_of_lines, equal_pairs
from zoo865.data.text_collection import TextCollection, read_text_collection
from zoo865.errors import ZooError, counted, sentence

LENGTH = 800  # words of a text that a model sees
PARTS = ("train", "validation", "test")
NUMBERED = re.compile(r"(\d+)_(?:10|\d)\.txt")  # ID_STARS.txt, as the reviews of aclImdb are called
BLOCK = 50  # neighbouring IDs that stay together: a film has at most 30 reviews there, one after another


def labelled_texts(
    place,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    layout: str | None = None,
    fold: tuple[int, int] | None = None,
    like: Spec | None = None,
) -> Data:
    """Texts and their labels, the texts in UTF-8.

    What is not cut by the place is cut here, each class in proportion, always alike: 20 % to test, then 10 % of the
    rest to validate. Texts that are equal but for capitals and blanks stay on one side of the cut; so do reviews of
    neighbouring IDs, where files are called ID_STARS.txt as those of Maas et al. 2011, for they are of one film.
    Training texts that are equal to one of the place's own validation or test are left out.

    Args:
        place: a table, NAME.csv, .tsv or .jsonl (see `zoo865.data.text_tables.read_table`); a folder with one, or with
            train.csv and perhaps validation.csv and test.csv; or a folder with a sub-folder of text files for each
            class, which may stand in train/, validation/ and test/.
        text_column, label_column: names of a table's columns; None finds them (see
            `zoo865.data.text_columns.find_columns`).
        layout: what the folders are, see `zoo865.data.layout.read_layout`; None reads it off their names.
        fold: (number, of how many): all texts together are cut anew, into so many parts, each class in proportion; the
            part of this number, from 1, is the test.
        like: None, or the specification that a model was trained on, to measure it on these texts: its classes, of
            which they may lack some. What has no parts is not cut then: all of it is the test.

    Raises:
        ZooError: there are no texts, or a file is none; columns or folders that are missing or can be read in two ways;
            a table with many rows of other numbers of fields than its first; one class alone, one that training lacks,
            or one with too few texts to be cut.
    """
    place = Path(place).expanduser()
    found = read_text_collection(place, text_column, label_column, layout, like)
    plain = [" ".join(text.lower().split()) for text in found.texts]
    kept = np.arange(len(plain)) if fold else _without_tested(found, plain)
    dropped = len(plain) - len(kept)
    if "train" not in found.parts[kept]:
        raise ZooError(f"every training text of {place} is in a held-out split, too", "give other texts to train on")
    names, texts, plain = ([every[i] for i in kept] for every in (found.names, found.texts, plain))
    parts, labels = found.parts[kept], found.labels[kept]
    blocks = _blocks(names, parts, labels)
    pairs = equal_pairs(plain)
    groups = groups_of([*pairs, *equal_pairs(blocks)], len(names))
    cuts, said, split_here = cut_folder(
        parts, labels, groups, found.class_names, place, "texts", fold, whole=like is not None
    )
    # Of a single file lines have no names: it is known again where it was renamed.
    paths = [f"{place}{name}" if name.startswith(":") else str(place / name) for name in names]

    def split(part) -> Arrays:
        at = cuts.get(part, ())
        of_part = {name: [every[i] for i in at] for name, every in (("text", texts), ("path", paths))}
        return Arrays(**of_part, label=labels[np.asarray(at, int)])

    train, validation, test = map(split, PARTS)
    sizes = f"{len(train):,} train, {len(validation):,} validation, {len(test):,} test"
    about = [f"Labelled texts in {place.resolve().name}: {sizes} ({said}).", *found.about]
    if dropped:
        about.append(f"{counted(dropped, 'text')} left out that a held-out split has, too.")
    if pairs and split_here:
        about.append(f"{counted(len(pairs), 'text')} equal to an earlier one, kept in the same split.")
    if blocks and split_here and _together(blocks, cuts):
        about.append(f"Cut by blocks of {BLOCK} neighbouring IDs, so that reviews of one film mostly stay together.")
    notes = list(found.notes)
    if contrary := sum(labels[i] != labels[j] for i, j in pairs):
        notes.append(f"{counted(contrary, 'text')} equal to another one with a different label")
    lines = zip(names, (found.class_names[label] for label in labels), map(_sha256, texts), strict=True)
    return Data(
        place.resolve().name,
        Spec({"text": Text(LENGTH, ())}, {"label": Label(found.class_names)}),
        train,
        validation,
        test,
        about=" ".join([*about, *map(sentence, notes)]),
        notes=tuple(notes),
        files=checksum_of_lines(names, groups if split_here else ()),
        contents=checksum_of_lines(map(" ".join, lines)),
        sha256=dict(zip(paths, map(_sha256, plain), strict=True)),
        left_out=found.left_out,
    )


def _without_tested(found: TextCollection, plain: list[str]) -> np.ndarray:
    """The texts without those of training, or validation, that a later part has too."""
    held = {part: {plain[i] for i in np.flatnonzero(found.parts == part)} for part in PARTS}
    later = {part: set().union(*(held[other] for other in PARTS[place + 1 :])) for place, part in enumerate(PARTS)}
    return np.flatnonzero([text not in later[part] for text, part in zip(plain, found.parts, strict=True)])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _blocks(names: list[str], parts, labels) -> list[tuple[str, int, int]]:
    """What part, class and neighbourhood each text is of; [] where their files have no running IDs."""
    found = [NUMBERED.fullmatch(name.rpartition("/")[2]) for name in names]
    if not all(found):
        return []
    return [
        (part, label, int(match[1]) // BLOCK)
        for part, label, match in zip(parts.tolist(), labels.tolist(), found, strict=True)
        if match
    ]


def _together(blocks: list, cuts) -> bool:
    """Whether no block was cut in two, for want of blocks."""
    sides = [{blocks[i] for i in at} for at in cuts.values()]
    return sum(map(len, sides)) == len(set(blocks))
