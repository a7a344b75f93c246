"""Arguments that commands share, and how their values are read."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from zoo865.errors import ZooError
from zoo865.files import is_archive

STDIN = "-"

Task = Annotated[
    str | None, typer.Option(metavar="FILE.py", help="Python file that defines your own task.", show_default=False)
]

MovedData = Annotated[
    str | None, typer.Option(help="New location of its data, if they were moved.", show_default=False)
]

Layout = Annotated[
    str | None,
    typer.Option(
        help="Meaning of its folders: parts (train, test), classes, inner (classes within each) or unlabelled.",
        show_default="inferred from their names",
    ),
]

Engine = Annotated[
    str | None,
    typer.Option(help="Engine: onnx or tensorflow.", show_default="onnx if exported and TensorFlow sees no GPU"),
]


def many(given: list[str]) -> bool:
    """Whether an argument stands for many examples: a folder, an archive, or stdin."""
    return any(name == STDIN or _is_place(name) for name in given)


def in_examples(given: list[str], inputs: Mapping) -> list | Iterator:
    """The examples that the arguments of a command name; tuples, in input order, where there are several inputs.

    Args:
        given: file names, or what a system reads instead; folders and ZIP archives stand for the files in them that it
            reads; "-" alone reads stdin lazily.
        inputs: name -> the feature (zoo865/data/features) that reads it.

    Raises:
        ZooError: the last example lacks inputs; a folder has no files for this system; "-" comes with other names.
    """
    from zoo865.exporting.columns_in import refuse_tables

    names, each = list(inputs), len(inputs)
    if given == [STDIN]:
        return _lines(each)
    if STDIN in given:
        raise ZooError(
            f"{STDIN} cannot be combined with other names", f"use {STDIN} alone to read names from stdin, one per line"
        )
    if each == 1:
        (feature,) = inputs.values()
        refuse_tables(given, feature)
        return [one for name in given for one in (_files(name, feature) if _is_place(name) else [_path(name)])]
    if folders := [name for name in given if _is_place(name)]:
        wrong = f"{folders[0]} is a folder, but each example has {each} inputs: {', '.join(names)}"
        raise ZooError(
            wrong, "pass one example per line, tab-separated: paste firsts.txt seconds.txt | zoo865 predict RUN -"
        )
    if left := len(given) % each:
        wrong = f"each example has {each} inputs: {', '.join(names)}; inputs given: {len(given)}"
        raise ZooError(wrong, f"{given[-left]} has no matching {names[left]}")
    return [tuple(map(_path, given[start : start + each])) for start in range(0, len(given), each)]


def _files(folder: str, feature) -> list[Path]:
    if not feature.suffixes:
        raise ZooError(f"{folder} is a folder, but this system reads no files", f"give one {feature.kind} or more")
    tree = feature.files_in(folder)
    for said in tree.warnings(folder):
        print(said, file=sys.stderr)
    if tree.files:
        return list(tree.files.values())
    ends = ", ".join(feature.suffixes)
    raise ZooError(f"no files ending in {ends} in {folder}", "give another folder, or files")


def _is_place(name: str) -> bool:
    """Whether a name is a folder or an archive of files."""
    return os.path.isdir(name) or is_archive(name)


def _lines(each: int) -> Iterator:
    """The examples named on stdin."""
    if sys.stdin is None:
        raise ZooError("stdin is closed", "pass names: find . -name '*.png' | zoo865 predict NAME -")
    for line in sys.stdin.buffer:
        if line := os.fsdecode(line).rstrip("\r\n"):
            parts = [_path(part) for part in (line.split("\t") if each > 1 else [line])]
            yield tuple(parts) if each > 1 else parts[0]


def _path(name: str) -> os.PathLike | str:
    """A path if such a file exists, so that it is not taken for a text; else the name itself."""
    return _Named(name) if os.path.isfile(name) else name


class _Named(os.PathLike):
    """A path that is printed exactly as given, with "./": users look for their own names in a CSV."""

    def __init__(self, name: str):
        self.name = name

    def __fspath__(self):
        return self.name

    def __str__(self):
        return self.name


def read_settings(pairs: list[str]) -> dict:
    """["model_args.width=64", ...] as {"model_args.width": 64, ...}; a value that is not JSON stays a string."""
    settings = {}
    for pair in pairs:
        path, equals, value = pair.partition("=")
        if not (path and equals):
            raise ZooError(
                f"--set {pair!r} is not a setting", "write --set PATH=VALUE, such as --set model_args.width=64"
            )
        try:
            settings[path] = json.loads(value)
        except ValueError:
            settings[path] = value
    return settings


def read_seeds(text: str) -> list[int]:
    """ "0-4" or "1,5,7" as a list of integers."""
    try:
        seeds = []
        for part in text.split(","):
            first, dash, last = part.partition("-")
            seeds.extend(range(int(first), int(last) + 1) if dash else [int(first)])
    except ValueError:
        seeds = []
    if not seeds or len(set(seeds)) < len(seeds):
        raise ZooError(f"--seeds {text!r} is invalid or repeats a seed", "write 0-4 or 1,5,7")
    return seeds


def read_batches(text: str) -> list[int]:
    """ "1,8,64" as a list of integers."""
    try:
        batches = [int(part) for part in text.split(",")]
    except ValueError:
        batches = []
    if not batches or len(set(batches)) < len(batches):
        raise ZooError(f"--batch {text!r} is invalid or repeats a batch size", "write 1,8,64")
    return batches


def system_names(incomplete: str) -> list[str]:
    """Names of systems that start with `incomplete`, for shell completion."""
    from zoo865.registry import list_systems

    return [system.name for system in list_systems(f"{incomplete}*")]
