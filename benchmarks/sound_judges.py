"""Two judges of spoken digits, one that hears which digit is said, one that hears who says it; for spoken_digits.py.

    zoo865 train benchmarks/sound_judges.py:judge_of_digits

They learn from real sounds alone, of 256 mu-law levels as all sounds are that they judge; of longer ones from the first
second.
"""

import keras
from keras import layers

from zoo865.batches.shuffled import Shuffled
from zoo865.batches.whole_sounds import levels_and_labels
from zoo865.data.features import Audio
from zoo865.data.sets.spoken_digits import RATE, spoken_digits
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.layers.batch_normalization import BatchNormalization
from zoo865.preprocessing.mu_law import mu_law_samples
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.registry import dataset
from zoo865.tasks.classification import Classification


@dataset
def said_digits() -> Data:
    """The spoken digits, labelled with what is said."""
    return labelled("digit")


@dataset
def saying_speakers() -> Data:
    """The spoken digits, labelled with who says it."""
    return labelled("speaker")


def labelled(name: str) -> Data:
    """The spoken digits with one of their labels alone."""
    data, parts = spoken_digits(), {}
    for part in ("train", "validation", "test"):
        levels, labels = levels_and_labels(data.split(part), data.spec)
        parts[part] = Arrays(sound=[mu_law_samples()[one] for one in levels], label=labels[name].astype("int64"))
    return Data(f"{name}s", Spec({"sound": Audio(RATE, RATE)}, {"label": data.spec.labels[name]}), **parts)


def build_judge(*, sound_shape: tuple[int], classes: int, width: int = 16, dropout: float = 0.3) -> keras.Model:
    """Builds the network: convolutions of a log-mel picture, of 40 bands and 16 ms a column.

    Args:
        sound_shape: (samples,).
        classes: number of classes.
        width: channels of the first convolution; each of the next two has twice as many as the one before.
        dropout: of what the last layer reads.

    Returns:
        Model: (batch, samples) float32 in [-1, 1] -> (batch, classes) float32 logits.
    """
    sound = keras.Input(sound_shape, name="sound")
    # Quieter than 40 dB below 1 is silence. Keras' own floor, `top_db` below the loudest, is one for a whole batch: out
    # of reach here, for a sound must not be judged by those beside it.
    mel = layers.MelSpectrogram(
        256, 128, sampling_rate=RATE, num_mel_bins=40, min_freq=60, min_power=1e-4, top_db=300.0, name="log_mel"
    )
    x = layers.Rescaling(1 / 20, name="tens_of_decibels")(mel(sound))
    x = layers.Reshape((*x.shape[1:], 1), name="one_channel")(x)
    for place in range(3):
        x = layers.Conv2D(width << place, 3, padding="same", use_bias=False, name=f"convolution{place + 1}")(x)
        x = BatchNormalization(name=f"normalization{place + 1}")(x)
        x = layers.ReLU(name=f"relu{place + 1}")(layers.MaxPooling2D(name=f"pool{place + 1}")(x))
    x = layers.Flatten(name="found")(layers.AveragePooling2D((1, x.shape[2]), name="mean_over_time")(x))
    x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(sound, layers.Dense(classes, dtype="float32", name="logits")(x), name="judge")


def judge(data: str) -> Recipe:
    """What both judges have in common."""
    return Recipe(
        task=Classification(),
        data=data,
        batches=Shuffled(),
        batch_size=32,
        model=build_judge,
        phases=Phase(epochs=15, optimizer=Optimizer("adam", 3e-3, schedule="cosine")),
    )


@recipe
def judge_of_digits():
    """Which digit is said: a small convolutional network."""
    return judge("said_digits")


@recipe
def judge_of_speakers():
    """Who says it: a small convolutional network."""
    return judge("saying_speakers")
