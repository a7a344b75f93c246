"""pairs: whether two pictures show the same shape. A verifier of pairs of a user's own, with a task of its own."""

from dataclasses import dataclass
from typing import ClassVar

import keras
import numpy as np
from keras import layers, ops

from zoo865.batches.shuffled import Shuffled
from zoo865.data.features import Image, Label
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.inference import predictions
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.registry import dataset, task
from zoo865.tasks.examples import serving
from zoo865.tasks.task import Task


@dataset
def shapes():
    """Bars that lie or stand, in two pictures each: 600 / 100 / 100."""
    inputs = {"first": Image((12, 12, 1)), "second": Image((12, 12, 1))}
    spec = Spec(inputs, {"label": Label(("different", "same"))})
    return Data(
        "shapes", spec, *(drawn(count, seed) for seed, count in enumerate((600, 100, 100))), "Made by pairs.py."
    )


def drawn(count, seed):
    random = np.random.default_rng([2, seed])
    kinds = random.integers(0, 2, (2, count))
    pictures = np.zeros((2, count, 12, 12, 1), "uint8")
    for place in np.ndindex(2, count):
        at = random.integers(2, 9)
        bar = pictures[place] if kinds[place] else pictures[place].transpose(1, 0, 2)
        bar[at : at + 2] = random.integers(150, 256)
    return Arrays(first=pictures[0], second=pictures[1], label=(kinds[0] == kinds[1]).astype("int64"))


@task
@dataclass(frozen=True)
class Verification(Task):
    """Two examples, one answer: how probably they are of one kind. Models give one logit."""

    threshold: float = 0.5
    monitor: ClassVar = ("val_accuracy", "max")
    unit: ClassVar = "pairs"

    def compile_args(self, spec):
        return {"loss": keras.losses.BinaryCrossentropy(from_logits=True)}

    def measure(self, model, data, split):
        pairs = [(e["label"], logits[:, 0]) for e, logits in predictions(model, data.spec, data.split(split))]
        same, logits = map(np.concatenate, zip(*pairs, strict=True))
        return {"accuracy": float(((logits > 0) == same).mean())}

    def signatures(self, model, spec, examples):
        return {"serve": serving(spec, examples, lambda seen: {"same": ops.sigmoid(model(seen, training=False))[:, 0]})}

    def decode(self, outputs, spec):
        return [{"same": bool(share > self.threshold), "probability": float(share)} for share in outputs["same"]]


def build_pairs(*, first_shape: tuple[int, int, int], second_shape: tuple[int, int, int], width: int = 8):
    """Two pictures, {"first", "second"} in [0, 1] -> (batch, 1) logits: the same network looks at both."""
    look = keras.Sequential([layers.Conv2D(width, 3, activation="relu"), layers.GlobalAveragePooling2D()], name="look")
    inputs = {"first": keras.Input(first_shape, name="first"), "second": keras.Input(second_shape, name="second")}
    apart = layers.Identity(name="apart")(ops.abs(look(inputs["first"]) - look(inputs["second"])))
    return keras.Model(inputs, layers.Dense(1, dtype="float32", name="logit")(apart), name="pairs")


@recipe
def pairs():
    """Whether two pictures show the same."""
    phase = Phase("train", epochs=6, optimizer=Optimizer("adam", 0.02))
    parts = {"task": Verification(), "batches": Shuffled(), "model": build_pairs, "phases": (phase,)}
    return Recipe(data="shapes", batch_size=30, steps_per_execution=4, **parts)
