"""What arguments of commands mean."""

import json
from typing import Annotated

import typer

from zoo865.errors import ZooError

Task = Annotated[
    str | None, typer.Option(metavar="FILE.py", help="The file of a task that is your own.", show_default=False)
]

Engine = Annotated[
    str | None,
    typer.Option(help="onnx or tensorflow.", show_default="onnx where the export has it and TensorFlow sees no GPU"),
]


def in_examples(given: list[str], inputs: list[str]) -> list:
    """What a command is asked about, one example each: of several inputs tuples, in their order.

    Raises:
        ZooError: the last example lacks some.
    """
    each = len(inputs)
    if each == 1:
        return given
    if left := len(given) % each:
        wrong = f"{len(given)} given, and an example has {each} inputs: {', '.join(inputs)}"
        raise ZooError(wrong, f"{given[-left]} lacks its {inputs[left]}")
    return [tuple(given[start : start + each]) for start in range(0, len(given), each)]


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
