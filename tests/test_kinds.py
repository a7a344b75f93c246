"""Any kind of data, from users' own files: texts, pairs of pictures, sounds, through the whole way."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from processes import assert_same, kill
from scipy.io import wavfile

import zoo865
from zoo865.exporting.check import storable
from zoo865.exporting.find import read_details

KINDS = Path(__file__).parent / "kinds"
SYSTEMS = {"reviews": "reviews.py", "pairs": "pairs.py", "tones": "tones.py"}

pytestmark = pytest.mark.parametrize("name", SYSTEMS)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """name -> the run of a user's file, trained, reported and exported."""
    runs = {}

    def of(name):
        if name not in runs:
            recipe = zoo865.get_recipe(str(KINDS / SYSTEMS[name]))
            runs[name] = zoo865.make(recipe, seed=7, run_dir=tmp_path_factory.mktemp("kinds") / "run")
        return runs[name]

    return of


def test_it_learns_and_is_shown_raw_beside_prepared(name, made):
    run = made(name)
    assert len((KINDS / SYSTEMS[name]).read_text().splitlines()) < 80
    assert run.metrics["test"]["accuracy"] > 0.9
    page = run.report_path.read_text()
    section = re.search(r'<section id="training_batch">(.*?)</section>', page, re.DOTALL)[1]
    for key in run.spec.inputs:
        assert f"{key}, raw" in section
        assert f"{key}, model input" in section
    if name == "reviews":  # its words as people wrote them, and as the numbers of words say
        raw, seen = re.findall(r"<td[^>]*>(.*?)</td>", section)[:2]
        assert re.sub(r"[^a-z ]", "", raw.lower()).split() == seen.split()


def test_its_export_answers_as_the_predictor(name, made):
    """TensorFlow alone asks it; `export` has looked that it needs neither Keras nor zoo865."""
    run = made(name)
    examples = run.data.test.take(np.arange(5))
    inputs = {key: feature.stack(examples[key]) for key, feature in run.spec.inputs.items()}
    signature = tf.saved_model.load(str(run.export_path)).signatures["serving_default"]
    tensors = {key: tf.constant(array) for key, array in storable(inputs).items()}
    served = {key: value.numpy() for key, value in signature(**tensors).items()}
    predictor = zoo865.Predictor(run, task=run.recipe.task)
    answers = predictor.predict({key: array[place] for key, array in inputs.items()} for place in range(5))
    decoded = run.recipe.task.decode(served, run.spec)
    assert numbers(decoded) == pytest.approx(numbers(answers), abs=1e-6)
    assert [one.get("label") for one in decoded] == [one.get("label") for one in answers]


def files_of(name, folder):
    """Two examples as a person has them, the answer to each, and what the command line is given."""
    if name == "reviews":
        (folder / "review.txt").write_text("A lovely film, moving!")
        return ["What an awful, boring film", "review.txt"], ["blame", "praise"]
    if name == "tones":
        time = np.arange(2400) / 8000
        wavfile.write(folder / "flute.wav", 8000, (20_000 * np.sin(2 * np.pi * 200 * time)).astype("int16"))
        noise = np.random.default_rng(0).uniform(-0.8, 0.8, (600, 2)).astype("float32")
        wavfile.write(folder / "wind.wav", 2000, noise[:, :1].repeat(2, 1))
        return ["flute.wav", "wind.wav"], ["flute", "wind"]
    bar = np.zeros((12, 12), "uint8")
    bar[4:6] = 220
    Image.fromarray(bar).save(folder / "lies.png")
    Image.fromarray(np.kron(bar, np.ones((2, 2), "uint8"))).convert("RGB").save(folder / "lies_too.jpg", quality=95)
    Image.fromarray(bar.T).save(folder / "stands.png")
    return [("lies.png", "lies_too.jpg"), ("lies.png", "stands.png")], [True, False]


def test_it_is_asked_and_measured_from_the_command_line(name, made, zoo, monkeypatch):
    run = made(name)
    examples, expected = files_of(name, Path())
    given = [file for one in examples for file in ([one] if isinstance(one, str) else one)]
    own = ["--task", KINDS / SYSTEMS[name]] if name == "pairs" else []
    files = iter(given)
    usage = [next(files) if word == "FILE" else word for word in run.usage.split()]
    code, out, err = zoo(*usage, "--json")  # what training says of how to ask it
    assert code == 0, err
    assert len(json.loads(out)) == 1
    code, out, err = zoo("predict", run.path, *given, *own, "--json")
    assert code == 0, err
    answers = json.loads(out)
    assert [answer.get("label", answer.get("same")) for answer in answers] == expected
    assert answers[0]["file"] == (given[0] if isinstance(examples[0], str) else " + ".join(examples[0]))
    lines = "".join(f"{one if isinstance(one, str) else chr(9).join(one)}\n" for one in [*examples, "half.png"])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    code, out, err = zoo("predict", run.path, "-", *own, "--json")
    assert code == 0, err
    *asked, last = json.loads(out)
    assert [answer["file"] for answer in asked] == [answer["file"] for answer in answers]
    assert [answer.get("label", answer.get("same")) for answer in asked] == expected
    assert ("error" in last) == (name != "reviews")  # to which any line is a text
    code, out, err = zoo("bench", run.path, *own, "--seconds", "0.3", "--batch", "1,3", "--json")
    assert code == 0, err
    ways = {"tensorflow", "model.predict"} | ({"onnx"} if name != "reviews" else set())
    assert {row["engine"] for row in json.loads(out)["measured"]} == ways
    code, out, err = zoo("evaluate", run.path, "--json")
    assert json.loads(out)["measures"] == pytest.approx(run.metrics["test"], abs=1e-6)


def test_one_example_several_and_none(name, made):
    """A dict is one example; an iterable is several; of nothing there is no answer."""
    run = made(name)
    predictor = zoo865.Predictor(run, task=str(KINDS / SYSTEMS[name]) if name == "pairs" else None)
    examples = run.data.test.take(np.arange(4))
    several = [{key: examples[key][place] for key in run.spec.inputs} for place in range(4)]
    answers = predictor.predict(several)
    assert len(answers) == 4
    assert numbers(predictor.predict(several[2])) == pytest.approx(numbers(answers[2:3]), abs=1e-6)
    assert len(predictor.predict(one for one in several[:3])) == 3
    assert predictor.predict([]) == []
    key, array = next((key, examples[key]) for key in run.spec.inputs)
    if len(run.spec.inputs) == 1:
        assert len(predictor.predict(list(array))) == 4
        assert len(predictor.predict(array[0])) == 1
    else:
        pair = tuple(several[1].values())
        assert numbers(predictor.predict(pair)) == pytest.approx(numbers(answers[1:2]), abs=1e-6)
        with pytest.raises(zoo865.ZooError, match="the input 'second' is missing"):
            predictor.predict({key: array[0]})
        with pytest.raises(zoo865.ZooError, match="has 2 inputs \\(first, second\\), but one was given"):
            predictor.predict(array[0])
        with pytest.raises(zoo865.ZooError, match="unknown input 'third'"):
            predictor.predict({**several[0], "third": 1})
    empty = predictor.run("serve", **{key: feature.blank(0) for key, feature in run.spec.inputs.items()})
    assert all(len(output) == 0 for output in empty.values())


def test_half_of_an_example_and_another_kind_cost_a_line(name, made, zoo):
    """Exit code 2, the file and the way out."""
    own = ["--task", KINDS / SYSTEMS[name]]
    Image.new("L", (12, 12)).save("a.png")
    Path("a.csv").write_text("no picture, no sound")
    asked = {
        "pairs": (
            (["a.png"], "each example has 2 inputs: first, second; inputs given: 1; a.png has no matching second"),
            (["a.png", "a.png", "a.png"], "a.png has no matching second"),
            (["a.png", "a.csv"], "a.csv"),
            (["a.png", "a text"], "no picture a text"),
        ),
        "tones": ((["a.png"], "cannot read sound a.png"), (["a text"], "no sound")),
        "reviews": ((["missing.txt"], "cannot read text missing.txt"),),
    }
    for given, words in asked[name]:
        code, out, err = zoo("predict", made(name).path, *given, *(own if name == "pairs" else []))
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert words in err
    if name == "pairs":
        code, _, err = zoo("predict", made(name).path, "a.png", "a.png")
        assert (code, err.count("\n")) == (2, 1)
        assert "name the file that defines it: --task pairs.py" in err


def numbers(answers):
    return [answer["probability"] for answer in answers]


def changed(source, *changes):
    for before, after in changes:
        assert before in source
        source = source.replace(before, after)
    return source


def test_other_data_are_prepared_as_the_model_was_taught(name, made, tmp_path, zoo):
    """By its own vocabulary, whatever the other set's is; what cannot be is refused."""
    source = (KINDS / SYSTEMS[name]).read_text()
    words, rate = 'vocabulary_of(splits[0].arrays["text"], 50)', "Audio(RATE, LENGTH)"
    other, *refused = {
        "reviews": ((words, f"{words}[::-1]"), ('"text"', '"words"'), ("text=", "words=")),
        "pairs": (
            ("Image((12, 12, 1))", "Image((12, 12, 1), crop=True)"),
            ("Image((12, 12, 1))", "Image((13, 12, 1))"),
        ),
        "tones": ((rate, "Audio(RATE, LENGTH + 9)"), (rate, "Audio(2 * RATE, LENGTH)")),
    }[name]
    data = {"reviews": "sentences", "pairs": "shapes", "tones": "tones"}[name]
    for file, changes in (("other.py", [other]), ("refused.py", refused)):
        (tmp_path / file).write_text(changed(source, *changes))
    code, out, err = zoo("evaluate", made(name).path, "--data", f"{tmp_path / 'other.py'}:{data}", "--json")
    assert code == 0, err
    assert json.loads(out)["measures"] == pytest.approx(made(name).metrics["test"], abs=1e-6)
    code, _, err = zoo("evaluate", made(name).path, "--data", f"{tmp_path / 'refused.py'}:{data}")
    assert (code, err.count("\n")) == (2, 1)
    assert "has other inputs" in err


def test_killed_and_resumed(name, made, tmp_path):
    recipe = zoo865.get_recipe(str(KINDS / SYSTEMS[name]))
    assert_same(zoo865.resume(kill(recipe, tmp_path / "run", epoch=1)), made(name))


def test_what_lies_below_the_head_is_cached_whatever_it_comes_from(name, tmp_path):
    """One phase of the head alone, from cached features, is one without: the inputs do not change."""
    layer, head = {"reviews": ("dropout", "logits"), "pairs": ("apart", "logit"), "tones": ("mean", "logits")}[name]
    still = {"epochs": 2, "phases.train.train": [head]}
    recipe = zoo865.get_recipe(str(KINDS / SYSTEMS[name])).override(still)
    cached = recipe.override({"phases.train.cache_at": layer})
    runs = [zoo865.train(one, seed=3, run_dir=tmp_path / place) for one, place in ((recipe, "a"), (cached, "b"))]
    decides = recipe.task.monitor[0]
    apart, near = (run.history[-1][decides] for run in runs)
    assert near == pytest.approx(apart, abs=0.15)
    for before, after in zip(runs[0].model.layers[:-1], runs[1].model.layers[:-1], strict=True):
        for mine, theirs in zip(before.get_weights(), after.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_onnx_where_it_converts(name, made):
    """Words are found by operations that ONNX has not: that is said."""
    run = made(name)
    if name == "reviews":
        assert "it splits text into words" in read_details(run.export_path)["not_in_onnx"]["serve"]
        assert not (run.export_path / "onnx").exists()
        return
    examples = run.data.test.take(np.arange(3))
    several = [{key: examples[key][place] for key in run.spec.inputs} for place in range(3)]
    engines = [zoo865.Predictor(p, engine=e, task=run.recipe.task) for p, e in ((run, "onnx"), (run, "tensorflow"))]
    onnx, saved = (numbers(engine.predict(several)) for engine in engines)
    assert onnx == pytest.approx(saved, abs=1e-5)
