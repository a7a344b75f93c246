"""tones: what makes a sound, a flute, a buzzer or the wind. A classifier of sounds of a user's own."""

import keras
import numpy as np
from keras import layers

from zoo865.batches.shuffled import Shuffled
from zoo865.data.features import Audio, Label
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.registry import dataset
from zoo865.tasks.classification import Classification

RATE, LENGTH = 2000, 800


@dataset
def tones():
    """Sounds of 0.2 to 0.4 seconds: 400 / 60 / 60."""
    spec = Spec({"sound": Audio(RATE, LENGTH)}, {"label": Label(("flute", "buzzer", "wind"))})
    return Data("tones", spec, *(drawn(count, seed) for seed, count in enumerate((400, 60, 60))), "Made by tones.py.")


def drawn(count, seed):
    random = np.random.default_rng([3, seed])
    labels = random.integers(0, 3, count)
    sounds = []
    for label in labels:
        time = np.arange(random.integers(LENGTH // 2, LENGTH + 1)) / RATE
        wave = np.sin(2 * np.pi * random.uniform(100, 300) * time + random.uniform(0, 6))
        kinds = (wave, np.sign(wave), random.uniform(-1, 1, len(time)))
        sounds.append((random.uniform(0.3, 0.9) * kinds[label]).astype("float32"))
    return Arrays(sound=sounds, label=labels)


def build_tones(*, sound_shape: tuple[int], classes: int, width: int = 8) -> keras.Model:
    """(batch, samples) float32 -> (batch, classes) logits: two convolutions over time, the mean of what they find."""
    sound = keras.Input(sound_shape, name="sound")
    x = layers.Reshape((*sound_shape, 1), name="one_channel")(sound)
    for place in (1, 2):
        x = layers.Conv1D(place * width, 9, 2, activation="relu", name=f"convolution{place}")(x)
    x = layers.GlobalAveragePooling1D(name="mean")(x)
    return keras.Model(sound, layers.Dense(classes, dtype="float32", name="logits")(x), name="tones")


@recipe
def tones_cnn():
    """Flute, buzzer or wind."""
    return Recipe(
        task=Classification(),
        data="tones",
        batches=Shuffled(),
        batch_size=25,
        model=build_tones,
        steps_per_execution=4,
        phases=(Phase("train", epochs=6, optimizer=Optimizer("adam", 0.01)),),
    )
