"""Checkpoints: the whole state of training as flat arrays in one file, written atomically, its checksum inside.

`model.save` and `save_weights` leave out the states of random generators; a flat list of every variable, restored by
position, leaves out nothing.
"""

import hashlib
import json
import os
import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np

from zoo865.errors import ZooError
from zoo865.files import atomic


def state_of(model: keras.Model, feed=None) -> dict[str, np.ndarray]:
    """Every array of a training state: the model's variables, then the optimizer's, then what the feed remembers."""
    named = {f"model|{i:04}|{v.path}": v for i, v in enumerate(model.variables)}
    if model.optimizer is not None:
        named |= {f"optimizer|{i:04}|{v.path}": v for i, v in enumerate(model.optimizer.variables)}
    arrays = {name: keras.ops.convert_to_numpy(variable.value) for name, variable in named.items()}
    return arrays | {f"feed|{name}": array for name, array in (feed.state() if feed else {}).items()}


def restore_model(model: keras.Model, arrays: dict[str, np.ndarray], source):
    """Puts a checkpoint's arrays into a model of the same kind, by position.

    Raises:
        ZooError: number or shapes of the variables differ.
    """
    stored = [array for name, array in sorted(arrays.items()) if name.startswith("model|")]
    if [array.shape for array in stored] != [tuple(variable.shape) for variable in model.variables]:
        raise ZooError(f"{source} does not fit this model", "it was written by another recipe or version")
    for variable, array in zip(model.variables, stored, strict=True):
        variable.assign(array)


def take_weights(model: keras.Model, arrays: dict[str, np.ndarray], source) -> tuple[int, int]:
    """Takes over every weight of the same name and shape, for a start from another run.

    Returns:
        How many weights were taken, and of how many.

    Raises:
        ZooError: not one weight fits.
    """
    stored = {name.split("|", 2)[2]: array for name, array in arrays.items() if name.startswith("model|")}
    taken = 0
    for variable in model.weights:
        array = stored.get(variable.path)
        if array is not None and array.shape == tuple(variable.shape):
            variable.assign(array)
            taken += 1
    if not taken:
        raise ZooError(f"no weight of {source} fits this model", "start from a run of the same system")
    return taken, len(model.weights)


def write(path, arrays: dict[str, np.ndarray], facts: dict):
    """Writes arrays and facts (JSON) to one .npz file, with a checksum of them inside."""
    with atomic(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, facts=np.array(json.dumps(facts)), checksum=np.array(_checksum(arrays, facts)), **arrays)


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
        raise ZooError(f"no checkpoint {path}", "the run ended before its first epoch did") from error
    except (OSError, KeyError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ZooError(f"checkpoint {path} is damaged: {error}", "use another run, or train again") from error
    if not whole:
        raise ZooError(f"checkpoint {path} is damaged: its checksum is wrong", "use another run, or train again")
    return arrays, facts


def _checksum(arrays: dict[str, np.ndarray], facts: dict) -> str:
    """SHA-256 over facts, and names, kinds, shapes and bytes of the arrays."""
    digest = hashlib.sha256(json.dumps(facts).encode())
    for name, array in sorted(arrays.items()):
        if name != "checksum":
            digest.update(f"{name} {array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


class KeepCheckpoints(keras.callbacks.Callback):
    """Writes `last` (the one before becomes `previous`) after every epoch, and `best` where the monitor improved.

    Args:
        directory: where to write.
        feed: whose memory belongs to the state.
        monitor: (a name in the logs, "max" or "min").
    """

    def __init__(self, directory, feed, monitor: tuple[str, str]):
        super().__init__()
        self.directory, self.feed, self.monitor = Path(directory), feed, monitor
        self.best = None

    def on_epoch_end(self, epoch, logs=None):
        """Writes."""
        name, direction = self.monitor
        value = float(logs[name])
        arrays, facts = state_of(self.model, self.feed), {"epoch": epoch, name: value}
        last = self.directory / "last.npz"
        if last.exists():
            with atomic(self.directory / "previous.npz") as temporary:
                os.replace(last, temporary)
        write(last, arrays, facts)
        if self.best is None or (value > self.best if direction == "max" else value < self.best):
            self.best = value
            write(self.directory / "best.npz", arrays, facts)
