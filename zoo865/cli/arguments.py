"""What arguments of commands mean."""

import json

from zoo865.errors import ZooError


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
    from zoo865.catalogue import systems

    return [system.name for system in systems(f"{incomplete}*")]
