"""`zoo865 augment`: what changes of images do to their labels is measured, and policies stay within it."""

import json
import re
import typing
from pathlib import Path

import numpy as np
import pytest

import zoo865
from zoo865.batches.augment import CHANGES, POLICIES, at_strength
from zoo865.cli.augment import run
from zoo865.data.statistics import spread
from zoo865.errors import ZooError
from zoo865.preprocessing import prepared
from zoo865.reporting.augment import borne, measure
from zoo865.training.published import find_trained


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A network that has seen unchanged digits, people's own."""
    settings = {"data": "mnist_sample", "epochs": 4, "phases.train.optimizer.warmup": 0.1}
    return zoo865.train(zoo865.get_recipe("mnist_fast").override(settings), run_dir=tmp_path_factory.mktemp("run"))


def test_a_six_upside_down_is_a_nine_and_an_eight_an_eight(reader, tmp_path):
    """The lecture's example, on real digits; what is found is written down and shown."""
    out = tmp_path / "augment.html"
    found = zoo865.measure_augmentation_tolerance("mnist_sample", model=reader, out=out, rotation=180)
    turned = found["changes"]["rotation"]
    lost = {name: shares[-1] for name, shares in turned["lost_of_class"].items()}
    assert turned["strengths"][-1] == 180
    assert min(lost["6"], lost["9"], lost["7"], lost["4"]) > 0.8
    assert lost["8"] < 0.3
    assert lost["0"] < 0.6
    examples = reader.data.validation.take(np.arange(len(reader.data.validation)))
    sixes = prepared(reader.spec, examples)[examples["label"] == 6]
    answers = np.argmax(reader.model.predict_on_batch(next(at_strength(sixes, "rotation", 180))), -1)
    assert np.bincount(answers, minlength=10).argmax() == 9
    assert turned["lost"][0] == 0
    assert turned["bears"] < 60
    page = out.read_text()
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    for word in ("Rotation", "The augmentation policy uses up to 12"):
        assert word in page


def test_what_is_lost_is_what_the_model_said_before_and_no_longer_says(reader):
    """Against a count by hand, of a shift to both sides."""
    examples = spread(reader.data.validation, 200)
    examples |= {"image": prepared(reader.spec, examples)}
    measured, _ = measure(reader, examples, "shift", 0.3, POLICIES["digits"])
    said = lambda strength: np.argmax(  # noqa: E731
        reader.model.predict_on_batch(next(at_strength(examples["image"], "shift", strength))), -1
    )
    right = said(0.0) == examples["label"]
    by_hand = np.mean([right & (said(way * 0.3) != examples["label"]) for way in (1, -1)])
    assert measured["lost"][-1] == pytest.approx(by_hand)
    of_class = measured["lost_of_class"]
    counts = np.bincount(examples["label"], minlength=10)
    assert sum(of_class[str(c)][-1] * counts[c] for c in range(10)) / 200 == pytest.approx(by_hand)


def test_how_much_is_borne_lies_between_the_strengths_that_were_looked_at():
    assert borne([0, 1, 2, 3], [0, 0.01, 0.03, 0.2], 0.02) == pytest.approx(1.5)
    assert borne([0, 1, 2], [0, 0, 0.01], 0.02) == 2
    assert borne([0, 1, 2], [0, 0.5, 0], 0.1) == pytest.approx(0.2)


@pytest.mark.parametrize("name", ["rotation", "shift", "zoom", "shear", "brightness", "saturation"])
def test_the_strength_is_that_of_every_image(name):
    """Nothing is drawn where a strength is fixed: all copies of an image are changed alike."""
    image = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3), "uint8")
    image = np.float32(image) / 255
    changed = next(at_strength(np.repeat(image, 5, 0), name, CHANGES[name].strongest / 3))
    for other in changed[1:]:
        np.testing.assert_allclose(other, changed[0], atol=1e-6)
    assert np.abs(changed[0] - image[0]).max() > 0.02


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rotaton": 20}, "did you mean rotation"),
        ({"rotation": 200}, r"rotation must be above 0 and at most 180 degrees, not 200"),
        ({"shift": 0}, "above 0"),
        ({"out": "page.txt"}, "ends with .html"),
        ({"policy": "digit"}, "did you mean digits"),
        ({"model": "mnist_cnn"}, "trained with augmentation.*augment=none"),
    ],
)
def test_wrong_arguments(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ZooError, match=words):
        zoo865.measure_augmentation_tolerance("mnist_sample", **arguments)
    assert not list(tmp_path.iterdir())


def test_help_tells_every_change_as_it_is(zoo):
    """It is written by hand, since reading the changes would start TensorFlow."""
    arguments = typing.get_type_hints(run, include_extras=True)
    assert arguments.keys() - {"data", "policy", "model", "out", "json"} == CHANGES.keys()
    for name, change in CHANGES.items():
        if change.gradual:
            help = arguments[name].__metadata__[0].help
            assert help.endswith(f"{change.unit}, at most {change.strongest:g}."), name


def test_on_the_command_line(reader, zoo, tmp_path):
    code, out, err = zoo("augment", "mnist_sample", "--model", reader.path, "--shear", 30, "--json")
    assert code == 0, err
    found = json.loads(out)
    assert list(found["changes"]) == ["shear"]
    assert (tmp_path / "augment.html").is_file()
    code, out, _ = zoo("augment", "mnist_sample", "--model", reader.path, "--shear", 30)
    assert "validation images of mnist_sample" in out
    assert zoo("augment", "mnist_sample", "--policy", "none", "--flip", "--model", reader.path)[0] == 0


def test_a_study_s_run_answers_for_no_name(tmp_path, monkeypatch):
    """It is trained where it is needed, found by the next study of the same data, and by nobody else."""
    monkeypatch.chdir(tmp_path)
    trained = []

    def quickly(recipe, run_dir):
        trained.append(recipe.data)
        return zoo865.train(recipe.override({"epochs": 1, "model_args.width": 2, "batch_size": 500}), run_dir=run_dir)

    monkeypatch.setattr("zoo865.reporting.augment.train", quickly)
    found = [zoo865.measure_augmentation_tolerance("generated_digits", policy="digits", flip=1.0) for _ in range(2)]
    assert trained == ["generated_digits"]
    assert found[0]["model"] == found[1]["model"]
    assert Path(found[0]["model"]).parent == Path("runs/augment")
    assert zoo865.Run.find(found[0]["model"]).recipe.name == "mnist_fast"
    with pytest.raises(ZooError, match="no run or published model of mnist_fast"):
        find_trained("mnist_fast")


def test_policies_stay_within_what_their_data_bear():
    """As benchmarks/augmentation.py measured it, with the policies that there are now."""
    bounds = json.loads((Path(__file__).parents[2] / "benchmarks" / "results" / "augmentation.json").read_text())[
        "bounds"
    ]
    for name, policy in POLICIES.items():
        measured = bounds[name]["changes"] if policy.changes else {}
        assert {change: found["policy"] for change, found in measured.items()} == policy.changes
        assert all(found["lost"] <= policy.bound for found in measured.values()), name


@pytest.mark.slow
def test_what_digits_bear_is_measured_again(tmp_path, monkeypatch):
    """On all of MNIST's validation images that `augment` looks at, by the system that the policy names."""
    monkeypatch.chdir(tmp_path)
    policy = POLICIES["characters"]
    trained = zoo865.train(zoo865.get_recipe(policy.system).override({"data": policy.data, "batches.augment": "none"}))
    assert find_trained(policy.system).path == trained.path
    found = zoo865.measure_augmentation_tolerance(policy.data, policy="characters")
    for change, strength in policy.changes.items():
        assert found["changes"][change]["bears"] >= strength, change
