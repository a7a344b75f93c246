"""What arguments of commands mean."""

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
    str | None, typer.Option(metavar="FILE.py", help="The file of a task that is your own.", show_default=False)
]

MovedData = Annotated[str | None, typer.Option(help="Where its data are now, if they were moved.", show_default=False)]

Layout = Annotated[
    str | None,
    typer.Option(
        help="What its folders are: parts (train, test), classes, inner (classes within each) or unlabelled.",
        show_default="read off their names",
    ),
]

Engine = Annotated[
    str | None,
    typer.Option(help="onnx or tensorflow.", show_default="onnx where the export has it and TensorFlow sees no GPU"),
]


def many(given: list[str]) -> bool:
    """Whether what is given stands for more than it names: a folder, an archive, or stdin."""
    return any(name == STDIN or _is_place(name) for name in given)


def in_examples(given: list[str], inputs: Mapping) -> list | Iterator:
    """What a command is asked about, one example each: of several inputs tuples, in their order.

    Args:
        given: names of files, or what a system reads instead; folders and ZIP archives, for the files in them that it
            reads; or "-" alone, for stdin, which is read while the examples are taken.
        inputs: name -> the feature (zoo865/data/features) that reads it.

    Raises:
        ZooError: the last example lacks some inputs; a folder has no files for this system; "-" and other names.
    """
    names, each = list(inputs), len(inputs)
    if given == [STDIN]:
        return _lines(each)
    if STDIN in given:
        raise ZooError(f"{STDIN} stands beside other names", f"{STDIN} alone reads names from stdin, one a line")
    if each == 1:
        (feature,) = inputs.values()
        return [one for name in given for one in (_files(name, feature) if _is_place(name) else [_path(name)])]
    if folders := [name for name in given if _is_place(name)]:
        wrong = f"{folders[0]} is a folder, and an example has {each} inputs: {', '.join(names)}"
        raise ZooError(wrong, "a line each, tabs between: paste firsts.txt seconds.txt | zoo865 predict RUN -")
    if left := len(given) % each:
        wrong = f"{len(given)} given, and an example has {each} inputs: {', '.join(names)}"
        raise ZooError(wrong, f"{given[-left]} lacks its {names[left]}")
    return [tuple(map(_path, given[start : start + each])) for start in range(0, len(given), each)]


def _files(folder: str, feature) -> list[Path]:
    if not feature.suffixes:
        raise ZooError(f"{folder} is a folder, and this system reads no files", f"give it one {feature.kind} or more")
    tree = feature.files_in(folder)
    for said in tree.warnings(folder):
        print(said, file=sys.stderr)
    if tree.files:
        return list(tree.files.values())
    ends = ", ".join(feature.suffixes)
    raise ZooError(f"the folder {folder} holds no file that ends in {ends}", "name another, or files")


def _is_place(name: str) -> bool:
    """Whether a name is that of a folder or an archive of files."""
    return os.path.isdir(name) or is_archive(name)


def _lines(each: int) -> Iterator:
    """The examples that stdin names."""
    if sys.stdin is None:
        raise ZooError("stdin is closed", "give names: find . -name '*.png' | zoo865 predict NAME -")
    for line in sys.stdin.buffer:
        if line := os.fsdecode(line).rstrip("\r\n"):
            parts = [_path(part) for part in (line.split("\t") if each > 1 else [line])]
            yield tuple(parts) if each > 1 else parts[0]


def _path(name: str) -> os.PathLike | str:
    """A path where there is such a file, which may else be taken as a text."""
    return _Named(name) if os.path.isfile(name) else name


class _Named(os.PathLike):
    """A path that is shown as it was given, "./" and all: people look for their own names in a CSV."""

    def __init__(self, name: str):
        self.name = name

    def __fspath__(self):
        return self.name

    def __str__(self):
        return self.name


def read_settings(pairs: list[str]) -> dict:
    """["model_args.width=64", ...] as {"model_args.width": 64, ...}; a value is JSON, or else a word."""
    settings = {}
    for pair in pairs:
        path, equals, value = pair.partition("=")
        if not (path and equals):
            raise ZooError(f"--set {pair!r} is no setting", "write --set PATH=VALUE, as in --set model_args.width=64")
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
        raise ZooError(f"--seeds {text!r} names no seeds, or one twice", "write 0-4, or 1,5,7")
    return seeds


def read_batches(text: str) -> list[int]:
    """ "1,8,64" as a list of integers."""
    try:
        batches = [int(part) for part in text.split(",")]
    except ValueError:
        batches = []
    if not batches or len(set(batches)) < len(batches):
        raise ZooError(f"--batch {text!r} names no batch sizes, or one twice", "write 1,8,64")
    return batches


def system_names(incomplete: str) -> list[str]:
    """Names of systems that begin so, for the shell's completion."""
    from zoo865.registry import list_systems

    return [system.name for system in list_systems(f"{incomplete}*")]
