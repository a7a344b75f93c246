"""What belongs to a picture by its name goes where it goes, and nothing is ever written over or left half-way."""

import os
from pathlib import Path

import pytest

import zoo865
from zoo865.data.sidecars import move_together, sidecars

pytestmark = pytest.mark.fast


def is_picture(file):
    return file.suffix in (".jpg", ".png")


def written(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(name)
    return folder


def names_of(files):
    return [file.name for file in files]


BESIDE = ("a.json", "a.mov", "a.xmp", "a.jpg.json", "a.AAE", "ab.json", "a-1.json", "a", "b.jpg", "b.xmp", "notes.txt")


def test_what_begins_as_the_picture_does_belongs_to_it(tmp_path):
    written(tmp_path, "a.jpg", *BESIDE)
    (tmp_path / "a.folder").mkdir()
    of_a = ["a.AAE", "a.jpg.json", "a.json", "a.mov", "a.xmp"]
    assert names_of(sidecars(tmp_path / "a.jpg", is_picture)) == of_a
    moved = move_together([tmp_path / "a.jpg", *sidecars(tmp_path / "a.jpg", is_picture)], tmp_path / "cat" / "a.jpg")
    assert [file.name for file in moved] == ["a.jpg", *of_a]
    assert {file.name: file.read_text() for file in (tmp_path / "cat").iterdir()} == {
        name: name for name in names_of(moved)
    }
    assert not set(names_of(tmp_path.iterdir())) & set(names_of(moved))


def test_what_two_pictures_share_goes_with_the_last(tmp_path):
    written(tmp_path, "a.jpg", "a.png", "a.json", "a.jpg.xmp", "a.2.jpg", "a.2.json")
    assert names_of(sidecars(tmp_path / "a.jpg", is_picture)) == ["a.jpg.xmp"]
    assert names_of(sidecars(tmp_path / "a.png", is_picture)) == []
    assert names_of(sidecars(tmp_path / "a.2.jpg", is_picture)) == ["a.2.json"]
    move_together([tmp_path / "a.jpg", tmp_path / "a.jpg.xmp"], tmp_path / "cat" / "a.jpg")
    assert names_of(sidecars(tmp_path / "a.png", is_picture)) == ["a.json"]


def test_where_a_name_is_taken_all_get_a_number_and_come_back_without(tmp_path):
    written(tmp_path, "a.jpg", "a.json", "a.jpg.xmp")
    there = written(tmp_path / "cat", "a.json", "a-2.jpg")
    files = [tmp_path / name for name in ("a.jpg", "a.json", "a.jpg.xmp")]
    moved = move_together(files, there / "a.jpg")
    assert names_of(moved) == ["a-3.jpg", "a-3.json", "a-3.jpg.xmp"]
    assert (there / "a.json").read_text() == "a.json"
    assert move_together(moved, tmp_path / "a.jpg") == files
    assert [file.read_text() for file in files] == names_of(files)


def test_all_are_moved_or_none(tmp_path, monkeypatch):
    written(tmp_path, "a.jpg", "a.json")
    rename = Path.rename

    def fails_once(source, target):
        if source.suffix == ".json":
            raise PermissionError(13, "Permission denied")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises(zoo865.ZooError, match=r"cannot move .*a.jpg to .*cat/a.jpg: Permission denied"):
        move_together([tmp_path / "a.jpg", tmp_path / "a.json"], tmp_path / "cat" / "a.jpg")
    assert (tmp_path / "a.jpg").read_text() == "a.jpg"
    assert not os.listdir(tmp_path / "cat")
