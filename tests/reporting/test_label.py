"""Labelling a folder by its page: what answers do to files, and who may give them."""

import csv
import http.client
import json
import threading

import numpy as np
import pytest
from photos import folder_of, photo

import zoo865
from zoo865.data import pictures
from zoo865.data.image_folder import read_image_folder
from zoo865.reporting import label as module
from zoo865.reporting.label import open_labelling
from zoo865.reporting.loopback import LabelServer


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """12 photos without a label, and one of each class with one."""
    by_colours = lambda paths, weights: np.stack([pictures.read(path, 3).mean((0, 1)) for path in paths])  # noqa: E731
    monkeypatch.setattr(module, "photo_features", by_colours)
    path = folder_of(tmp_path / "photos", {"cat": 1, "dog": 1})
    for number in range(12):
        photo(50 + number).save(path / f"{number}.jpg")
    return path


@pytest.fixture
def served(folder):
    """options -> (ask, labelling): `ask(path, body)` gives status and JSON, by the right host and word or by others."""
    servers = []

    def serve(**options):
        labelling = open_labelling(folder, **options)
        server = LabelServer()
        server.labelling = labelling
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        servers.append(server)

        def ask(what, body=None, host=None, word=None):
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
            headers = {"Host": host or f"127.0.0.1:{server.server_port}"}
            path = f"/{server.word if word is None else word}/{what}"
            connection.request("GET" if body is None else "POST", path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if answer.headers[
                "Content-Type"
            ] == "application/json" else content

        return ask, labelling

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_answers_move_pictures_into_class_folders_and_undo_brings_them_back(served, folder):
    ask, _ = served()
    status, first = ask("next")
    assert (status, first["left"], first["counts"]) == (200, 12, {"cat": 1, "dog": 1})
    assert first["likely"] in ("cat", "dog")
    assert ask(f"picture/{first['index']}")[1].startswith(b"\x89PNG")
    second = ask("answer", {"index": first["index"], "label": 1})[1]
    assert (folder / "dog" / first["name"]).is_file()
    assert not (folder / first["name"]).exists()
    assert (second["left"], second["counts"]["dog"], second["index"] != first["index"]) == (11, 2, True)
    assert ask("answer", {"index": first["index"], "label": 0})[0] == 409  # it has one
    again = ask("answer", {"undo": True})[1]
    assert (again["left"], again["counts"]["dog"]) == (12, 1)
    assert (folder / first["name"]).is_file()
    skipped = ask("answer", {"index": again["index"], "skip": True})[1]
    assert (skipped["left"], skipped["index"] != again["index"]) == (11, True)
    for _ in range(11):
        left = ask("answer", {"index": ask("next")[1]["index"], "label": 0})[1]
    assert (left["index"], left["left"]) == (None, 0)
    # Called again it goes on: one was skipped.
    assert open_labelling(folder).next()["left"] == 1
    names = sorted(path.name for path in folder.rglob("*.jpg"))
    assert len(names) == 14


def test_no_picture_is_ever_overwritten(served, folder):
    (folder / "cat" / "3.jpg").write_bytes((folder / "cat" / "0.jpg").read_bytes())
    before = sorted(path.read_bytes() for path in folder.rglob("*.jpg"))
    ask, labelling = served()
    for index, name in enumerate(list(labelling.names)):
        if "/" not in name:
            assert ask("answer", {"index": index, "label": 0})[0] == 200
    assert (folder / "cat" / "3-2.jpg").is_file()
    assert sorted(path.read_bytes() for path in folder.rglob("*.jpg")) == before


def test_answers_go_into_a_csv_which_goes_on(served, folder, tmp_path):
    ask, labelling = served(csv_file=tmp_path / "labels.csv")
    files = sorted(folder.rglob("*"))
    index = ask("next")[1]["index"]
    ask("answer", {"index": index, "label": 1})
    assert sorted(folder.rglob("*")) == files
    rows = {row["file"]: row["label"] for row in csv.DictReader((tmp_path / "labels.csv").open())}
    assert rows == {"cat/0.jpg": "cat", "dog/0.jpg": "dog", labelling.names[index]: "dog"}
    again = open_labelling(folder, csv_file=tmp_path / "labels.csv")
    assert (again.next()["left"], again.next()["counts"]) == (11, {"cat": 1, "dog": 2})
    (tmp_path / "labels.csv").write_text("\ufefffile,label\nelsewhere/9.jpg,cat\n1.jpg,\n", encoding="utf-8")
    again = open_labelling(folder, csv_file=tmp_path / "labels.csv")
    again.answer(again.next()["index"], 0)
    rows = [(row["file"], row["label"]) for row in csv.DictReader((tmp_path / "labels.csv").open())]
    assert ("elsewhere/9.jpg", "cat") in rows
    (tmp_path / "labels.csv").write_text("file,label,who\n0.jpg,cat,bob\n")
    with pytest.raises(zoo865.ZooError, match="columns other than file, label"):
        open_labelling(folder, csv_file=tmp_path / "labels.csv")
    with pytest.raises(zoo865.ZooError, match="cannot write"):
        open_labelling(folder, csv_file="/proc/labels.csv")
    (tmp_path / "labels.csv").write_text("file,label\n0.jpg,wolf\n")
    with pytest.raises(zoo865.ZooError, match="contains the unknown label 'wolf'"):
        open_labelling(folder, csv_file=tmp_path / "labels.csv")


def test_a_folder_is_read_as_training_reads_it(served, folder, tmp_path):
    """Classes in a wrapper and in parts, pictures without a label beside them; Cat is the cat that is there."""
    (tmp_path / "all" / "dataset" / "train").mkdir(parents=True)
    for name in ("cat", "dog"):
        (folder / name).rename(tmp_path / "all" / "dataset" / "train" / name)
    folder.rename(tmp_path / "all" / "unlabelled")
    photo(300).save(folder_of(tmp_path / "all" / "dataset" / "test", {"cat": 1, "dog": 1}) / "new.jpg")
    labelling = open_labelling(tmp_path / "all", ("Cat", "dog", "wolf"))
    assert (labelling.class_names, labelling.next()["left"]) == (("cat", "dog", "wolf"), 13)
    assert labelling.next()["counts"] == {"cat": 1, "dog": 1, "wolf": 0}  # those to train
    assert "Cat is the class cat here." in labelling.notes
    for name, label, place in (
        ("unlabelled/3.jpg", 0, "dataset/train/cat/3.jpg"),
        ("unlabelled/0.jpg", 1, "dataset/train/dog/0-2.jpg"),
        ("unlabelled/4.jpg", 2, "dataset/train/wolf/4.jpg"),
        ("dataset/test/new.jpg", 1, "dataset/test/dog/new.jpg"),
    ):
        before = (tmp_path / "all" / name).read_bytes()
        labelling.answer(labelling.names.index(name), label)
        assert (tmp_path / "all" / place).read_bytes() == before
    assert read_image_folder(tmp_path / "all").class_names == ("cat", "dog", "wolf")


def test_labels_of_a_csv_are_spelled_as_the_folders_are(served, folder, tmp_path):
    (tmp_path / "labels.csv").write_text("file,label\n0.jpg,CAT\n1.jpg,dog\n")
    labelling = open_labelling(folder, csv_file=tmp_path / "labels.csv")
    assert labelling.next()["counts"] == {"cat": 2, "dog": 2}


def test_a_folder_of_two_readings_is_an_error_and_can_be_told(folder):
    (folder / "test").mkdir()
    (folder / "1.jpg").rename(folder / "test" / "1.jpg")
    with pytest.raises(zoo865.ZooError, match="ambiguous"):
        open_labelling(folder)
    labelling = open_labelling(folder, layout="parts")
    labelling.answer(labelling.names.index("test/1.jpg"), 0)
    assert (folder / "test" / "cat" / "1.jpg").is_file()


def test_what_belongs_to_a_picture_goes_along_and_comes_back(served, folder):
    """A photo edited on a telephone, its film, and what programs wrote beside it; as it was, when it is undone."""
    (folder / "cat" / "3.mov").write_text("another film")
    for name in ("3.mov", "3.aae", "3.jpg.json", "notes.txt"):
        (folder / name).write_text(name)
    files = {path: path.read_bytes() for path in folder.rglob("*.*")}
    ask, labelling = served()
    index = labelling.names.index("3.jpg")
    ask("answer", {"index": index, "label": 0})
    for name in ("3.mov", "3.aae", "3.jpg.json"):
        assert (folder / "cat" / name.replace("3", "3-2", 1)).read_text() == name
        assert not (folder / name).exists()
    assert (folder / "notes.txt").exists()
    ask("answer", {"undo": True})
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == files


def test_links_lead_where_they_led_and_what_lies_elsewhere_stays(served, folder, tmp_path):
    (tmp_path / "store").mkdir()
    for seed, name in enumerate(("a.jpg", "in.jpg")):
        photo(200 + seed).save(tmp_path / "store" / name)
    (folder / "a.jpg").symlink_to("../store/a.jpg")
    (folder / "elsewhere").symlink_to(tmp_path / "store")
    ask, labelling = served(classes=("cat", "dog"))
    index = labelling.names.index("a.jpg")
    assert ask("answer", {"index": index, "label": 0})[0] == 200
    assert (folder / "cat" / "a.jpg").read_bytes() == (tmp_path / "store" / "a.jpg").read_bytes()
    index = labelling.names.index("elsewhere/in.jpg")
    status, said = ask("answer", {"index": index, "label": 0})
    assert (status, "--csv" in said["error"]) == (409, True)
    assert (tmp_path / "store" / "in.jpg").is_file()


def test_a_picture_that_is_gone_is_passed_over(served, folder, tmp_path):
    for options in ({}, {"csv_file": tmp_path / "labels.csv"}):
        ask, labelling = served(**options)
        gone = ask("next")[1]
        (folder / gone["name"]).unlink()
        assert ask(f"picture/{gone['index']}")[0] == 404
        assert ask("answer", {"index": gone["index"], "label": 0})[0] == 409
        assert ask("next")[1]["index"] != gone["index"]
        assert labelling.labels[gone["index"]] == -1


def test_a_port_that_is_taken_costs_a_line():
    with LabelServer() as server:
        for port in (server.server_port, 99999, -1):
            with pytest.raises(zoo865.ZooError, match="cannot use port"):
                LabelServer(port)


def test_only_who_knows_the_address_on_this_host_is_answered(served, folder):
    """A page of another site can send requests to loopback, and can have its own name lead there."""
    ask, labelling = served()
    files = sorted(folder.rglob("*"))
    answer = {"index": next(i for i, name in enumerate(labelling.names) if "/" not in name), "label": 0}
    for others in ({"host": "evil.example:80"}, {"word": "guessed"}, {"word": ""}, {"host": "127.0.0.1:1"}):
        for what, body in (("next", None), ("picture/0", None), ("", None), ("answer", answer)):
            assert ask(what, body, **others)[0] == 403
    for what in ("picture/99", "picture/..%2f..%2fetc", "../../etc/passwd"):
        assert ask(what)[0] in (403, 404)
    for wrong in (
        {"index": 1.9, "label": 0},
        {"index": float("inf"), "label": 0},
        {"index": 99, "label": 0},
        {"index": 2, "label": 9},
        {"index": -1, "label": 0},
        {"index": "x"},
        {"label": 0},
        [1],
    ):
        assert ask("answer", wrong)[0] in (400, 409)
    assert sorted(folder.rglob("*")) == files


def test_the_page_has_a_key_for_every_class(served, folder):
    ask, _ = served(classes=("cat", "dog", "<wolf>"))
    page = ask("")[1].decode()
    assert all(f'data-key="{key}"' in page for key in ("1", "2", "3", " ", "Backspace", "Escape"))
    assert "&lt;wolf&gt;" in page
    assert "<wolf>" not in page


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (("cat",), "2 to 36"),
        (("cat", "cat"), "2 to 36"),
        (tuple(map(str, range(40))), "2 to 36"),
        (("a/b", "c"), "invalid class name"),
        (("..", "c"), "invalid class name"),
    ],
)
def test_what_cannot_be_labelled(folder, classes, words):
    with pytest.raises(zoo865.ZooError, match=words):
        open_labelling(folder, classes)


def test_a_folder_without_open_pictures(folder):
    (folder / "cat" / "broken.jpg").touch()
    assert any("Unreadable: 1 picture;" in note for note in open_labelling(folder).notes)
    for path in folder.glob("*.jpg"):
        path.unlink()
    with pytest.raises(zoo865.ZooError, match=r"every picture .* already has a label"):
        open_labelling(folder)
    with pytest.raises(zoo865.ZooError, match="no folder"):
        open_labelling(folder / "absent")
