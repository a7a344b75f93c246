"""Which files a run has learned from, by what is in them: so that in another folder they are not taken for new ones."""

import dataclasses

import numpy as np

from zoo865.data.spec import Arrays
from zoo865.errors import ZooError
from zoo865.files import read_json, write_json

FILE = "learned_from.json"


def remember_files(run):
    """Writes into a run on a folder what is in each file that it learned from, or chose its weights by.

    Args:
        run: with its data at hand.
    """
    data = run.data
    if found := {one for split in (data.train, data.validation) for one in _contents(data, split)} - {""}:
        write_json(run.path / FILE, sorted(found))


def without_learned(run, data):
    """Data of a folder that was not cut without what a run has learned from.

    Args:
        run: a Run or a Published.
        data: all of them to test.

    Returns:
        The data, and how many were left out; None where the run learned from a folder and does not know, as older ones.

    Raises:
        ZooError: none are left.
    """
    if not (run.path / FILE).is_file():
        return data, None if run.document["data"].get("files") else 0
    new = np.flatnonzero(~np.isin(_contents(data, data.test), read_json(run.path / FILE)))
    if not len(new):
        raise ZooError(f"{run.path} was trained on all {len(data.test):,} examples of {data.name}", "choose new ones")
    test = data.test.part(new) if hasattr(data.test, "part") else Arrays(**data.test.take(new))
    return dataclasses.replace(data, test=test), len(data.test) - len(new)


def _contents(data, split) -> list[str]:
    """The beginning of the SHA-256 of each file of a split, "" for what is none."""
    paths = split.paths if hasattr(split, "paths") else getattr(split, "arrays", {}).get("path", ())
    return [data.sha256.get(str(path), "")[:16] for path in paths]
