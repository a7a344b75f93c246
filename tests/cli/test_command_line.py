import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo865
from zoo865.cli.output import card_line
from zoo865.files import write_json


def test_list_by_wildcard(zoo):
    code, out, _ = zoo("list", "*mnist*", "--json")
    assert code == 0
    assert [row["name"] for row in json.loads(out)] == sorted(s.name for s in zoo865.list_systems("*mnist*"))
    listed = " ".join(zoo("list")[1].split())
    assert all(system.summary.split()[0] in listed for system in zoo865.list_systems())
    assert zoo("list", "nothing*")[0] == 2


def test_info_shows_recipe_and_layers(zoo):
    described = json.loads(zoo("info", "mnist_cnn", "--json")[1])
    assert described["settings"]["phases.train.optimizer.name"] == "adamw"
    assert sum(layer["parameters"] for layer in described["layers"]) == described["parameters"]
    assert "LeCun" in zoo("info", "mnist_cnn")[1]


def test_the_version(zoo):
    assert zoo("--version") == (0, f"zoo865 {zoo865.__version__}\n", "")


def test_info_needs_no_weights(zoo, monkeypatch):
    """Of mobilenet_v2 they are downloaded, of some of its widths there are none."""

    def fail(*_):
        raise AssertionError("weights were asked for")

    monkeypatch.setattr("zoo865.models.mobilenet_v2.imagenet", fail)
    code, out, _ = zoo("info", "mobilenet_v2", "--json")
    assert (code, len(json.loads(out)["layers"]) > 100) == (0, True)


def test_a_run_that_is_not_there_lists_those_that_are(zoo, tmp_path):
    for name in ("runs/cat-20260101-000000", "runs/dog-seeds/seed-1"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "settings.json").write_text("{}")
    for arguments in (("train", "--resume", "runs/cta-20260101"), ("report", "runs/cta-20260101")):
        code, _, err = zoo(*arguments)
        assert (code, "did you mean runs/cat-20260101-000000?" in err) == (2, True)
    assert "known: runs/cat-20260101-000000, runs/dog-seeds/seed-1" in zoo("train", "--resume", "runs/absent")[2]
    assert "mnist_cnn" not in zoo("train", "--resume", "runs/absent")[2]


def test_a_card_of_one_seed_tells_no_mean():
    assert card_line("accuracy", {"value": 0.5, "mean": 0.5, "seeds": [3]}).split() == ["test", "accuracy", "0.5000"]
    assert card_line("accuracy", {"value": 0.5, "mean": 0.4, "seeds": [0, 1]}).endswith("   mean of 2 seeds 0.4000")


def test_ask_and_measure_a_run(zoo, tiny_run, tmp_path):
    run = tiny_run("mnist_cnn")
    for number, image in enumerate(run.data.test.take(np.arange(3))["image"]):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{number}.png")
    code, out, _ = zoo("predict", run.path, "0.png", "1.png", "2.png", "--json")
    answers = json.loads(out)
    assert code == 0
    assert [answer["file"] for answer in answers] == ["0.png", "1.png", "2.png"]
    assert set(answers[0]["probabilities"]) == set("0123456789")
    assert zoo("predict", run.path, "0.png")[1].startswith(f"0.png: label {answers[0]['label']}")
    measured = json.loads(zoo("evaluate", run.path, "--json")[1])["measures"]
    assert measured == pytest.approx(run.metrics["test"], rel=1e-5)
    sample = json.loads(zoo("evaluate", run.path, "--data", "mnist_sample", "--split", "validation", "--json")[1])
    assert sample["examples"] == 500


def test_the_newest_run_answers_to_its_system_s_name(zoo, tmp_path, only_training):
    settings = ["--data", "generated_digits", "--epochs", 1, "--set", "model_args.width=4"]
    assert zoo("predict", "mnist_cnn", "x.png")[0] == 2
    runs = [json.loads(zoo("train", "mnist_cnn", *settings, "--json")[1])["run"] for _ in range(2)]
    assert runs[0] != runs[1]
    assert zoo865.Run.find("mnist_cnn").path.resolve() == (tmp_path / runs[1]).resolve()
    assert zoo("report", "mnist_cnn")[1].strip() == f"{runs[1]}/report.html"
    code, out, _ = zoo("export", runs[0], "other/7")
    assert code == 0
    assert (tmp_path / "other" / "7" / "saved_model.pb").is_file()
    assert out.startswith("other/7\nsignatures: serve, serve_float, features; largest difference ")


def test_evaluate_refuses_other_classes(zoo, tiny_run):
    code, _, err = zoo("evaluate", tiny_run("mnist_cnn").path, "--data", "nothing")
    assert (code, "unknown data set" in err) == (2, True)
    assert zoo("evaluate", tiny_run("mnist_cnn").path, "--split", "tset")[0] == 2


def test_help_teaches(zoo):
    out = zoo("train", "--help")[1]
    assert "model_args.width=64" in out
    assert "zoo865 train mnist_cnn --data mnist_sample" in " ".join(out.split())


@pytest.mark.parametrize("turn", [False, True])
def test_evaluate_reads_a_folder_as_predict_does(zoo, tiny_run, tmp_path, turn):
    """Drawings of either ink and of another size: both see the same pictures, and all of them."""
    run, right = tiny_run("mnist_cnn"), []
    examples = run.data.test.take(np.arange(200))
    predictor = zoo865.Predictor(run.path)
    for number, (image, label) in enumerate(zip(examples["image"], examples["label"], strict=True)):
        path = tmp_path / "drawn" / str(label) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        clean = np.where(image > 60, image, 0)[..., 0]
        Image.fromarray(255 - clean if turn else clean).resize((56, 56)).save(path)
        right.append(predictor.predict(path)[0]["label"] == str(label))
    measured = json.loads(zoo("evaluate", run.path, "--data", tmp_path / "drawn", "--json")[1])
    assert (measured["examples"], measured["split"]) == (200, "all")
    assert measured["measures"]["accuracy"] == pytest.approx(np.mean(right))


def test_other_drawings_are_binarized_too_where_the_run_s_were(zoo, tiny_run, tmp_path, monkeypatch):
    """A run on binarised images is measured on binarised images, not on grey ones; all of them, in order."""
    run, seen = tiny_run("vae"), {}
    examples = zoo865.load_data("generated_digits").test.take(np.arange(200))
    for number, (image, label) in enumerate(zip(examples["image"], examples["label"], strict=True)):
        path = tmp_path / "drawn" / str(label) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - image[..., 0]).save(path)

    def measure(self, model, data, split):
        seen.update(data.split(split).take(np.arange(200)))
        return {}

    monkeypatch.setattr(type(run.recipe.task), "measure", measure)
    assert zoo("evaluate", run.path, "--data", tmp_path / "drawn")[0] == 0
    assert set(np.unique(seen["image"])) == {0, 255}
    for image, path in zip(seen["image"], seen["path"], strict=True):
        grey = examples["image"][int(Path(str(path)).stem)]
        assert not image[grey == 0].any()  # black has no chance of light, white has no other
        assert (image[grey == 255] == 255).all()


def test_a_name_means_the_newest_run_that_ended(zoo, tmp_path, only_training):
    settings = ["--data", "generated_digits", "--epochs", 1, "--set", "model_args.width=4", "--json"]
    good = json.loads(zoo("train", "mnist_cnn", *settings)[1])["run"]
    assert zoo("train", "mnist_cnn", *settings, "--set", "phases.train.optimizer.learning_rate=1e30")[0] == 2
    assert len(list((tmp_path / "runs").iterdir())) == 2
    assert str(zoo865.Run.find("mnist_cnn").path) == good


def test_a_folder_that_changed_since_the_run_is_not_measured(zoo, tmp_path, only_training):
    """Cut anew, most test pictures would be ones it was trained on; unchanged, only the test pictures count."""
    for label, name in enumerate("ab"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(20):
            Image.new("L", (8, 8), 100 + 50 * label + number).save(tmp_path / "photos" / name / f"{number}.png")
    settings = ["--set", "data_args.image_shape=[8,8,1]", "--epochs", 1, "--set", "model_args.width=4"]
    assert zoo("train", "mnist_cnn", "--data", "./photos", *settings, "--run-dir", "run")[0] == 0
    for data in ([], ["--data", "photos/"]):
        assert json.loads(zoo("evaluate", "run", *data, "--json")[1])["examples"] == 8
    new, first = tmp_path / "photos" / "a" / "new.png", tmp_path / "photos" / "a" / "0.png"
    Image.new("L", (8, 8), 7).save(new)
    for data in ([], ["--data", "photos/"]):
        code, _, err = zoo("evaluate", "run", *data)
        assert (code, "has changed since" in err, "41 examples instead of 40" in err) == (2, True, True)
    new.unlink()
    kept = first.read_bytes()
    Image.new("L", (8, 8), 99).save(first)
    assert "the file names are the same, the contents are not" in zoo("evaluate", "run")[2]
    first.rename(new)
    assert "40 examples as before, but with other names or contents" in zoo("evaluate", "run")[2]
    new.unlink()
    first.write_bytes(kept)
    assert json.loads(zoo("evaluate", "run", "--json")[1])["examples"] == 8
    # An older version that knew fewer pictures to look alike.
    run = zoo865.Run("run")
    write_json("run/settings.json", {**run.settings, "data": {**run.settings["data"], "files": "0"}})
    assert "the same files, but this version finds other near-duplicates" in zoo("evaluate", "run")[2]
