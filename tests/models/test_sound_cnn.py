"""sound_cnn: the picture that it makes of a sound, what it does not hear, and how sounds are changed in training."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo865
from zoo865.batches.augment import augmenting
from zoo865.batches.augment_sounds import changed_sounds
from zoo865.data.features import Audio, Label
from zoo865.data.spec import Spec
from zoo865.errors import ZooError
from zoo865.models.sound_cnn import RANGE, build_sound_cnn, loudness
from zoo865.tasks.sound_classification import SoundClassification

RATE, BANDS = 8000, 20
pytestmark = pytest.mark.jax


@pytest.fixture(scope="module")
def picture():
    sound = keras.Input((RATE // 2,))
    seen = keras.Model(sound, loudness(sound, RATE, BANDS))
    return lambda sounds: keras.ops.convert_to_numpy(seen(sounds))


def some_sounds(count=3):
    return np.random.default_rng(0).uniform(-0.3, 0.3, (count, RATE // 2)).astype("float32")


def by_hand(sound):
    """Frames of 256 samples, every 128, tapered; power; triangles on HTK's mel scale; decibels below the loudest."""
    padded = np.pad(sound, 112)  # for the 32 frames of a convolution with padding "same"
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 255)
    frames = np.stack([padded[start : start + 256] * taper for start in range(0, 32 * 128, 128)])
    power = np.abs(np.fft.rfft(frames)) ** 2
    power[:, 1:-1] *= 2
    mel = 1127 * np.log1p(np.linspace(0, RATE / 2, 129) / 700)
    edges = np.linspace(1127 * np.log1p(60 / 700), mel[-1], BANDS + 2)
    rising = (mel[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mel[:, None]) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0, np.minimum(rising, falling))
    triangles[0] = 0  # HTK leaves out the mean
    decibels = 10 * np.log10(power @ triangles)
    return np.maximum(decibels - decibels.max() + RANGE, 0) / 20


def test_the_picture_is_the_one_by_hand(picture):
    sounds = some_sounds()
    for found, sound in zip(picture(sounds)[..., 0], sounds, strict=True):
        np.testing.assert_allclose(found, by_hand(sound), atol=2e-3)


def test_a_sound_is_judged_by_itself_however_loud(picture):
    """Keras' MelSpectrogram, 3.15, has one floor for a batch: there a quiet sound beside a loud one changes."""
    sounds = some_sounds()
    sounds[0] *= 1e-3
    together = picture(sounds)
    np.testing.assert_allclose(together[:1], picture(sounds[:1]), atol=1e-4)
    np.testing.assert_allclose(together[0], picture(sounds[:1] * 300)[0], atol=1e-3)
    assert np.isfinite(picture(0 * sounds)).all()


def test_a_tone_is_seen_where_it_is(picture):
    time = np.arange(RATE // 2) / RATE
    middle = 700 * np.expm1(np.linspace(np.log1p(60 / 700), np.log1p(RATE / 2 / 700), BANDS + 2)[1:-1])
    for band in (4, 9, 15):
        seen = picture(np.sin(2 * np.pi * middle[band] * time)[None].astype("float32"))[0, ..., 0]
        assert (seen[5:-5].argmax(1) == band).all()


def test_what_makes_the_picture_is_not_trained(tiny_run):
    trained = tiny_run("sound_cnn").model
    fresh = build_sound_cnn(samples=800, rate=RATE, classes=2, width=4, bands=16)
    for layer in ("spectrum", "mel"):
        for found, wanted in zip(trained.get_layer(layer).weights, fresh.get_layer(layer).weights, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_changed_sounds_follow_from_their_seed():
    sounds = some_sounds()
    first, again, other = (changed_sounds(sounds, np.array(seed)) for seed in ((1, 2), (1, 2), (1, 3)))
    np.testing.assert_array_equal(first, again)
    assert first.shape == sounds.shape
    assert np.abs(first).max() <= 1
    assert np.abs(first - other).mean() > 0.01
    traced = tf.function(changed_sounds)(sounds, np.array((1, 2)))
    np.testing.assert_allclose(traced, first, atol=1e-5)
    np.testing.assert_array_equal(changed_sounds(0 * sounds, np.array((1, 2))), 0)


def test_a_changed_tone_is_a_tone_of_nearly_the_same_pitch():
    """Speed shifts it by at most a third up or a quarter down, and differently in every sound."""
    time = np.arange(RATE) / RATE
    tones = np.repeat(0.5 * np.sin(2 * np.pi * 1000 * time)[None], 40, 0).astype("float32")
    spectrum = np.abs(np.fft.rfft(changed_sounds(tones, np.array((5, 6)))))
    pitch = spectrum.argmax(1)  # in hertz: a second
    assert 1000 * np.exp(-0.31) < pitch.min() < 850
    assert 1150 < pitch.max() < 1000 * np.exp(0.31)
    heard = np.take_along_axis(spectrum, pitch[:, None] + np.arange(-20, 21), 1)
    assert ((heard**2).sum(1) > 0.5 * (spectrum**2).sum(1)).mean() > 0.9


def test_sounds_of_any_length_are_not_for_it():
    spec = Spec({"sound": Audio(RATE)}, {"label": Label(("a", "b"))})
    with pytest.raises(ZooError, match=r"as many seconds of each.*data_args.seconds=1"):
        SoundClassification().model_args(spec)
    with pytest.raises(ZooError, match=r"one length.*data_args.seconds=1"):
        augmenting("sounds", spec)


def test_one_of_several_labels_and_the_first_seconds_count():
    data = zoo865.load_data("generated_sounds", label="pitch", seconds=0.04)
    whole = zoo865.load_data("generated_sounds")
    assert data.spec == Spec({"sound": Audio(8000, 320)}, {"label": Label(("low", "high"))})
    np.testing.assert_array_equal(data.test.labels, whole.test.arrays["pitch"])
    longer = sum(
        len(one) > 320 for part in ("train", "validation", "test") for one in whole.split(part).arrays["sound"]
    )
    assert data.notes == (f"of {longer} sounds of generated_sounds the first 0.04 s are heard",)
    with pytest.raises(ZooError, match=r"no label 'colour'.*instrument, pitch"):
        zoo865.load_data("generated_sounds", label="colour")
    with pytest.raises(ZooError, match="above 0, not 0"):
        zoo865.load_data("generated_sounds", seconds=0)
