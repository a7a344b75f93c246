"""Cached features: what lies below the layers that learn is computed once, which is most of the work of fine-tuning.

A phase with `cache_at` fits the rest of the model, from that layer's output on, to what the layer gave for some
augmented copies of every training example. Copies are computed while training goes on: it begins after the first.
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

LARGEST = 2 << 30  # bytes on disk up to which more than one copy of each example is cached


class FeatureCache:
    """Outputs of some layers for augmented copies of the training examples, on disk.

    Args:
        look: inputs -> what each layer gives, a list.
        layers: their names.
        feed: opened batches, of inputs and of what goes with them: targets, weights.
        copies: at most so many are cached of each example; fewer where they would fill the disk.
        begin: the epoch in which training from this cache begins.
        over: epochs over which the number of copies grows.
        directory: where to.
    """

    def __init__(self, look, layers, feed, *, copies: int, begin: int, over: int, directory):
        self.look, self.feed, self.begin, self.over, self.known = look, feed, begin, over, 0
        self.learns: int | None = None
        examples = feed.steps * feed.batch_size
        shapes = [output.shape[1:] for output in look.outputs]
        each = 2 * examples * sum(int(np.prod(shape)) for shape in shapes)
        self.copies = max(1, min(copies, LARGEST // each))
        self.layers, self.directory = layers, Path(directory)
        self.directory.mkdir(exist_ok=True)
        for layer, shape in zip(layers, shapes, strict=True):
            np.lib.format.open_memmap(self.directory / f"{layer}.npy", "w+", "float16", (self.copies, examples, *shape))
        self.rest = keras.tree.map_structure(
            lambda part: np.zeros((self.copies, examples, *part.shape[1:]), part.dtype.as_numpy_dtype),
            feed.dataset.element_spec[1:],
        )

    def given(self, layer: str) -> np.ndarray:
        """(copies, examples, ...) float16 on disk; opened anew, so that what was read takes no cache."""
        return np.load(self.directory / f"{layer}.npy", mmap_mode="r+")

    def copies_in(self, epoch: int) -> int:
        """How many copies an epoch draws from; computes those that are missing."""
        needed = min(self.copies, 1 + (epoch - self.begin) * self.copies // self.over)
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

    def _compute(self, copy: int):
        given = [self.given(layer) for layer in self.layers]
        for step, (inputs, *others) in enumerate(self.feed.dataset.as_numpy_iterator()):
            place = copy, slice(step * self.feed.batch_size, (step + 1) * self.feed.batch_size)
            for array, output in zip(given, _listed(self.look.predict_on_batch(inputs)), strict=True):
                array[place] = output[: self.feed.batch_size]  # mirrored, each device has answered all of the batch
            for array, part in zip(keras.tree.flatten(self.rest), keras.tree.flatten(others), strict=True):
                array[place] = part


class CachedFeatures(Feed):
    """Opened batches of what a layer gave; see `zoo865.batches.feed.Feed`.

    An epoch shows one of the copies there are, of all examples that the batches had in it (an incomplete last batch
    is left out); which copy, and in which order, follows from seed and epoch.

    Args:
        caches: where they are: of the training examples, and of validation where the phase trains on it, too.
        layer: the layer.
        seed: of the order.
        class_shares: see `Feed`.
    """

    def __init__(self, caches: list[FeatureCache], layer: str, seed: int, class_shares=None):
        import tensorflow as tf

        self.caches, self.layer, self.seed, self.class_shares = caches, layer, seed, class_shares
        self.copies = 1  # Keras may look at a batch's shape before the first epoch begins
        first, count = caches[0], sum(cache.given(layer).shape[1] for cache in caches)
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
        given = [cache.given(self.layer) for cache in self.caches]
        ends = np.cumsum([one.shape[1] for one in given])
        order = random.permutation(ends[-1])
        copy = random.integers(0, self.copies)
        for step in range(self.steps):
            chosen = order[step * self.batch_size : (step + 1) * self.batch_size]
            each = np.searchsorted(ends, chosen, side="right")  # in which cache each stands
            places = [chosen[each == i] - ends[i] for i in range(len(ends))]  # counted from its end

            def together(*parts, places=places):
                return np.concatenate([part[copy][rows] for part, rows in zip(parts, places, strict=True)])

            others = keras.tree.map_structure(together, *(cache.rest for cache in self.caches))
            yield together(*given).astype("float32"), *others

    def begin_epoch(self, epoch: int) -> None:
        """Sets the epoch that the next pass over the data set shows."""
        self.epoch, self.copies = epoch, min(cache.copies_in(epoch) for cache in self.caches)


def rest_of(model: keras.Model, layer: str) -> keras.Model:
    """The part of a model after a layer's output; it shares the model's layers.

    Raises:
        ZooError: no such layer, or the layers after it need more than its output.
    """
    names = [one.name for one in model.layers]
    if layer not in names:
        raise ZooError(f"cache_at: no layer {layer!r}", nearest(layer, names))
    try:
        return keras.Model(model.get_layer(layer).output, model.output, name=model.name)
    except ValueError as error:
        raise ZooError(
            f"cache_at: the layers after {layer!r} need more than its output", "choose another layer"
        ) from error


@contextlib.contextmanager
def cached_features(model: keras.Model, phases, number: int, feeds, data, *, directory, seed: int):
    """The cached features of all phases with `cache_at`, on disk while the body runs.

    Args:
        model: as it is when the current phase begins.
        phases: all; what is cached for one is not changed by those before it.
        number: of the current phase, from 0; earlier phases need no cache.
        feeds: opened batches of the model's inputs, see `zoo865.training.feeds.Feeds`.
        data: whose validation examples are cached too.
        directory: where to.
        seed: of the order in which examples are shown.

    Yields:
        Name of a phase -> (the model's rest, its `CachedFeatures`, the data with its layer's output for the validation
        examples).
    """
    first = next(place for place, phase in enumerate(phases) if phase.cache_at)
    grows = {"begin": sum(phase.epochs for phase in phases[:first]), "over": phases[first].epochs}
    ahead = [phase for phase in phases[number:] if phase.cache_at]
    layers = list(dict.fromkeys(phase.cache_at for phase in ahead))
    directory = Path(directory)
    try:
        directory.mkdir(exist_ok=True)
        look = keras.Model(model.inputs, [model.get_layer(layer).output for layer in layers])
        copies = max(phase.augmented_copies for phase in phases if phase.cache_at)
        opened = {"train": feeds.own}
        if any(phase.learn_validation for phase in ahead):
            opened["validation"] = feeds.of_validation()
        caches = [
            FeatureCache(look, layers, feed, copies=copies, **grows, directory=directory / name)
            for name, feed in opened.items()
        ]
        held_out = _held_out(look, layers, data)
        yield {
            phase.name: (
                rest_of(model, phase.cache_at),
                CachedFeatures(caches[: 1 + phase.learn_validation], phase.cache_at, seed, feeds.own.class_shares),
                held_out[phase.cache_at],
            )
            for phase in ahead
        }
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _held_out(look, layers, data) -> dict:
    """For each layer the data with what it gives for the validation examples, float16, in place of their inputs."""
    given, held = {layer: [] for layer in layers}, {name: [] for name in data.spec.targets}
    for examples, outputs in predictions(look, data.spec, data.validation):
        for layer, output in zip(layers, _listed(outputs), strict=True):
            given[layer].append(output.astype("float16"))
        for name, parts in held.items():
            parts.append(examples[name])
    targets, found = {name: np.concatenate(parts) for name, parts in held.items()}, {}
    for layer, parts in given.items():
        array = np.concatenate(parts)
        spec = Spec({"given": Observation(array.shape[1:], "float16")}, data.spec.targets)
        found[layer] = dataclasses.replace(data, spec=spec, validation=Arrays(given=array, **targets))
    return found


def _listed(outputs) -> list:
    return outputs if isinstance(outputs, list) else [outputs]
