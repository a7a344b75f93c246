"""Looking through a folder before a network learns from it."""

import csv
import json

import numpy as np
import pytest
from photos import folder_of, photo
from PIL import Image

from zoo865.data import pictures
from zoo865.reporting import check as module


@pytest.fixture
def folder(tmp_path):
    """40 photos: two of the other class, one twice, one that is a page, and a video."""
    path = folder_of(tmp_path / "photos", {"cat": 20, "dog": 20})
    for image in path.rglob("*.jpg"):  # cats are red, dogs are blue
        tint = Image.new("RGB", (128, 96), "red" if image.parent.name == "cat" else "blue")
        Image.blend(photo(int(image.stem) + 100 * (image.parent.name == "dog")), tint, 0.6).save(image)
    (path / "cat" / "3.jpg").rename(path / "dog" / "was a cat.jpg")
    (path / "dog" / "5.jpg").rename(path / "cat" / "was a dog.jpg")
    (path / "dog" / "again.png").write_bytes((path / "dog" / "7.jpg").read_bytes())
    (path / "cat" / "page.jpg").write_text("<!doctype html><html>not found</html>")
    (path / "cat" / "IMG_1.MOV").write_bytes(b"\0\0\0\x14ftypqt  ")
    return path


def by_colours(paths, weights=None):
    """In place of a network that knows photos: the mean of each channel, of which one tells these classes."""
    return np.stack([pictures.read(path, 3).mean((0, 1)) for path in paths])


def test_a_folder_is_looked_through(zoo, folder, monkeypatch):
    monkeypatch.setattr(module, "photo_features", by_colours)
    code, out, err = zoo("check", "photos", "--out", "found.html")
    assert (code, err) == (0, "")
    for line in ("41 pictures: cat 20, dog 21", " 2 likely label errors", " 1 near-duplicate pairs", "found.html"):
        assert line in out
    rows = list(csv.DictReader((folder.parent / "found.csv").open()))
    wrong = {row["file"]: (row["label"], row["likely"]) for row in rows if row["problem"] == "label"}
    assert wrong == {"dog/was a cat.jpg": ("dog", "cat"), "cat/was a dog.jpg": ("cat", "dog")}
    ((one, other),) = [(row["file"], row["other"]) for row in rows if row["problem"] == "near-duplicate"]
    assert (one, other) == ("dog/7.jpg", "dog/again.png")
    assert {row["file"] for row in rows if row["problem"] == "left out"} == {"cat/page.jpg", "*.mov (1)"}
    page = (folder.parent / "found.html").read_text()
    for name in (*wrong, one, other, "cat/page.jpg", "HTML page", "zoo865 train"):
        assert name in page
    found = json.loads(zoo("check", "photos", "--json")[1])
    assert [row["file"] for row in found["label_mistakes"]] == list(wrong)


def test_labels_that_cannot_be_looked_at_cost_a_note(zoo, folder):
    """There is no network here, and no file of weights: the rest is told all the same."""
    code, out, _ = zoo("check", "photos")
    assert code == 0
    assert "Labels were not checked: cannot download" in out
    assert " 1 near-duplicate pairs" in out
    code, _, err = zoo("check", "photos", "--weights", "absent.h5", "--out", "other.html")
    assert (code, err.count("\n"), "absent.h5" in err) == (2, 1, True)
    assert not (folder.parent / "other.html").exists()


def test_a_folder_that_would_be_refused_to_train_can_be_looked_through(zoo, folder):
    """Half of it cannot be read."""
    for number in range(20):
        (folder / "cat" / f"broken {number}.jpg").write_bytes(b"")
    out = zoo("check", "photos")[1]
    assert "22 kinds of files or folders left out" in out
    assert zoo("check", "absent/")[0] == 2
    assert zoo("check", "photos", "--out", "page.txt")[0] == 2


@pytest.mark.parametrize(
    ("readable", "classes", "said"),
    [
        ({"cat": 2, "dog": 3}, {"bird": 0, "cat": 2, "dog": 3}, "No readable pictures of bird."),
        ({"cat": 2}, {"bird": 0, "cat": 2}, "Labels were not checked: fewer than two classes have readable pictures"),
        ({}, {"bird": 0}, "No readable pictures of bird."),
        ({"": 2}, {}, "fewer than two classes"),
        ({"": 0}, {}, "No readable pictures."),
    ],
    ids=["one class", "all classes but one", "the only class", "without classes", "nothing"],
)
def test_pictures_that_cannot_be_read_are_listed_however_many(zoo, tmp_path, monkeypatch, readable, classes, said):
    monkeypatch.setattr(module, "photo_features", by_colours)
    for number, (name, count) in enumerate(readable.items()):
        folder_of(tmp_path / "photos", {name: count} if name else {"": count}, start=10 * number)
    broken = tmp_path / "photos" / ("" if "" in readable else "bird")
    broken.mkdir(parents=True, exist_ok=True)
    (broken / "page.jpg").write_text("<!doctype html><html>not found</html>")
    (broken / "empty.png").touch()
    code, out, _ = zoo("check", "photos")
    assert code == 0
    assert said in out
    page, rows = (tmp_path / "check.html").read_text(), list(csv.DictReader((tmp_path / "check.csv").open()))
    assert sum(row["problem"] == "left out" for row in rows) == 2
    assert all(text in page for text in ("page.jpg", "HTML page", "empty.png"))
    assert ("zoo865 train" in page) == bool(sum(readable.values()))
    found = json.loads(zoo("check", "photos", "--json")[1])
    assert (found["pictures"], found["classes"]) == (sum(readable.values()), classes)


def test_what_was_not_looked_at_is_said_and_no_other_csv_is_written_over(zoo, folder, monkeypatch):
    monkeypatch.setattr(module, "photo_features", by_colours)
    folder_of(folder, {"wolf": 1}, start=300)
    assert "Labels of wolf were not checked" in zoo("check", "photos")[1]
    (folder.parent / "mine.csv").write_text("a,b\n1,2\n")
    code, _, err = zoo("check", "photos", "--out", "mine.html")
    assert (code, "mine.csv exists and was not written by zoo865 check" in err) == (2, True)
    assert (folder.parent / "mine.csv").read_text() == "a,b\n1,2\n"
    assert zoo("check", "photos")[0] == 0  # its own is written anew
    assert zoo("check", "photos", "--out", "Mine.HTML")[0] == 0
    assert (folder.parent / "Mine.HTML").is_file()
    assert (folder.parent / "Mine.csv").is_file()


def test_that_pictures_are_all_but_black_is_told(zoo, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "photo_features", by_colours)
    for number in range(4):
        (tmp_path / "masks" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        Image.new("L", (32, 32), number).save(tmp_path / "masks" / "ab"[number % 2] / f"{number}.png")
    code, out, _ = zoo("check", "masks", "--out", "found.html")
    assert (code, "The brightest pixel in masks is 3 of 255" in out) == (0, True)
    assert "almost black" in (tmp_path / "found.html").read_text()
