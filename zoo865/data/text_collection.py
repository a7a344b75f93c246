"""The labelled texts of a table, of a folder of tables, or of one with a folder for each class; with part and class."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoo865.data.file_tree import FileTree, counts_as_archive, file_tree
from zoo865.data.folder import listed
from zoo865.data.folder_names import part_and_rest, spelled_as
from zoo865.data.layout import ALL, read_layout
from zoo865.data.spec import Spec
from zoo865.data.text_columns import find_columns
from zoo865.data.text_tables import is_table, read_table
from zoo865.data.utf8 import CHECKED, check_text, reading
from zoo865.errors import ZooError, counted
from zoo865.files import name_as_text

TEXT_FILES = (".txt", ".text")
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
LABELLED = "give a CSV, TSV or JSONL file with a column of texts and one of labels, or a folder for each class"
Parts = dict[str, dict[str, list[tuple[str, str]]]]  # part -> class -> (name of a text, the text)


@dataclass(frozen=True)
class TextCollection:
    """Labelled texts, in the order of parts and classes.

    Args:
        names: of the texts within the place, ":5" for line 5 of a table.
        texts: as people wrote them.
        parts: (texts,) "train", or "validation" and "test" where the place has those.
        labels: (texts,) int64, by `class_names`.
        class_names: in alphabetical order, numbers by their values.
        left_out: (what, why) of what does not count.
        about: sentences on how it was read.
        notes: what a person ought to check.
    """

    names: list[str]
    texts: list[str]
    parts: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    about: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """What one of the readers finds; see `TextCollection`."""

    parts: Parts
    left_out: tuple[tuple[str, str], ...]
    about: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_text_collection(
    place,
    text_column: str | None = None,
    label_column: str | None = None,
    layout: str | None = None,
    like: Spec | None = None,
) -> TextCollection:
    """Reads labelled texts; see `zoo865.data.sets.labelled_texts.labelled_texts` for the arguments.

    Raises:
        ZooError: there are none, or a file is no text; columns or folders can be read in two ways; there is one class
            alone, or a part has one that training lacks.
    """
    place = Path(place).expanduser()
    known = like.class_names if like else ()
    found = _found(place, text_column, label_column, layout, known)
    parts = {part: spelled_as(classes, known or found.parts["train"]) for part, classes in found.parts.items()}
    if not any(parts["train"].values()):
        raise ZooError(f"all texts of {place} are empty, or without a label", LABELLED)
    class_names = known or _in_order(parts["train"])
    for part, classes in parts.items():
        if unknown := sorted(classes.keys() - {*class_names}):
            whose = "the model was trained on" if known else "training has"
            wrong = f"{place} has the classes {_listed(unknown)} in {part}; {whose} {_listed(class_names)}"
            raise ZooError(wrong, "use the same names of classes")
    if len(class_names) < 2:
        raise ZooError(f"{place} has only one class, {class_names[0]!r}", "at least two are needed")
    every = [
        (part, label, *one)
        for part, classes in parts.items()
        for label, name in enumerate(class_names)
        for one in classes.get(name, ())
    ]
    of_parts, labels, names, texts = zip(*every, strict=True)
    lacking = {part: [name for name in class_names if not classes.get(name)] for part, classes in parts.items()}
    of = {part: f"{part} texts" if len(parts) > 1 else "texts" for part in parts}  # what is not cut yet is of no part
    return TextCollection(
        list(names),
        list(texts),
        np.array(of_parts),
        np.array(labels, "int64"),
        class_names,
        found.left_out,
        (*found.about, *(f"No {of[part]} of {_listed(lacks)}." for part, lacks in lacking.items() if lacks)),
        found.notes,
    )


def _found(place: Path, text_column, label_column, layout, known) -> _Found:
    if is_table(place):
        return _of_tables({"train": place}, place, text_column, label_column)
    if place.is_file():
        archive = counts_as_archive(place)
        wrong = "is an archive, in which no text is read" if archive else "has no labels"
        raise ZooError(f"{place} {wrong}", "unpack it, and give the folder" if archive else LABELLED)
    if not place.is_dir():
        raise ZooError(f"no file or folder {place}", "check the path")
    with reading(place):
        tables = [path for path in sorted(place.iterdir()) if is_table(path) and not path.name.startswith(".")]
    named = [(part_and_rest(path.stem)[0], path) for path in tables]
    if any(part == "train" for part, _ in named):
        others = [(path.name, "not called train, validation or test") for part, path in named if not part]
        return _of_tables(_one_each(named, place), place, text_column, label_column, others)
    tree = file_tree(place, TEXT_FILES)
    if text_column or label_column or (tables and not any("/" in name for name in tree.files)):
        if len(tables) == 1:
            return _of_tables({"train": tables[0]}, place, text_column, label_column)
        raise ZooError(f"{place} has no table called train", "give one table, or call one train")
    return _of_class_folders(tree, place, layout, known)


def _one_each(named: list[tuple[str, Path]], place: Path) -> dict[str, Path]:
    """Part -> its table, training first."""
    parts: dict[str, Path] = {}
    for part, path in named:
        if part in parts and part:
            wrong = f"{place} has two tables for {part}, {parts[part].name} and {path.name}"
            raise ZooError(wrong, "join them, or move one away")
        parts[part] = path
    return {part: parts[part] for part in ("train", "validation", "test") if part in parts}


def _of_tables(files: dict[str, Path], place: Path, text_column, label_column, others=()) -> _Found:
    """The rows of each part's table; all have the columns of training's."""
    parts, left_out, tables = {}, [*others], {part: read_table(path) for part, path in files.items()}
    columns = find_columns(tables["train"], files["train"], text_column, label_column)
    for part, path in files.items():
        table = tables[part]
        if columns.label not in table.columns:
            left_out.append((path.name, f"without the column {columns.label!r}: not usable for {part}"))
            continue
        find_columns(table, path, columns.text, columns.label)  # raises where the texts are missing
        left_out += table.left_out
        classes: dict[str, list[tuple[str, str]]] = {}
        rows = zip(table.lines, table.columns[columns.text], table.columns[columns.label], strict=True)
        within = "" if path == place else path.name
        for line, text, label in rows:
            if text.strip() and label.strip():
                classes.setdefault(name_as_text(label.strip()), []).append((f"{within}:{line}", text))
        if lost := len(table.lines) - sum(map(len, classes.values())):
            left_out.append((f"{path.name}, {counted(lost, 'row')}", "no text or no label"))
        parts[part] = classes
    said = f"texts in column {columns.text!r}, labels in column {columns.label!r}"
    hint = " and ".join(f"--set data_args.{which}_column=NAME" for which in columns.guessed)
    notes = (f"{said}, judged by their values ({hint} names others)",) if columns.guessed else ()
    return _Found(parts, tuple(left_out), () if notes else (f"{said[0].upper()}{said[1:]}.",), notes)


def _of_class_folders(tree: FileTree, place: Path, layout, known) -> _Found:
    """The text files of each part and class."""
    if not tree.files:
        raise ZooError(f"no texts in {place}{tree.but}", LABELLED)
    found = read_layout(tree.files, place, layout, known)
    if ALL in found.parts["train"]:
        raise ZooError(f"{place} has texts, but no folders of classes", LABELLED)
    parts: Parts = {}
    empty = []
    for part, classes in found.parts.items():
        parts[part] = {label: [] for label in classes}
        for label, names in classes.items():
            for name in names:
                text = _read(place / name)
                if text.strip():
                    parts[part][label].append((name, text))
                else:
                    empty.append((name, "empty"))
    return _Found(parts, (*tree.left_out, *found.left_out, *empty, *tree.others), found.notes)


def _read(path: Path) -> str:
    with reading(path):
        content = path.read_bytes()
    check_text(path, content[:CHECKED])
    return content.decode("utf-8-sig", errors="replace")


def _in_order(names) -> tuple[str, ...]:
    """Names of classes in alphabetical order; numbers by their values."""
    return tuple(sorted(names, key=float if all(map(NUMBER.fullmatch, names)) else None))


def _listed(names) -> str:
    return listed(map(repr, names))
