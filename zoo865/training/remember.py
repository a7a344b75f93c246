"""Remembering what lies below the layers that learn: computed once, it is most of the work of fine-tuning.

A phase that remembers a layer fits the model's rest, from that layer's output on, to what the layer gave for some
versions of every training example. Versions are computed while training goes on: after one of them it begins.
"""

import contextlib
import dataclasses
import shutil
from pathlib import Path

import keras
import numpy as np

from zoo865.batches.feed import Feed, keeping_errors
from zoo865.data.features import Observation
from zoo865.data.spec import Arrays, Spec
from zoo865.errors import ZooError, nearest
from zoo865.inference import predictions

LARGEST = 2 << 30  # bytes on disk up to which more than one version of each example is remembered


class Memory:
    """What some layers gave for versions of the training examples, on disk.

    Args:
        look: inputs -> what each layer gives, a list.
        layers: their names.
        feed: opened batches, of inputs and of what goes with them: targets, weights.
        versions: at most so many are remembered of each example; fewer where they would fill the disk.
        begin: the epoch in which training from this memory begins.
        over: epochs over which the number of versions grows.
        directory: where to.
    """

    def __init__(self, look, layers, feed, *, versions: int, begin: int, over: int, directory):
        self.look, self.feed, self.begin, self.over, self.known, self.learns = look, feed, begin, over, 0, None
        examples = feed.steps * feed.batch_size
        shapes = [output.shape[1:] for output in look.outputs]
        each = 2 * examples * sum(int(np.prod(shape)) for shape in shapes)
        self.versions = max(1, min(versions, LARGEST // each))
        self.layers, self.directory = layers, Path(directory)
        self.directory.mkdir(exist_ok=True)
        for layer, shape in zip(layers, shapes, strict=True):
            np.lib.format.open_memmap(
                self.directory / f"{layer}.npy", "w+", "float16", (self.versions, examples, *shape)
            )
        self.rest = keras.tree.map_structure(
            lambda part: np.zeros((self.versions, examples, *part.shape[1:]), part.dtype.as_numpy_dtype),
            feed.dataset.element_spec[1:],
        )

    def given(self, layer: str) -> np.ndarray:
        """(versions, examples, ...) float16 on disk; opened anew, so that what was read of it is memory no more."""
        return np.load(self.directory / f"{layer}.npy", mmap_mode="r+")

    def versions_in(self, epoch: int) -> int:
        """How many versions an epoch draws from; computes those that are missing."""
        needed = min(self.versions, 1 + (epoch - self.begin) * self.versions // self.over)
        if (learns := len(self.look.trainable_weights)) != self.learns:
            self.look.make_predict_function(force=True)  # on several devices Keras' on JAX is bound to what learns
            self.learns = learns
        while self.known < needed:
            self.feed.begin_epoch(self.known)
            try:
                self._compute(self.known)
            except Exception:
                if self.feed.failed:  # ours, in place of what TensorFlow makes of it
                    raise self.feed.failed from None
                raise
            self.known += 1
        return needed

    def _compute(self, version: int):
        given = [self.given(layer) for layer in self.layers]
        for step, (inputs, *others) in enumerate(self.feed.dataset.as_numpy_iterator()):
            place = version, slice(step * self.feed.batch_size, (step + 1) * self.feed.batch_size)
            for array, output in zip(given, _listed(self.look.predict_on_batch(inputs)), strict=True):
                array[place] = output[: self.feed.batch_size]  # mirrored, each device has answered all of the batch
            for array, part in zip(keras.tree.flatten(self.rest), keras.tree.flatten(others), strict=True):
                array[place] = part


class Remembered(Feed):
    """Opened batches of what a layer gave; see `zoo865.batches.feed.Feed`.

    An epoch shows one of the versions there are, of all examples that the batches had in it (an incomplete last batch
    is left out); which version, and in which order, follows from seed and epoch.

    Args:
        memories: where they are: of the training examples, and of those of validation where they teach too.
        layer: the layer.
        seed: of the order.
        class_shares: see `Feed`.
    """

    def __init__(self, memories: list[Memory], layer: str, seed: int, class_shares=None):
        import tensorflow as tf

        self.memories, self.layer, self.seed, self.class_shares = memories, layer, seed, class_shares
        self.versions = 1  # Keras may look at a batch's shape before the first epoch begins
        first, count = memories[0], sum(memory.given(layer).shape[1] for memory in memories)
        self.batch_size = first.feed.batch_size
        self.steps, self.examples_per_step = count // self.batch_size, first.feed.examples_per_step
        given = tf.TensorSpec((self.batch_size, *first.given(layer).shape[2:]), tf.float32)
        rest = keras.tree.map_structure(
            lambda part: tf.TensorSpec((self.batch_size, *part.shape[2:]), part.dtype), first.rest
        )
        signature = (given, *rest)
        data = tf.data.Dataset.from_generator(keeping_errors(self, self._batches), output_signature=signature)
        self.dataset = data.apply(tf.data.experimental.assert_cardinality(self.steps)).prefetch(tf.data.AUTOTUNE)

    def _batches(self):
        random = np.random.default_rng([self.seed, self.epoch])
        given = [memory.given(self.layer) for memory in self.memories]
        ends = np.cumsum([one.shape[1] for one in given])
        order = random.permutation(ends[-1])
        version = random.integers(0, self.versions)
        for step in range(self.steps):
            chosen = order[step * self.batch_size : (step + 1) * self.batch_size]
            each = np.searchsorted(ends, chosen, side="right")  # in which memory each stands
            places = [chosen[each == i] - ends[i] for i in range(len(ends))]  # counted from its end

            def together(*parts, places=places):
                return np.concatenate([part[version][rows] for part, rows in zip(parts, places, strict=True)])

            others = keras.tree.map_structure(together, *(memory.rest for memory in self.memories))
            yield together(*given).astype("float32"), *others

    def begin_epoch(self, epoch: int) -> None:
        """Sets the epoch that the next pass over the data set shows."""
        self.epoch, self.versions = epoch, min(memory.versions_in(epoch) for memory in self.memories)


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
def remembering(model: keras.Model, phases, number: int, feeds, data, *, directory, seed: int):
    """A memory on disk of what some phases remember, for the body.

    Args:
        model: as it is when the phase at hand begins.
        phases: all; what is remembered for one is not changed by those before it.
        number: of the phase at hand, from 0; for those before it nothing is remembered any more.
        feeds: opened batches of the model's inputs, see `zoo865.training.feeds.Feeds`.
        data: whose validation examples are remembered too.
        directory: where to.
        seed: of the order in which examples are shown.

    Yields:
        Name of a phase -> (the model's rest, its `Remembered`, the data with what its layer gave for the validation
        examples).
    """
    first = next(place for place, phase in enumerate(phases) if phase.remember)
    grows = {"begin": sum(phase.epochs for phase in phases[:first]), "over": phases[first].epochs}
    ahead = [phase for phase in phases[number:] if phase.remember]
    layers = list(dict.fromkeys(phase.remember for phase in ahead))
    directory = Path(directory)
    try:
        directory.mkdir(exist_ok=True)
        look = keras.Model(model.inputs, [model.get_layer(layer).output for layer in layers])
        versions = max(phase.versions for phase in phases if phase.remember)
        opened = {"train": feeds.own}
        if any(phase.learn_validation for phase in ahead):
            opened["validation"] = feeds.of_validation()
        memories = [
            Memory(look, layers, feed, versions=versions, **grows, directory=directory / name)
            for name, feed in opened.items()
        ]
        held_out = _held_out(look, layers, data)
        yield {
            phase.name: (
                rest_of(model, phase.remember),
                Remembered(memories[: 1 + phase.learn_validation], phase.remember, seed, feeds.own.class_shares),
                held_out[phase.remember],
            )
            for phase in ahead
        }
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _held_out(look, layers, data) -> dict:
    """For each layer the data with what it gives for the validation examples, float16, in place of their inputs."""
    given, targets = {layer: [] for layer in layers}, {name: [] for name in data.spec.targets}
    for examples, outputs in predictions(look, data.spec, data.validation):
        for layer, output in zip(layers, _listed(outputs), strict=True):
            given[layer].append(output.astype("float16"))
        for name, parts in targets.items():
            parts.append(examples[name])
    targets, found = {name: np.concatenate(parts) for name, parts in targets.items()}, {}
    for layer, parts in given.items():
        array = np.concatenate(parts)
        spec = Spec({"given": Observation(array.shape[1:], "float16")}, data.spec.targets)
        found[layer] = dataclasses.replace(data, spec=spec, validation=Arrays(given=array, **targets))
    return found


def _listed(outputs) -> list:
    return outputs if isinstance(outputs, list) else [outputs]
