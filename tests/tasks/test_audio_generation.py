"""Bits of sounds and their likeliest class, against a model whose likelihoods are known."""

import numpy as np
import pytest
from keras import ops

import zoo865
from zoo865.batches.whole_sounds import levels_and_labels
from zoo865.errors import ZooError
from zoo865.inference import compiled
from zoo865.models.wavenet import build_wavenet
from zoo865.preprocessing.mu_law import mu_law_samples
from zoo865.tasks import audio_generation, audio_report
from zoo865.tasks.audio_generation import AudioGeneration, likeliest, nats_by_class, nats_of, settled_noise
from zoo865.visualize.sound_charts import mean_by_place

CLASSES = {"digit": 3, "speaker": 2}


@pytest.fixture(scope="module")
def model():
    made, random = build_wavenet(conditions=CLASSES, rate=1000, channels=6, stacks=1, depth=3, joined=8, hidden=6), 0
    random = np.random.default_rng(random)
    for variable in made.trainable_variables:
        variable.assign(random.normal(0, 0.4, variable.shape))
    return made


def some(lengths):
    random = np.random.default_rng(1)
    levels = [random.integers(0, 256, length).astype("uint8") for length in lengths]
    return levels, {name: random.integers(0, most, len(lengths)).astype("int32") for name, most in CLASSES.items()}


def test_what_sounds_cost_depends_on_no_other_and_not_on_how_they_are_asked(model, monkeypatch):
    levels, labels = some([300, 20, 700, 128, 5, 301])
    nats, samples = nats_of(model, levels, labels)
    assert samples.tolist() == [300, 20, 700, 128, 5, 301]
    monkeypatch.setattr(audio_generation, "SAMPLES", 256)  # long ones in pieces, and each alone
    again, counted = nats_of(model, levels, labels)
    np.testing.assert_allclose(again, nats, rtol=1e-4)
    assert counted.tolist() == samples.tolist()
    for row in range(len(levels)):
        one, _ = nats_of(model, [levels[row]], {name: found[row : row + 1] for name, found in labels.items()})
        assert one[0] == pytest.approx(nats[row], rel=1e-4)


def test_the_likeliest_class_follows_from_bayes_rule(model):
    levels, _ = some([200, 200])
    found = {name: np.asarray(one) for name, one in likeliest(model, np.array(levels, "int32")).items()}
    logs = np.zeros((3, 2, 2))
    for digit in range(3):
        for speaker in range(2):
            labels = {"digit": np.full(2, digit, "int32"), "speaker": np.full(2, speaker, "int32")}
            logs[digit, speaker] = -nats_of(model, levels, labels)[0]
    joint = np.exp(logs - logs.max((0, 1)))
    joint /= joint.sum((0, 1))
    np.testing.assert_allclose(found["digit"], joint.sum(1).T, atol=2e-3)
    np.testing.assert_allclose(found["speaker"], joint.sum(0).T, atol=2e-3)
    mean = np.log(np.exp(logs - logs.max()).mean((0, 1))) + logs.max()
    np.testing.assert_allclose(found["bits"], -mean / 200 / np.log(2), rtol=1e-4)


def test_by_class(model):
    levels, labels = some([60, 90])
    found = nats_by_class(model, levels, labels, "digit")
    for digit in range(3):
        np.testing.assert_array_equal(found[digit], nats_of(model, levels, labels | {"digit": np.full(2, digit)})[0])


def test_noise_by_which_every_engine_draws_the_same(model):
    of_class = {"digit": np.array([0, 1], "int32"), "speaker": np.array([1, 1], "int32")}
    noise = settled_noise(model, of_class, 2)
    length = np.full(2, noise.shape[1], "int32")
    levels = np.asarray(model.generate(noise, length, of_class))
    for moved in (-5e-6, 5e-6):
        again = compiled(model.generate)((noise + moved).astype("float32"), length, of_class)
        np.testing.assert_array_equal(again, levels)


def test_bits_of_samples_are_those_of_the_sound(model, monkeypatch):
    levels, labels = some([700, 1])
    monkeypatch.setattr(audio_report, "STRETCH", 256)  # in pieces
    for row, one in enumerate(levels):
        bits = audio_report.bits_of_samples(model, one, {name: found[row] for name, found in labels.items()})
        nats, _ = nats_of(model, [one], {name: found[row : row + 1] for name, found in labels.items()})
        assert bits.shape == one.shape
        assert bits.sum() * np.log(2) == pytest.approx(nats[0], rel=1e-4)


def test_means_by_place_are_of_all_samples():
    bits = [np.arange(7.0), np.arange(990.0)]
    counts, sums = mean_by_place(bits)
    assert counts.sum() == 997
    assert sums.sum() == pytest.approx(sum(one.sum() for one in bits))
    assert (counts[1], sums[1]) == (20, np.arange(20, 40).sum())  # of the short one no sample lies there


def test_data_without_its_labels_are_refused(tiny_run, zoo, tmp_path):
    import soundfile

    run = tiny_run("wavenet")
    assert run.metrics["protocol"].endswith("its bits are told with these known: length, instrument, pitch.")
    for place in ("flat", "notes/flute"):
        (tmp_path / place).mkdir(parents=True)
        for take in range(5):
            soundfile.write(tmp_path / place / f"{take}.wav", np.random.default_rng(take).uniform(-0.5, 0.5, 400), 8000)
    for name, said in (
        ("flat", "flat has no class folders in train; the model was trained on flute, buzzer"),
        ("notes", "notes has the classes flute, buzzer; "),
    ):
        code, _, err = zoo("evaluate", run.path, "--data", tmp_path / name)
        assert (code, said in err) == (2, True), err
    data = zoo865.load_data(str(tmp_path / "notes"), rate=8000, like=run.spec)
    with pytest.raises(ZooError, match="notes has no label 'instrument', by which wavenet was trained; it has label"):
        run.recipe.task.protocol(run.model, data)


def test_a_tiny_run_s_measures(tiny_run):
    run = tiny_run("wavenet")
    levels, labels = levels_and_labels(run.data.test, run.spec)
    measures = AudioGeneration().measure(run.model, run.data, "test")
    nats, samples = nats_of(run.model, levels, labels)
    assert measures["bits"] == pytest.approx(nats.sum() / samples.sum() / np.log(2))
    assert measures.keys() == {"bits", "instrument_accuracy", "pitch_accuracy"}
    counts = np.bincount(np.concatenate(levels), minlength=256)
    alone = -np.log2(counts[np.concatenate(levels)] / counts.sum()).mean()  # of the test's own levels
    assert measures["bits"] < alone
    assert measures["instrument_accuracy"] > 0.7
    assert run.metrics["test"]["bits"] == pytest.approx(measures["bits"], rel=1e-3)


def test_exports_say_and_draw_what_the_model_does(tiny_run):
    run = tiny_run("wavenet")
    predictor = zoo865.Predictor(run)
    assert {*predictor.signatures} == {"serve", "bits", "generate", "stream"}
    examples = run.data.test.take([0, 1, 2])
    answers = predictor.predict(list(examples["sound"]))
    labels = {"instrument", "pitch"}
    assert set(answers[0]) == {"bits", "probabilities", *labels, *(f"{label}_probability" for label in labels)}
    for answer, sound in zip(answers, examples["sound"], strict=True):
        (alone,) = predictor.predict(sound)
        assert alone["bits"] == pytest.approx(answer["bits"], rel=1e-5)
        shares = answer["probabilities"]["instrument"]
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert answer["instrument"] == max(shares, key=shares.get)
    of_class = {"instrument": np.array([1, 0], "int32"), "pitch": np.array([0, 0], "int32")}
    noise = settled_noise(run.model, of_class, 2, samples=100)
    wanted = ops.convert_to_numpy(run.model.generate(noise, np.array([100, 100], "int32"), of_class))
    found = predictor.run("generate", noise=noise, **of_class)["sound"]
    np.testing.assert_array_equal(found, mu_law_samples()[wanted])
