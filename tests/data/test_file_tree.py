"""Which files of a folder or an archive count, and what is said of the others."""

import io
import os
import warnings
import zipfile

import pytest
from photos import folder_of, photo

import zoo865
from zoo865.cli.arguments import in_examples, many
from zoo865.data import file_tree as module
from zoo865.data.features import Image
from zoo865.data.file_tree import file_tree
from zoo865.data.picture_files import is_picture
from zoo865.data.pictures import SUFFIXES

pytestmark = pytest.mark.fast


def png(seed=1):
    file = io.BytesIO()
    photo(seed, (40, 40)).save(file, "PNG")
    return file.getvalue()


def tree_of(place):
    return file_tree(place, SUFFIXES, is_picture)


def written(folder, **contents):
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


PEOPLE_HAVE = {
    **{"cat/1.png": png(1), "cat/2.JPG": png(2), "cat/IMG_1.MOV": b"\0\0\0\x14ftypqt  ", "cat/about.txt": b"a cat"},
    **{"cat/.ipynb_checkpoints/1-checkpoint.png": png(1), "cat/@eaDir/1.png": png(1), "__MACOSX/cat/._1.png": b"\0\5"},
    **{"cat/._1.png": b"\0\5\x16\7", "cat/picture": png(3), "cat/photo.jpg_large": png(4), "Thumbs.db": b"\0"},
}


def archive_of(contents, path):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("way", ["folder", "archive"])
def test_what_counts_and_what_is_said_of_the_rest(tmp_path, way):
    folder = written(tmp_path / "photos", **PEOPLE_HAVE)
    place = folder if way == "folder" else archive_of(PEOPLE_HAVE, tmp_path / "photos.zip")
    found = tree_of(place)
    assert list(found.files) == ["cat/1.png", "cat/2.JPG", "cat/photo.jpg_large", "cat/picture"]
    assert [file.read_bytes() for file in found.files.values()] == [png(1), png(2), png(4), png(3)]
    assert not found.left_out
    left = dict(found.others)
    assert {name for name, why in left.items() if why.startswith("hidden")} == {
        ".ipynb_checkpoints/ (1)",
        "@eaDir/ (1)",
        "__MACOSX/ (1)",
        "._1.png (1)",
    }
    assert {"*.mov (1)", "*.txt (1)"} <= set(left)


def test_links_are_followed_and_those_to_nothing_are_said(tmp_path):
    folder = written(tmp_path / "photos", **{"cat/1.png": png(1), "dog/1.png": png(2)})
    written(tmp_path / "elsewhere", **{"2.png": png(3)})
    os.symlink(tmp_path / "elsewhere" / "2.png", folder / "cat" / "2.png")
    os.symlink(tmp_path / "elsewhere", folder / "wolf")
    os.symlink(tmp_path / "gone.png", folder / "dog" / "gone.png")
    os.symlink(folder, folder / "dog" / "around")
    found = tree_of(folder)
    assert list(found.files) == ["cat/1.png", "cat/2.png", "dog/1.png", "wolf/2.png"]
    assert dict(found.left_out) == {
        "dog/around": "link to a folder that is already included",
        "dog/gone.png": "broken link, or not a regular file",
    }


def test_a_folder_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    folder = written(tmp_path / "photos", **{"cat/1.png": png(1), "dog/1.png": png(2)})
    scandir = os.scandir

    def refused(path):
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    found = tree_of(folder)
    assert list(found.files) == ["cat/1.png"]
    assert dict(found.left_out) == {"dog": "unreadable folder: Permission denied"}


@pytest.mark.parametrize("way", ["folder", "archive"])
def test_archives_within_are_said(tmp_path, way):
    contents = dict.fromkeys(("cats.zip", "more/Dogs.ZIP", "old.tar.gz", "other.rar"), b"PK")
    contents |= {"cat/1.png": png(1), "cat/named.zip.png": png(2), "cat/a picture.zip": png(3)}
    place = tmp_path / "photos"
    place = written(place, **contents) if way == "folder" else archive_of(contents, tmp_path / "photos.zip")
    found = tree_of(place)
    assert list(found.files) == ["cat/1.png", "cat/a picture.zip", "cat/named.zip.png"]
    assert {name for name, why in found.left_out if "unpack it" in why} == {*contents} - {*found.files}
    assert any("cats.zip and 3 more: a nested archive" in said for said in found.warnings(place))


def test_where_all_is_in_archives_within_the_error_says_so(tmp_path):
    archive_of({"cats.zip": b"PK", "dogs.zip": b"PK"}, tmp_path / "photos.zip")
    with pytest.raises(zoo865.ZooError, match=r"no pictures in .*photos.zip, but cats.zip: a nested archive: unpack"):
        zoo865.load_data(str(tmp_path / "photos.zip"))


def test_two_files_of_one_name_are_said(tmp_path):
    """Archives of Windows may have the same name in two ways."""
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, seed in (("cat/1.png", 1), ("cat/1.png", 2), ("cat/2.png", 3), ("cat\\2.png", 4)):
            archive.writestr(zipfile.ZipInfo(name), png(seed))
    found = tree_of(tmp_path / "photos.zip")
    assert {name: file.read_bytes() for name, file in found.files.items()} == {"cat/1.png": png(2), "cat/2.png": png(4)}
    assert [name for name, why in found.left_out if "duplicate name" in why] == ["cat/1.png", "cat/2.png"]


def test_archives_of_windows_have_folders_too(tmp_path):
    archive_of({"photos\\cat\\1.png": png(1), "C:/photos/2.png": png(2)}, tmp_path / "photos.zip")
    found = tree_of(tmp_path / "photos.zip")
    assert {name: file.read_bytes() for name, file in found.files.items()} == {"photos/cat/1.png": png(1)}
    assert "path outside" in dict(found.left_out)["C:/photos/2.png"]


def test_nothing_of_an_archive_reaches_the_disk(tmp_path):
    names = {
        "../evil.png": png(1),
        "/etc/evil.png": png(2),
        "cat/1.png": png(3),
        "cat/2.png": png(4),
        "dog/1.png": png(5),
    }
    archive = archive_of(names, tmp_path / "photos.zip")
    before = sorted(tmp_path.rglob("*"))
    found = tree_of(archive)
    assert {name: file.read_bytes() for name, file in found.files.items()} == {
        name: content for name, content in names.items() if "evil" not in name
    }
    assert [name for name, why in found.left_out if "path outside" in why] == ["../evil.png", "/etc/evil.png"]
    assert sorted(tmp_path.rglob("*")) == before
    assert not (tmp_path.parent / "evil.png").exists()


def test_what_an_archive_blows_up_to_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 10_000)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat/1.png", b"\0" * 10_001)
        archive.writestr("cat/2.png", png(1))
    found = tree_of(tmp_path / "photos.zip")
    assert list(found.files) == ["cat/2.png"]
    assert found.left_out == (("cat/1.png", "too large: 10,001 bytes when unpacked"),)


def test_old_archives_have_names_in_utf_8_that_they_do_not_declare(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("Katze Xx/1.png", png(1))
    whole = (tmp_path / "photos.zip").read_bytes()
    (tmp_path / "photos.zip").write_bytes(whole.replace(b"Xx", "ä".encode()))
    found = tree_of(tmp_path / "photos.zip")
    assert list(found.files) == ["Katze ä/1.png"]
    assert found.files["Katze ä/1.png"].read_bytes() == png(1)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no archive", "it is a text file"), (b"PK\x03\x04" + b"\0" * 40, "complete"), (b"", "it is empty")],
    ids=["text", "cut off", "empty"],
)
def test_archives_that_are_none(tmp_path, content, words):
    (tmp_path / "photos.zip").write_bytes(content)
    with pytest.raises(zoo865.ZooError, match=rf"cannot read .*photos.zip as a ZIP archive: .*{words}"):
        tree_of(tmp_path / "photos.zip")


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("nope", "no folder .*nope", "check the path"),
        ("nope.zip", "no archive .*nope.zip", "check the path"),
        ("nope.TAR.GZ", "no archive .*nope.TAR.GZ", "check the path"),
        ("one.png", "one.png is neither a folder nor a ZIP archive", "give the folder that contains it"),
        ("one", "one is neither a folder nor a ZIP archive", "give the folder that contains it"),
    ],
)
def test_what_is_no_place_is_called_what_was_meant(tmp_path, name, message, hint):
    for given in ("one.png", "one"):
        (tmp_path / given).write_bytes(png())
    with pytest.raises(zoo865.ZooError, match=message) as said:
        tree_of(tmp_path / name)
    assert said.value.hint == hint


def test_an_encrypted_archive_is_refused(tmp_path):
    archive_of({"cat/1.png": png(1)}, tmp_path / "photos.zip")
    whole = bytearray((tmp_path / "photos.zip").read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.index(mark) + flags] |= 1
    (tmp_path / "photos.zip").write_bytes(whole)
    with pytest.raises(zoo865.ZooError, match="is encrypted"):
        tree_of(tmp_path / "photos.zip")


def test_a_folder_and_its_archive_are_the_same_data(tmp_path):
    folder = folder_of(tmp_path / "photos", {"cat": 6, "dog": 6})
    contents = {f"photos/{path.relative_to(folder)}": path.read_bytes() for path in sorted(folder.rglob("*.jpg"))}
    of_folder, of_archive = (
        zoo865.load_data(str(place)) for place in (folder, archive_of(contents, tmp_path / "all.zip"))
    )
    for split in ("train", "validation", "test"):
        one, other = (data.split(split).take(range(len(data.split(split)))) for data in (of_folder, of_archive))
        assert (one["image"] == other["image"]).all()
        assert (one["label"] == other["label"]).all()


@pytest.mark.parametrize("name", ["photos.zip", "PHOTOS.ZIP", "photos", "photos.cbz"])
def test_an_archive_of_any_name_is_a_place_to_train_on_and_to_ask_about(tmp_path, name):
    archive_of({"cat/1.png": png(1), "2.png": png(2)}, tmp_path / name)
    (tmp_path / "photo.png").write_bytes(png(3))
    names = [str(tmp_path / name), str(tmp_path / "photo.png")]
    assert many(names[:1])
    assert not many(names[1:])
    assert list(map(str, in_examples(names, {"image": Image((8, 8, 1))}))) == [
        *map(str, tree_of(tmp_path / name).files.values()),
        names[1],
    ]
    with pytest.raises(zoo865.ZooError, match=r"photo\.png is neither a folder nor a ZIP archive; give the folder"):
        zoo865.load_data(names[1])


def test_a_damaged_file_of_an_archive_is_one_picture_that_cannot_be_read(tmp_path):
    contents = {
        f"{name}/{number}.png": png(100 * len(name) + number) for name in ("cat", "bird") for number in range(15)
    }
    archive_of(contents, tmp_path / "photos.zip")
    whole = (tmp_path / "photos.zip").read_bytes()
    at = whole.index(b"IDAT") + 40
    (tmp_path / "photos.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    data = zoo865.load_data(str(tmp_path / "photos.zip"))
    ((name, why),) = data.left_out
    assert name == "cat/0.png"
    assert "CRC" in why
