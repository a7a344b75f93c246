"""Image augmentation: kinds of random changes by name, and policies made of them.

What is allowed depends on the data: a 6 turned by 180 degrees is a 9, a mirrored photo of a dog is a dog.
`zoo865 augment` measures it (zoo865/reporting/augment.py).

Nothing here keeps state: the same images and the same seed give the same result, in a parallel `map` too, beside every
Keras backend. That makes an epoch a function of (seed, epoch), which exact resume needs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from zoo865.batches.augment_sounds import changed_sounds
from zoo865.data.features import Image
from zoo865.data.statistics import at_once
from zoo865.errors import ZooError, nearest
from zoo865.layers.augmentation import RandomAffine, RandomElastic


@dataclass(frozen=True)
class Change:
    """A kind of change.

    Args:
        unit: of its strength.
        strongest: the largest strength.
        between: (low, high, fill_mode) -> layer or function of images whose strengths lie in that range.
        both_ways: whether strengths below zero are something else, as turns to the right.
        colours: whether images must have three channels.
        gradual: whether there is anything between none of it and the strongest.
    """

    unit: str
    strongest: float
    between: Callable
    both_ways: bool = False
    colours: bool = False
    gradual: bool = True

    def within(self, strength: float, fill_mode: str = "constant"):
        """A layer that draws strengths up to this one."""
        return self.between(-strength if self.both_ways else 0.0, strength, fill_mode)


def _affine(name: str) -> Callable:
    def between(low, high, fill):
        bounds: dict[str, Any] = {name: (low, high)}
        return RandomAffine(**bounds, fill_mode=fill, dtype="float32")

    return between


def _flip(low, high, fill):
    return layers.RandomFlip("horizontal", dtype="float32") if low < high else lambda images, **_: images[:, :, ::-1]


def _keras(layer, low, high):
    return layer((low, high), value_range=(0, 1), dtype="float32")


def _erasing(low, high, fill):
    return layers.RandomErasing((1, 1), (low, high), value_range=(0, 1), dtype="float32")


def _randaugment(low, high, fill):
    return layers.RandAugment(factor=(low, high), value_range=(0, 1), dtype="float32")


CHANGES = {
    "rotation": Change("degrees", 180, _affine("rotation"), both_ways=True),
    "shift": Change("fraction of the side", 0.5, _affine("shift"), both_ways=True),
    "zoom": Change("fraction", 0.9, _affine("zoom"), both_ways=True),
    "shear": Change("degrees", 60, _affine("shear"), both_ways=True),
    "elastic": Change("fraction of the side", 0.2, lambda low, high, fill: RandomElastic((low, high), dtype="float32")),
    "flip": Change("mirrored", 1, _flip, gradual=False),
    "brightness": Change(
        "fraction of white", 1, lambda low, high, fill: _keras(layers.RandomBrightness, low, high), both_ways=True
    ),
    "saturation": Change(
        "fraction",
        1,
        lambda low, high, fill: _keras(layers.RandomSaturation, (1 + low) / 2, (1 + high) / 2),
        both_ways=True,
        colours=True,
    ),
    "hue": Change(
        "fraction of half a turn", 1, lambda low, high, fill: _keras(layers.RandomHue, low, high), colours=True
    ),
    "erasing": Change("fraction of the image", 1, _erasing),
    "randaugment": Change("fraction", 1, _randaugment, colours=True),
}
AFFINE = ("rotation", "shift", "zoom", "shear")


@dataclass(frozen=True)
class Policy:
    """An augmentation policy: changes applied together, up to strengths that keep the labels of its data.

    Args:
        changes: name of a change -> strength up to which it is drawn.
        data, system: where the strengths were measured: of the validation images of these data at most `bound` lose
            the label that this system, trained on them unchanged, gave them, at the full strength of each change alone.
        bound: a share.
        fill_mode: what comes from outside of an image, as for `RandomAffine`.
    """

    changes: dict[str, float]
    data: str = "mnist"
    system: str = "mnist_fast"
    bound: float = 0.02
    fill_mode: str = "constant"

    def layers(self, channels: int) -> list:
        """Keras layers that do it one after the other, all turns, shifts, zooms and slants at once.

        Args:
            channels: of the images; without three, colours are left as they are.
        """
        affine: dict[str, Any] = {name: self.changes[name] for name in AFFINE if name in self.changes}
        rest = [name for name in self.changes if name not in AFFINE and (channels == 3 or not CHANGES[name].colours)]
        found = [CHANGES[name].within(self.changes[name], self.fill_mode) for name in rest]
        return ([RandomAffine(**affine, fill_mode=self.fill_mode, dtype="float32")] if affine else []) + found


POLICIES = {
    "none": Policy({}),
    # A little of each, never a mirror. Shifted by 8 % of the side, which people do not mind, one digit in nine is lost
    # to a network that has seen centred ones only; of the other changes at most one in fifty.
    "digits": Policy({"rotation": 12, "shift": 0.08, "zoom": 0.12, "shear": 8}, bound=0.15),
    # Of drawings of one person each, more: those of the next person differ as much. Twice as elastic taught less.
    "characters": Policy({"rotation": 15, "shift": 0.06, "zoom": 0.2, "shear": 15, "elastic": 0.03}, bound=0.25),
    # For contrastive learning, which is to overlook more than a classifier: shades change a lot, and parts are hidden,
    # by noise, for black would be another outline. Outlines, which tell clothes and digits apart, change little: zooms
    # of 30 % taught less about Fashion-MNIST. Never a mirror, for digits.
    "views": Policy(
        {"rotation": 6, "shift": 0.06, "zoom": 0.08, "elastic": 0.03, "brightness": 0.4, "erasing": 0.3}, bound=0.5
    ),
    "photos": Policy(
        {"rotation": 10, "shift": 0.08, "zoom": 0.15, "flip": 1, "brightness": 0.1, "saturation": 0.2},
        data="a folder of 1,000 cats and dogs",
        system="mobilenet_v2",
        fill_mode="reflect",
    ),
}
SOUNDS = "sounds"  # the name of the other augmentation, see augment_sounds.py
MIXES = {"none": None, "mixup": layers.MixUp, "cutmix": layers.CutMix}


class Seeds(keras.random.SeedGenerator):
    """Seeds that follow from the one of a batch, and from how many were drawn before for it."""

    def begin(self, seed):
        """Takes the seed of a batch, (2,) integers."""
        self.seed, self.drawn = seed, 0

    def next(self, ordered=True):
        """(2,): the next seed."""
        self.drawn += 1
        return tf.random.experimental.stateless_fold_in(self.seed, self.drawn)


def policy_of(name: str) -> Policy:
    """The policy of this name.

    Raises:
        ZooError: there is none; the nearest are offered.
    """
    if name not in POLICIES:
        raise ZooError(f"unknown augmentation {name!r}", nearest(name, [*POLICIES, SOUNDS]))
    return POLICIES[name]


def seeded(changes: list) -> Callable:
    """(images, seed) -> images, changed by these layers in turn; the same for the same seed, (2,) integers.

    Keras' random layers draw from generators of their own, which count up from call to call; here all are given one
    that begins anew with each batch.
    """
    seeds = _give_seeds(changes)

    def changed(images, seed):
        seeds.begin(seed)
        for layer in changes:
            images = layer(images, training=True)
        return images

    return changed


def augmenting(name: str, spec) -> Callable:
    """(what a model sees, seed) -> the same with its images changed by the policy of this name, or its one sound.

    Raises:
        ZooError: there is no such policy, or nothing to change.
    """
    if name == SOUNDS:
        if spec.sound.length is None:
            raise ZooError("sounds are changed at one length", "--set data_args.seconds=1")
        return changed_sounds
    policy = policy_of(name)
    if not policy.changes:
        return lambda seen, seed: seen
    images = {key: one for key, one in spec.inputs.items() if isinstance(one, Image)}
    if not images:
        raise ZooError(f"augmentation {name!r} needs images, but the data have none", "--set batches.augment=none")
    changed = {key: seeded(policy.layers(one.shape[-1])) for key, one in images.items()}

    def augmented(seen, seed):
        if len(spec.inputs) == 1:
            return next(iter(changed.values()))(seen, seed)
        own = {}
        for place, (key, change) in enumerate(changed.items()):  # each image of an example in a way of its own
            own[key] = change(seen[key], tf.stack([seed[0], seed[1] + (place << 32)]))
        return {**seen, **own}

    return augmented


def at_strength(images, name: str, strength: float, fill_mode: str = "constant") -> Iterator[np.ndarray]:
    """Images changed in one way, all as strongly; what else is drawn follows from seed 865. Strength 0 changes nothing.

    Args:
        images: (images, height, width, channels) float32 in [0, 1].
        name: of the change.
        strength: in its unit.
        fill_mode: as for `Policy`.

    Yields:
        The changed ones, at most 256 at a time, of large images fewer.
    """
    changed = seeded([CHANGES[name].between(strength, strength, fill_mode)] if strength else [])
    data = tf.data.Dataset.from_tensor_slices(images).batch(max(8, at_once(images.shape[1:], 256))).enumerate()
    data = data.map(lambda number, batch: changed(batch, tf.stack([865, number])))
    yield from data.as_numpy_iterator()


def mixing(name: str, spec) -> Callable | None:
    """(images, targets, seed) -> images with others mixed in, and the targets with shares of the classes, (batch,
    classes), of both.

    Raises:
        ZooError: there is no such way, or nothing to mix.
    """
    if name not in MIXES:
        raise ZooError(f"unknown mix {name!r}", nearest(name, MIXES))
    if not MIXES[name]:
        return None
    if not spec.class_names or not isinstance(next(iter(spec.inputs.values())), Image) or len(spec.inputs) > 1:
        raise ZooError(
            f"{name} needs examples of one image with a class label, but the data have none", "--set batches.mix=none"
        )
    layer = MIXES[name](dtype="float32")
    seeds = _give_seeds([layer])

    def mixed(images, targets, seed):
        seeds.begin(seed + 1)  # not the numbers by which the images were changed
        shares = tf.one_hot(targets["label"], len(spec.class_names))
        found = layer({"images": images, "labels": shares}, training=True)
        return found["images"], {**targets, "label": found["labels"]}

    return mixed


def _give_seeds(changes) -> Seeds:
    seeds = Seeds(0)
    for layer in changes:
        layer._get_seed_generator = lambda backend=None: seeds
    return seeds
