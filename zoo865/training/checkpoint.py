"""Checkpoints: the whole state of training as flat arrays in one file, written atomically, its checksum inside.

`model.save` and `save_weights` leave out the states of random generators; a flat list of every variable, restored by
position, leaves out nothing.
"""

import hashlib
import json
import os
import sys
import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np

from zoo865.errors import ZooError
from zoo865.files import atomic


def state_of(model: keras.Model, optimizer=None, feed=None, average=None) -> dict[str, np.ndarray]:
    """Every array of a training state.

    Args:
        model: its variables.
        optimizer: its variables.
        feed: what it remembers.
        average: an `AverageWeights`, which holds the weights while their average stands in the model.
    """
    named = {f"model|{i:04}|{v.path}": v for i, v in enumerate(model.variables)}
    if optimizer is not None:
        named |= {f"optimizer|{i:04}|{v.path}": v for i, v in enumerate(optimizer.variables)}
    arrays = {
        name: keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(variable)) for name, variable in named.items()
    }
    for kind, part in (("feed", feed), ("average", average)):
        arrays |= {f"{kind}|{name}": array for name, array in (part.state() if part else {}).items()}
    return arrays


def part_of(arrays: dict[str, np.ndarray], kind: str) -> dict[str, np.ndarray]:
    """The arrays of one kind ("feed", "average") under the names that their owner gave them."""
    return {name.removeprefix(f"{kind}|"): array for name, array in arrays.items() if name.startswith(f"{kind}|")}


def restore_model(model: keras.Model, arrays: dict[str, np.ndarray], source):
    """Puts a checkpoint's arrays into a model of the same kind, by position.

    Raises:
        ZooError: number or shapes of the variables differ.
    """
    _restore(model.variables, "model", arrays, source)


def restore_optimizer(optimizer: keras.Optimizer, arrays: dict[str, np.ndarray], source):
    """Puts a checkpoint's arrays into a built optimizer of the same kind, by position.

    Raises:
        ZooError: number or shapes of the variables differ.
    """
    _restore(optimizer.variables, "optimizer", arrays, source)


def take_weights(model: keras.Model, weights: dict[str, np.ndarray], source) -> tuple[int, int]:
    """Copies every weight of the same path and shape from another model; warns if fewer than half match.

    Args:
        model: which takes.
        weights: path of a variable -> array.
        source: where they are from.

    Returns:
        How many weights were taken, and of how many.

    Raises:
        ZooError: not one weight fits.
    """
    taken, others = 0, {}
    for variable in model.weights:
        array = weights.get(variable.path)
        if array is not None and array.shape == tuple(variable.shape):
            variable.assign(array)
            taken += 1
        else:
            others[variable.path.rsplit("/", 1)[0]] = None  # a set in order
    if not taken:
        raise ZooError(f"no weight of {source} fits this model", "start from a run of the same system")
    said = f"{taken} of {len(model.weights)} weights are initialized from {source}"
    if others:
        names = ", ".join([*others][:4]) + (", ..." if len(others) > 4 else "")
        said += f"; {names} differ{'s' if len(others) == 1 else ''} in name or shape"
    print(f"warning: only {said}" if 2 * taken < len(model.weights) else said, file=sys.stderr)
    return taken, len(model.weights)


def write(path, arrays: dict[str, np.ndarray], facts: dict):
    """Writes arrays and facts (JSON) to one .npz file, with a checksum of them inside."""
    with atomic(path) as temporary, open(temporary, "wb") as file:
        told = {"facts": np.array(json.dumps(facts)), "checksum": np.array(_checksum(arrays, facts))}
        np.savez(file, **told, **arrays)  # type: ignore[arg-type]  # for mypy any name may be that of `allow_pickle`


def read(path) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays and facts of a checkpoint whose checksum is right.

    Raises:
        ZooError: missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        facts = json.loads(str(arrays.pop("facts")))
        whole = _checksum(arrays, facts) == str(arrays.pop("checksum"))
    except FileNotFoundError as error:
        raise ZooError(f"no checkpoint {path}", "the run ended before its first epoch finished") from error
    except (OSError, KeyError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise ZooError(f"checkpoint {path} is damaged: {error}", "use another run, or train again") from error
    if not whole:
        raise ZooError(f"checkpoint {path} is damaged: its checksum does not match", "use another run, or train again")
    return arrays, facts


def _checksum(arrays: dict[str, np.ndarray], facts: dict) -> str:
    """SHA-256 over facts, and names, kinds, shapes and bytes of the arrays."""
    digest = hashlib.sha256(json.dumps(facts).encode())
    for name, array in sorted(arrays.items()):
        if name != "checksum":
            digest.update(f"{name} {array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _restore(variables, kind: str, arrays, source):
    stored = [array for name, array in sorted(arrays.items()) if name.startswith(f"{kind}|")]
    if [array.shape for array in stored] != [tuple(variable.shape) for variable in variables]:
        raise ZooError(f"{source} does not fit this {kind}", "it was written with another recipe or version")
    for variable, array in zip(variables, stored, strict=True):
        variable.assign(array)


class KeepCheckpoints(keras.callbacks.Callback):
    """Writes `last` (the one before becomes `previous`) after every epoch, and `best` where the monitor improved,
    or after every epoch where the last one is to be kept.

    An epoch that was broken off is written as `partial`: training does not go on from it, but its weights may be the
    best there are.

    Args:
        directory: where to write.
        state: () -> every array of the training state.
        facts: () -> what else resuming needs; JSON.
        monitor: (a name in the logs, "max" or "min").
        keep: "best" or "last".
    """

    def __init__(self, directory, state, facts, monitor: tuple[str, str], keep: str = "best"):
        super().__init__()
        self.directory, self.state, self.facts, self.monitor = Path(directory), state, facts, monitor
        self.keep, self.batches = keep, 0
        self.best: float | None = None

    def on_train_batch_end(self, batch, logs=None):
        """Counts batches."""
        self.batches = batch + 1

    def on_epoch_end(self, epoch, logs=None):
        """Writes. `best` comes before `last`: killed between the two, the epoch is run again and gives the same."""
        name, direction = self.monitor
        value = float(logs[name])
        whole = self.batches >= self.params["steps"]
        improved = self.keep == "last" or self.best is None or _is_better(value, self.best, direction)
        if whole and improved:
            self.best = value
        arrays, facts = self.state(), {"epoch": epoch, "value": value, "best": self.best, **self.facts()}
        if not whole:
            write(self.directory / "partial.npz", arrays, facts)
            return
        if improved:
            write(self.directory / "best.npz", arrays, facts)
        last = self.directory / "last.npz"
        if last.exists():
            with atomic(self.directory / "previous.npz") as temporary:
                os.replace(last, temporary)
        write(last, arrays, facts)
        (self.directory / "partial.npz").unlink(missing_ok=True)  # of an epoch that has now been run whole


def _is_better(value: float, other: float, direction: str) -> bool:
    """Whether `value` beats `other`, where "max" or "min" is better."""
    return value > other if direction == "max" else value < other


def read_best(directory, direction: str) -> tuple[Path, dict[str, np.ndarray], dict]:
    """Path, arrays and facts of the best checkpoint; of an epoch that was broken off, where that is better."""
    directory = Path(directory)
    best, partial = directory / "best.npz", directory / "partial.npz"
    kept = [(path, *read(path)) for path in (best, partial) if path.exists()] or [(best, *read(best))]
    if len(kept) == 2 and _is_better(kept[1][2]["value"], kept[0][2]["value"], direction):
        return kept[1]
    return kept[0]


def read_last(directory) -> tuple[Path, dict[str, np.ndarray], dict] | None:
    """Path, arrays and facts of the newest whole checkpoint; None where no epoch was finished.

    A damaged one is passed over with a word on stderr, and taken away, so that it never takes the place of a whole one.

    Raises:
        ZooError: all there are, are damaged.
    """
    there = [path for name in ("last", "previous") if (path := Path(directory) / f"{name}.npz").exists()]
    for path in there:
        try:
            return path, *read(path)
        except ZooError as error:
            if path == there[-1]:
                raise
            print(f"note: {error.message}; continuing from {there[-1].name}", file=sys.stderr)
            path.unlink()
    return None
