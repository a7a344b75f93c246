"""New sounds from an export: by seed, of classes, of lengths, from a beginning on; and the command."""

import json

import numpy as np
import pytest
import soundfile

import zoo865
from zoo865.errors import ZooError
from zoo865.exporting.sounds_out import draw_sounds, write_sounds
from zoo865.preprocessing.mu_law import mu_law_levels, mu_law_samples


@pytest.fixture(scope="module")
def predictor(tiny_run):
    return zoo865.Predictor(tiny_run("wavenet"))


def test_a_seed_draws_the_same_and_more_begin_with_fewer(predictor):
    three, five, other = (draw_sounds(predictor, count, seed=seed) for count, seed in ((3, 1), (5, 1), (3, 2)))
    for one, two in zip(three, five, strict=False):
        np.testing.assert_array_equal(one.samples, two.samples)
        assert one.classes == two.classes
    assert any(len(one.samples) != len(two.samples) for one, two in zip(three, other, strict=True))
    real = [len(sound) for sound in predictor_data().train.arrays["sound"]]
    assert all(min(real) <= len(one.samples) <= max(real) for one in five)


def predictor_data():
    return zoo865.load_data("generated_sounds")


def test_classes_are_those_that_are_asked_for(predictor):
    drawn = draw_sounds(predictor, 4, classes={"pitch": "high"})
    assert {one.classes["pitch"] for one in drawn} == {"high"}
    assert len({one.classes["instrument"] for one in draw_sounds(predictor, 8)}) == 2


def test_a_beginning_is_kept_and_goes_on(predictor):
    sound = predictor_data().test.take([0])["sound"][0]
    heard = []
    drawn = draw_sounds(predictor, 2, begin=sound[:200], seconds=0.25, progress=heard.append)
    for one in drawn:
        assert len(one.samples) == 2000
        np.testing.assert_array_equal(one.samples[:200], mu_law_samples()[mu_law_levels(sound[:200])])
    assert not np.array_equal(drawn[0].samples, drawn[1].samples)
    assert sum(heard) == pytest.approx(0.5)
    (longer,) = draw_sounds(predictor, 1, begin=np.zeros(8000, "float32"))
    assert len(longer.samples) == 8800


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"count": 0}, "cannot draw 0 sounds"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"seconds": 0}, "between 0 and 600 seconds, not 0"),
        ({"seconds": float("nan")}, "between 0 and 600 seconds, not nan"),
        ({"classes": {"pitsch": "high"}}, "knows no 'pitsch'; did you mean pitch"),
        ({"classes": {"pitch": "hihg"}}, "pitch: no class 'hihg'; did you mean high"),
        (
            {"begin": np.zeros(800, "float32"), "seconds": 0.1},
            "lasts 0.10 s, and the whole sound shall last 0.1 s",
        ),
    ],
)
def test_what_cannot_be_drawn(predictor, how, said):
    with pytest.raises(ZooError, match=said):
        draw_sounds(predictor, **{"count": 1, **how})


def test_pictures_are_no_sounds(tiny_run):
    with pytest.raises(ZooError, match="draws no sounds"):
        draw_sounds(zoo865.Predictor(tiny_run("mnist_cnn")), 1)


def test_sounds_are_written_one_after_another_or_each(predictor, tmp_path):
    drawn = draw_sounds(predictor, 3)
    samples, rate = soundfile.read(write_sounds(drawn, tmp_path / "all.FLAC"))
    assert rate == 8000
    assert len(samples) == sum(len(one.samples) for one in drawn) + 2 * 2000
    np.testing.assert_allclose(samples[: len(drawn[0].samples)], drawn[0].samples, atol=1e-4)
    files = sorted(write_sounds(drawn, tmp_path / "each").iterdir())
    assert [file.name for file in files] == [
        f"{number}_{one.classes['instrument']}_{one.classes['pitch']}.wav" for number, one in enumerate(drawn, 1)
    ]
    np.testing.assert_allclose(soundfile.read(files[2])[0], drawn[2].samples, atol=1e-4)
    with pytest.raises(ZooError, match="is an existing folder"):
        write_sounds(drawn, tmp_path / "each")
    with pytest.raises(ZooError, match="cannot write sounds to"):
        write_sounds(drawn, tmp_path / "a.png")


def test_the_command(zoo, tiny_run, tmp_path):
    run = tiny_run("wavenet").path
    code, out, err = zoo("generate", run, "--instrument", "flute", "--pitch=low", "--count", "2", "--out", "a.wav")
    assert (code, out.count("instrument flute  pitch low"), "2 sounds, seed 0" in out) == (0, 2, True), err
    assert soundfile.info(tmp_path / "a.wav").samplerate == 8000
    code, out, err = zoo("generate", run, "--json", "--begin", "a.wav", "--seconds", "1.0", "--count", "1")
    assert [one["seconds"] for one in json.loads(out)["sounds"]] == [1.0], err
    for arguments, said in (
        (("--instrument",), "name classes as options"),
        (("flute",), "cannot read flute"),
        (("--instrument", "lute"), "did you mean flute"),
        (("--begin", "b.wav"), "no sound b.wav"),
        (("--out", "a.png"), "cannot write sounds to a.png"),
    ):
        code, _, err = zoo("generate", run, *arguments)
        assert (code, said in err, len(err.splitlines())) == (2, True, 1), err
    code, _, err = zoo("generate", tiny_run("vae").path, "--digit", "7")
    assert (code, "--digit is no option of images" in err) == (2, True), err
    code, out, err = zoo("predict", run, "a.wav")
    assert (code, "instrument" in out) == (0, True), err
