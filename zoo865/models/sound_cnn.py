"""sound_cnn: tells which class a short sound is of: which digit is said, who says it, which bird sings.

The sound becomes a picture, how loud each band of frequencies is at each time (log-mel), and five convolutions read
that. The picture is made within the network, so that an export takes the sound itself.

Papers: Davis and Mermelstein 1980 (mel bands); Salamon and Bello 2017 (convolutions of them for short sounds);
Ko et al. 2015, Park et al. 2019 (how sounds are changed in training: zoo865/batches/augment_sounds.py).

Differences from Salamon and Bello:
1. Loudness counts relative to the loudest band of the sound, and what is 50 dB quieter is silence: who is nearer to the
   microphone says the same.
2. An average over time in place of dense layers over all times.
3. Batch normalisation.

Compared with: logistic regression of the same sounds' mel bands, and people who were not heard in training
(benchmarks/speakers_apart.py).

Limits: one event in a sound of about a second, which it is given from its beginning on. It always names a class, also
for what is none of them.
"""

import keras
from keras import layers, ops

from zoo865.batches.shuffled import Shuffled
from zoo865.models.mnist_cnn import convolution
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.sound_classification import SoundClassification

RANGE = 50.0  # decibels below the loudest band of a sound that are heard


def build_sound_cnn(
    *, samples: int, rate: int, classes: int, width: int = 16, bands: int = 40, dropout: float = 0.3
) -> keras.Model:
    """Builds the network.

    Args:
        samples: of a sound.
        rate: samples a second.
        classes: number of classes.
        width: channels of the first convolution; the second stage has twice, the third four times as many.
        bands: of frequencies.
        dropout: share of what the last layer reads that training leaves out.

    Returns:
        Model: (batch, samples) float32 in [-1, 1] -> (batch, classes) float32 logits.

    Example:
        >>> network = build_sound_cnn(samples=8000, rate=8000, classes=10, width=4)
        >>> network(np.zeros((2, 8000), "float32")).shape
        TensorShape([2, 10])
    """
    sound = keras.Input((samples,), name="sound")
    x = loudness(sound, rate, bands)
    x = convolution(x, width, 1, "stage1_conv")
    for stage in (2, 3):
        x = layers.MaxPooling2D(padding="same", name=f"stage{stage}_pool")(x)
        for number in (1, 2):
            x = convolution(x, width << (stage - 1), 1, f"stage{stage}_conv{number}")
    x = layers.MaxPooling2D(padding="same", name="pool")(x)
    x = layers.Flatten(name="found")(layers.AveragePooling2D((x.shape[1], 1), name="mean_over_time")(x))
    x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(sound, layers.Dense(classes, dtype="float32", name="logits")(x), name="sound_cnn")


def loudness(sound, rate: int, bands: int):
    """(batch, samples) -> (batch, times, bands, 1), every 16 ms: 2.5 where a band is loudest, 0 from 50 dB below on."""
    shift = round(0.016 * rate)

    def triangles(shape, dtype=None):
        named = {"sampling_rate": rate, "lower_edge_hertz": 60.0, "upper_edge_hertz": rate / 2}
        # This layer is not used as a whole: its Fourier transform has no counterpart in ONNX.
        return layers.MelSpectrogram().linear_to_mel_weight_matrix(shape[1], shape[0], **named)

    fixed = {"trainable": False, "dtype": "float32"}
    x = layers.Reshape((-1, 1), name="one_channel")(sound)
    x = layers.STFTSpectrogram("psd", 2 * shift, shift, padding="same", name="spectrum", **fixed)(x)
    x = layers.Dense(bands, use_bias=False, kernel_initializer=triangles, name="mel", **fixed)(x)
    decibels = ops.log10(ops.maximum(x, 1e-12)) * 10.0
    loudest = ops.max(decibels, (1, 2), keepdims=True)
    return ops.maximum(decibels - loudest + RANGE, 0.0)[..., None] / 20.0


@recipe
def sound_cnn():
    """Which class a short sound is of: which digit is said, or who says it."""
    return Recipe(
        task=SoundClassification(),
        data="spoken_digits",
        data_args={"rate": 8000, "seconds": 1.0, "label": "digit"},
        batches=Shuffled(augment="sounds"),
        batch_size=32,
        model=build_sound_cnn,
        model_args={"width": 16, "bands": 40, "dropout": 0.3},
        phases=(
            # What makes the picture stays as it is.
            Phase("train", 20, Optimizer("adam", 3e-3, schedule="cosine", warmup=0.05), train=("stage*", "logits")),
        ),
        tiny={
            "data": "generated_sounds",
            "data_args.label": "instrument",
            "data_args.seconds": 0.1,
            "batches.augment": "none",
            "model_args.width": 4,
            "model_args.bands": 16,
            "batch_size": 8,
            "epochs": 3,
        },
    )
