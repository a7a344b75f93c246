"""Remembering what lies below the layers that learn: computed once, it is most of the work of fine-tuning.

A phase that remembers a layer fits the model's rest, from that layer's output on, to what the layer gave for some
versions of every training example.
"""

import contextlib
import dataclasses
import shutil
from pathlib import Path

import keras
import numpy as np
import rich.progress
from rich.console import Console

from zoo865.batches.feed import keeping_errors
from zoo865.data.spec import Arrays, in_chunks
from zoo865.errors import ZooError, nearest

LARGEST = 2 << 30  # bytes on disk up to which more than one version of each example is remembered


class Remembered:
    """Opened batches of what a layer gave; see `zoo865.batches.feed.Feed`.

    Epoch after epoch another version of all examples is shown, in an order that follows from seed and epoch.

    Args:
        given: (versions, examples, ...) of what the layer gave.
        rest: what goes with it, labels and weights, (versions, examples, ...) each.
        feed: the batches that they were computed from.
        seed: of the order.
    """

    def __init__(self, given, rest, feed, seed: int):
        import tensorflow as tf

        self.given, self.rest, self.seed, self.epoch, self.failed = given, rest, seed, 0, None
        self.steps, self.batch_size, self.examples_per_step = feed.steps, feed.batch_size, feed.examples_per_step
        signature = tuple(
            tf.TensorSpec((feed.batch_size, *part.shape[2:]), tf.float32 if part is given else part.dtype)
            for part in (given, *rest)
        )
        data = tf.data.Dataset.from_generator(keeping_errors(self, self._batches), output_signature=signature)
        self.dataset = data.apply(tf.data.experimental.assert_cardinality(self.steps)).prefetch(tf.data.AUTOTUNE)

    def _batches(self):
        version = self.epoch % len(self.given)
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.given.shape[1])
        for step in range(self.steps):
            chosen = np.sort(order[step * self.batch_size : (step + 1) * self.batch_size])  # as they lie on the disk
            yield self.given[version, chosen].astype("float32"), *(part[version, chosen] for part in self.rest)

    def begin_epoch(self, epoch: int) -> None:
        """Sets the epoch that the next pass over the data set shows."""
        self.epoch = epoch

    def told(self) -> dict:
        """Nothing."""
        return {}

    def state(self) -> dict:
        """Nothing: the epoch says all."""
        return {}

    def restore(self, state: dict) -> None:
        """Nothing to take back."""


def rest_of(model: keras.Model, layer: str) -> keras.Model:
    """The model from a layer's output on; it shares the model's layers.

    Raises:
        ZooError: no such layer, or what stands behind it needs more than its output.
    """
    names = [one.name for one in model.layers]
    if layer not in names:
        raise ZooError(f"no layer {layer!r} to remember", nearest(layer, names))
    try:
        return keras.Model(model.get_layer(layer).output, model.output, name=model.name)
    except ValueError as error:
        raise ZooError(f"what stands behind {layer!r} needs more than it gives", "remember another layer") from error


@contextlib.contextmanager
def remembering(model: keras.Model, phases, feed, data, directory, seed: int):
    """Computes what some phases remember, in one pass, and keeps it on disk for the body.

    Args:
        model: as it is when the first of the phases begins.
        phases: those that are left; what is remembered for one is not changed by those before it.
        feed: opened batches of the model's inputs.
        data: whose validation examples are remembered too.
        directory: where to.
        seed: of the order in which examples are shown.

    Yields:
        Layer -> (the model's rest, its `Remembered`, the data with what the layer gave for the validation images).
    """
    layers = list(dict.fromkeys(phase.remember for phase in phases if phase.remember))
    if not layers:
        yield {}
        return
    directory = Path(directory)
    try:
        directory.mkdir(exist_ok=True)
        look = keras.Model(model.inputs, [model.get_layer(layer).output for layer in layers])
        versions = max(phase.versions for phase in phases if phase.remember)
        given, rest = _computed(look, layers, feed, versions, directory)
        held_out = _held_out(look, data.validation)
        yield {
            layer: (
                rest_of(model, layer),
                Remembered(given[layer], rest, feed, seed),
                dataclasses.replace(data, validation=Arrays(given=held_out[place], label=held_out[-1])),
            )
            for place, layer in enumerate(layers)
        }
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _computed(look, layers, feed, versions: int, directory):
    """Layer -> (versions, examples, ...) float16 on disk; and what goes with the examples, in memory."""
    examples = feed.steps * feed.batch_size
    shapes = [output.shape[1:] for output in look.outputs]
    each = 2 * examples * sum(int(np.prod(shape)) for shape in shapes)
    versions = max(1, min(versions, LARGEST // each))
    given = {
        layer: np.lib.format.open_memmap(directory / f"{layer}.npy", "w+", "float16", (versions, examples, *shape))
        for layer, shape in zip(layers, shapes, strict=True)
    }
    rest, console = None, Console(stderr=True)
    columns = ("{task.description}", rich.progress.BarColumn(24), "{task.completed}/{task.total} batches")
    with rich.progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("computing what does not learn", total=versions * feed.steps)
        for version in range(versions):
            feed.begin_epoch(version)
            for step, (inputs, *others) in enumerate(feed.dataset.as_numpy_iterator()):
                place = slice(step * feed.batch_size, (step + 1) * feed.batch_size)
                for array, output in zip(given.values(), _listed(look.predict_on_batch(inputs)), strict=True):
                    array[version, place] = output
                if rest is None:
                    rest = [np.zeros((versions, examples, *part.shape[1:]), part.dtype) for part in others]
                for array, part in zip(rest, others, strict=True):
                    array[version, place] = part
                bar.advance(task)
    return given, rest


def _held_out(look, split) -> list[np.ndarray]:
    """What each layer gives for the images of a split, float16, and their labels."""
    found = []
    for examples in in_chunks(split, 64):
        outputs = _listed(look.predict_on_batch(examples["image"].astype("float32") / 255))
        found.append([*(output.astype("float16") for output in outputs), examples["label"]])
    return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def _listed(outputs) -> list:
    return outputs if isinstance(outputs, list) else [outputs]
