"""Folders of sounds: classes, parts, other rates and formats, long recordings, what cannot be read."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

import zoo865
from zoo865.data import sounds
from zoo865.data.sounds import sound_picture
from zoo865.errors import ZooError

pytestmark = pytest.mark.fast
RATE = 4000


def tone(seconds=0.1, pitch=440.0, rate=RATE, seed=0):
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * pitch * time + seed)).astype("float32")


def write(place, samples, rate=RATE, **how):
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(place, samples, rate, **how)


def folder(tmp_path, classes=("flute", "horn"), count=10, suffix="wav"):
    for number, name in enumerate(classes):
        for take in range(count):
            write(tmp_path / "notes" / name / f"{take}.{suffix}", tone(0.1, 300 + 100 * number, seed=take))
    return tmp_path / "notes"


def load(place, **how):
    return zoo865.load_data(str(place), rate=RATE, **how)


def test_a_folder_of_classes(tmp_path):
    data = load(folder(tmp_path, suffix="flac"))
    assert data.spec.class_names == ("flute", "horn")
    assert data.spec.sound.rate == RATE
    assert [len(data.split(part)) for part in ("train", "validation", "test")] == [14, 2, 4]
    for part in ("train", "validation", "test"):
        examples = data.split(part).take(range(len(data.split(part))))
        for sound, label, path in zip(examples["sound"], examples["label"], examples["path"], strict=True):
            assert Path(path).parent.name == data.spec.class_names[label]
            np.testing.assert_allclose(sound, tone(0.1, 300 + 100 * label, seed=int(Path(path).stem)), atol=1e-4)
    assert load(tmp_path / "notes").sha256 == data.sha256


def test_without_folders_there_are_no_classes_and_with_parts_nothing_is_cut(tmp_path):
    for take in range(12):
        write(tmp_path / "flat" / f"{take}.ogg", tone(seed=take))
    assert dict(load(tmp_path / "flat").spec.targets) == {}
    for part, count in (("train", 5), ("validation", 2), ("test", 3)):
        for take in range(count):
            write(tmp_path / "cut" / part / "a" / f"{take}.wav", tone(seed=take, pitch=300 + count))
            write(tmp_path / "cut" / part / "b" / f"{take}.wav", tone(seed=take, pitch=600 + count))
    assert [len(load(tmp_path / "cut").split(part)) for part in ("train", "validation", "test")] == [10, 4, 6]


def test_other_rates_and_channels_are_brought_to_one(tmp_path):
    place = folder(tmp_path)
    write(place / "flute" / "0.wav", np.stack([tone(0.1, 300, 8000), tone(0.1, 300, 8000)], 1), 8000)
    data = load(place)
    assert data.notes == ("1 sound of notes resampled to 4,000 Hz", "1 sound of notes averaged over their channels")
    found = {
        path: sound
        for part in (data.train, data.validation, data.test)
        for path, sound in zip(part.arrays["path"], part.arrays["sound"], strict=True)
    }[str(place / "flute" / "0.wav")]
    np.testing.assert_allclose(found[40:-40], tone(0.1, 300)[40:-40], atol=0.01)


def test_equal_files_stay_together_and_long_recordings_become_passages(tmp_path):
    place = folder(tmp_path, classes=("flute",), count=8)
    for take in range(8, 16):
        write(place / "flute" / f"{take}.wav", tone(0.1, 300, seed=take % 2))
    data = load(place, layout="unlabelled")
    sides = {}
    for part in ("train", "validation", "test"):
        for sound in data.split(part).arrays["sound"]:
            sides.setdefault(sound.tobytes(), set()).add(part)
    assert all(len(parts) == 1 for parts in sides.values())
    random = np.random.default_rng(0)
    recording = random.uniform(-0.5, 0.5, 41 * RATE).astype("float32")
    write(tmp_path / "long" / "one.flac", recording, subtype="PCM_24")
    data = load(tmp_path / "long")
    assert "cut into 11 passages of at most 4 s" in data.notes[0]
    every = [part.take(range(len(part))) for part in (data.train, data.validation, data.test)]
    numbered = {
        int(path.rpartition(":")[2]): sound
        for one in every
        for path, sound in zip(one["path"], one["sound"], strict=True)
    }
    np.testing.assert_allclose(np.concatenate([numbered[number] for number in sorted(numbered)]), recording, atol=1e-6)


def parts_of_recordings(data):
    """Recording -> the parts that have passages of it."""
    found = {}
    for part in ("train", "validation", "test"):
        for path in data.split(part).arrays["path"]:
            found.setdefault(path.rpartition(":")[0], set()).add(part)
    return found


@pytest.mark.parametrize("fold", [None, (1, 3)])
def test_the_passages_of_a_recording_stay_together(tmp_path, fold):
    """No test passage is of a recording that was learned from, also in folds."""
    random = np.random.default_rng(0)
    for name in ("flute", "horn"):
        for take in range(6):
            samples = random.uniform(-0.5, 0.5, (10 + take % 3) * RATE + 400)
            write(tmp_path / "recorded" / name / f"{take}:a.wav", samples.astype("float32"))
    data = load(tmp_path / "recorded", fold=fold)
    parts = parts_of_recordings(data)
    assert len(parts) == 12
    assert all(len(one) == 1 for one in parts.values())
    assert not any("by other passages" in note for note in data.notes)


def test_one_recording_in_all_parts_is_said(tmp_path):
    write(tmp_path / "long" / "one.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 41 * RATE).astype("float32"))
    assert load(tmp_path / "long").notes[-1] == "1 recording of training validate or test, too, by other passages"


def test_a_model_s_classes_are_those_of_another_folder(tmp_path):
    data = load(folder(tmp_path))
    write(tmp_path / "other" / "Horn" / "0.wav", tone())
    other = load(tmp_path / "other", like=data.spec)
    assert other.test.take([0])["label"].tolist() == [1]
    write(tmp_path / "other" / "drum" / "0.wav", tone())
    with pytest.raises(ZooError, match="has the class 'drum' in train; the model was trained on flute, horn"):
        load(tmp_path / "other", like=data.spec)


def test_what_cannot_be_read_is_left_out_up_to_a_twentieth(tmp_path):
    place = folder(tmp_path, count=15)
    (place / "horn" / "0.wav").write_bytes(b"RIFF of nothing")
    data = load(place)
    assert any(name == "horn/0.wav" for name, _ in data.left_out)
    for take in range(1, 4):
        (place / "horn" / f"{take}.wav").write_text("no sound")
    with pytest.raises(ZooError, match=r"4 sounds cannot be read, horn/0.wav"):
        load(place)


def test_errors(tmp_path):
    with pytest.raises(ZooError, match="no folder"):
        load(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ZooError, match="no sounds in"):
        load(tmp_path / "empty")
    write(tmp_path / "two" / "a" / "0.wav", tone())
    write(tmp_path / "two" / "b" / "0.wav", tone(seed=1))
    with pytest.raises(ZooError, match="at least 3 are needed"):
        load(tmp_path / "two")
    with pytest.raises(ZooError, match="has 8,000 samples a second, not 4,000"):
        zoo865.load_data("generated_sounds", rate=4000)


def test_a_wav_file_from_a_pipe_is_read(tmp_path):
    """Its header tells a size that no file has; one of an odd length may lack the byte that would make it even."""
    write(tmp_path / "a.wav", tone(0.5))
    whole = (tmp_path / "a.wav").read_bytes()
    for size in (0x7FFFF024, 0xFFFFFFFF, len(whole) - 8 + 1):
        (tmp_path / "b.wav").write_bytes(whole[:4] + size.to_bytes(4, "little") + whole[8:])
        assert len(sounds.read(tmp_path / "b.wav", RATE)[0]) == RATE // 2


@pytest.mark.parametrize(
    ("samples", "words"),
    [([], "is empty"), ([0.1, np.nan], "non-finite samples"), ([0.1, 3.5], "samples up to 3.5")],
)
def test_samples_that_are_none_name_the_file(tmp_path, samples, words):
    write(tmp_path / "bad.wav", np.array(samples, "float32"), subtype="FLOAT")
    with pytest.raises(ZooError, match=rf"bad\.wav .*{words}"):
        sounds.read(tmp_path / "bad.wav", RATE)


def test_a_sound_that_ends_early_is_no_sound(tmp_path):
    """libsndfile 1.2 reads what there is of a WAV file, and counts no more."""
    write(tmp_path / "a.wav", tone(0.5))
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ZooError, match=r"a.wav is cut off after 0.2\d s"):
        sounds.read(tmp_path / "a.wav", RATE)
    for suffix in ("flac", "ogg"):
        write(tmp_path / f"a.{suffix}", tone(0.5))
        (tmp_path / f"a.{suffix}").write_bytes((tmp_path / f"a.{suffix}").read_bytes()[:100])
        with pytest.raises(ZooError, match=f"cannot read sound .*a.{suffix}"):
            sounds.read(tmp_path / f"a.{suffix}", RATE)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_what_is_written_is_read_again(tmp_path, suffix):
    written = tone(0.5, rate=8000)
    sounds.write(tmp_path / f"a{suffix}", written, 8000, suffix)
    found, notes = sounds.read(tmp_path / f"a{suffix}", 8000)
    exact = suffix in (".wav", ".flac")
    np.testing.assert_allclose(found[400:3000], written[400:3000], atol=1e-4 if exact else 0.05)
    assert notes == ()
    assert len(found) == 4000 or not exact


def test_without_soundfile_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    with pytest.raises(ZooError, match=r"pip install 'zoo865\[audio\]'"):
        sounds.read(tmp_path / "a.wav", RATE)


def test_a_picture_of_a_sound_shows_its_wave_above_its_spectrogram():
    """A tone that becomes twice as high and half as loud in the middle."""
    time = np.arange(4000) / 8000
    tone = np.where(time < 0.25, 0.8 * np.sin(2 * np.pi * 1000 * time), 0.4 * np.sin(2 * np.pi * 2000 * time))
    picture = sound_picture(tone)[..., 0]
    wave, spectrum = picture[:48], picture[50:]
    for columns, loud, hertz in ((slice(10, 100), 0.8, 1000), (slice(140, 230), 0.4, 2000)):
        rows = np.flatnonzero((wave[:, columns] > 100).any(1))
        assert (rows.min(), rows.max()) == pytest.approx(((1 - loud) / 2 * 47, (1 + loud) / 2 * 47), abs=1)
        brightest = 48 - 1 - spectrum[:, columns].argmax(0)  # from the bottom, half the rate at the top
        assert (np.abs(brightest - hertz / 4000 * 48) <= 1).all()
    for short in (np.zeros(0), np.zeros(900), np.ones(1), np.full(3, np.float32(0.5))):
        assert sound_picture(short).shape == (98, 240, 1)
    assert (sound_picture(np.zeros(900))[50:] == sound_picture(np.zeros(900))[50, 0]).all()
