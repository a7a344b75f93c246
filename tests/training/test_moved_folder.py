"""A run on a folder: from any directory, after the folder was moved, and without it."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo865


def photos_in(folder, first=100):
    for label, name in enumerate("ab"):
        (folder / name).mkdir(parents=True)
        for number in range(20):
            Image.new("L", (8, 8), first + 50 * label + number).save(folder / name / f"{number}.png")
    return folder


SETTINGS = ["--set", "data_args.image_shape=[8,8,1]", "--epochs", 2, "--set", "model_args.width=4"]


def _was_learned_from(run, picture):
    known = json.loads((run.path / "learned_from.json").read_text())
    return any(one == hashlib.sha256(picture.read_bytes()).hexdigest()[: len(one)] for one in known)


def test_a_run_finds_its_photos_wherever_it_is_asked_and_they_are(zoo, tmp_path, monkeypatch):
    """The measures are those of the same test pictures; other pictures of the same names are not taken for them."""
    photos_in(tmp_path / "at_home" / "photos")
    monkeypatch.chdir(tmp_path / "at_home")
    assert zoo("train", "mnist_cnn", "--data", "photos", *SETTINGS, "--run-dir", "run")[0] == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run = zoo865.Run(tmp_path / "at_home" / "run")
    measured = json.loads(zoo("evaluate", run.path, "--json")[1])
    assert (measured["examples"], measured["data"]) == (8, "photos")
    # Moved.
    moved = shutil.move(tmp_path / "at_home" / "photos", tmp_path / "elsewhere" / "moved")
    for command in ("evaluate", "publish", "report"):
        code, _, err = zoo(command, run.path)
        assert (code, err.count("\n")) == (2, 1)
        assert "--data FOLDER" in err
        assert f"no longer at {tmp_path / 'at_home' / 'photos'}" in err
    # What it carries is enough to be exported again, to the same graph.
    exported = zoo865.export(run, tmp_path / "again")
    drawing = run.path.parent / "run" / "drawing.png"
    Image.new("L", (8, 8), 120).save(drawing)
    one, other = (zoo865.Predictor(path).predict(drawing)[0] for path in (run.export_path, exported))
    assert other["probabilities"] == pytest.approx(one["probabilities"], abs=1e-6)
    # Pictures of the same names, and others.
    photos_in(tmp_path / "others", first=20)
    code, _, err = zoo("report", run.path, "--data", tmp_path / "others")
    assert (code, "is not the data that" in err, "the file names are the same" in err) == (2, True, True)
    assert "no folder nowhere" in zoo("report", run.path, "--data", "nowhere/")[2]
    first = tmp_path / "others" / "a" / "0.png"
    kept = first.read_bytes()
    first.unlink()
    assert "39 examples instead of 40" in zoo("report", run.path, "--data", "../others")[2]
    first.write_bytes(kept)
    assert json.loads(zoo("evaluate", run.path, "--data", "../others", "--json")[1])["examples"] == 40
    # A copy with one picture more: 28 were learned from, 4 validated by; the 8 of the test and the new one are left.
    shutil.copytree("moved", "more")
    Image.new("L", (8, 8), 77).save("more/a/new.png")
    code, out, err = zoo("evaluate", run.path, "--data", "more")
    assert (code, out.startswith("9 all examples"), "32 others are left out" in err) == (0, True, True)
    shutil.make_archive("more", "zip", "more")  # and all of it in an archive
    code, out, err = zoo("evaluate", run.path, "--data", "more.zip")
    assert (code, out.startswith("9 all examples"), "32 others are left out" in err) == (0, True, True)
    shutil.copytree("more", "known")
    for name in ("a", "b"):
        for number in range(20):
            if not _was_learned_from(run, Path("known", name, f"{number}.png")):
                Path("known", name, f"{number}.png").unlink()
    Path("known/a/new.png").unlink()
    assert "was trained on all 32 examples of known" in zoo("evaluate", run.path, "--data", "known")[2]
    kept = (run.path / "learned_from.json").rename(tmp_path / "kept.json")
    code, out, err = zoo("evaluate", run.path, "--data", "more")  # as of a run of before
    assert (code, out.startswith("41 all"), "does not record which" in err) == (0, True, True)
    kept.rename(run.path / "learned_from.json")
    assert json.loads(zoo("evaluate", run.path, "--data", "moved", "--json")[1]) == {**measured, "data": "moved"}
    assert zoo("report", run.path)[0] == 0  # named once, it is known
    assert zoo("publish", run.path, "--to", "store")[0] == 0
    card = (tmp_path / "elsewhere" / "store" / "mnist_cnn" / "1" / "card.json").read_text()
    assert str(tmp_path) not in card.replace(json.loads(card)["trained"]["command"], "")
    again = json.loads(zoo("evaluate", "store/mnist_cnn/1", "--data", "moved", "--json")[1])
    assert again["examples"] == 8
    assert again["measures"] == pytest.approx(again["card"], abs=1e-6)
    assert zoo("report", run.path, "--data", moved)[0] == 0


def test_training_goes_on_where_the_photos_are_now(zoo, tmp_path, only_training):
    photos_in(tmp_path / "photos")
    train = ["train", "mnist_cnn", "--data", "photos", *SETTINGS]
    assert zoo(*train, "--run-dir", "whole")[0] == 0
    assert zoo(*train, "--run-dir", "run", "--minutes", 1e-6)[0] == 0
    shutil.move(tmp_path / "photos", tmp_path / "moved")
    photos_in(tmp_path / "others", first=20)
    code, _, err = zoo("train", "--resume", "run", "--data", "others")
    assert (code, "is not the data that" in err) == (2, True)
    assert zoo("train", "mnist_cnn", "--data", "moved", *SETTINGS, "--resume", "run")[0] == 0
    whole, run = zoo865.Run("whole"), zoo865.Run("run")
    assert run.metrics["finished"]
    for one, other in zip(whole.model.get_weights(), run.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
