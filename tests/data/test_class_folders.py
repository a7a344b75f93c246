"""Which pictures have a label, and where labels go: where training, which reads the folder afterwards, finds them."""

import unicodedata

import pytest

import zoo865
from zoo865.data.class_folders import read_class_folders
from zoo865.data.layout import read_layout

pytestmark = pytest.mark.fast

CD = ("cat", "dog")


def files(*folders, count=3):
    """So many files in each folder."""
    return [f"{folder}/{number}.jpg".lstrip("/") for folder in folders for number in range(count)]


NFD = unicodedata.normalize("NFD", "café")
FOLDERS = {  # files with a label, files without, and the folder into which a "dog" among the first of those goes
    "classes": (files(*CD), files("", count=1), "dog"),
    "few beside many": (files(*CD, count=1), files("", count=9), "dog"),
    "nothing has a label": ([], files(""), "dog"),
    "in a wrapper": (files("dataset/cat", "dataset/dog"), files("dataset"), "dataset/dog"),
    "in a wrapper, none with a label": ([], files("dataset"), "dataset/dog"),
    "in a wrapper, beside a folder without labels": (
        files("dataset/cat", "dataset/dog"),
        files("unlabeled"),
        "dataset/dog",
    ),
    "a folder without labels": (files(*CD), files("unlabelled"), "dog"),
    "a folder without labels alone": ([], files("unlabeled"), "dog"),
    "a folder without labels beside one class": (files("cat"), files("unlabeled"), "dog"),
    "within training": (files("train/cat", "train/dog"), files("train/unlabeled"), "train/dog"),
    "within training alone": ([], files("train/unlabeled"), "train/dog"),
    "beside training": (files("train/cat", "train/dog"), files("unlabeled"), "train/dog"),
    "beside parts": (
        files("train/cat", "train/dog", "test/cat", "test/dog"),
        files("unlabelled"),
        "train/dog",
    ),
    "loose in training": (files("train/cat", "train/dog", "val/cat", "val/dog"), files("train"), "train/dog"),
    "within a test": (files("train/cat", "train/dog", "test/cat", "test/dog"), files("test/unlabeled"), "test/dog"),
    "a test without labels": (files("train/cat", "train/dog"), files("test"), "test/dog"),
    "parts without labels": ([], files("train", "test"), "train/dog"),
    "of no part": (files("train/cat", "train/dog", "test/cat", "test/dog"), files("new"), "train/dog"),
    "a class without pictures": (files("train/cat", "test/cat"), files("train"), "train/dog"),
    "parts and classes in one name": (
        files("train_cat", "train_wolf", "test_cat", "test_wolf"),
        files(""),
        "train_dog",
    ),
    "as CycleGAN keeps it": (files("trainA", "trainB", "testA", "testB"), files(""), "train_dog"),
    "parts within classes": (files("cat/train", "cat/test", "wolf/train", "wolf/test"), files(""), "dog/train"),
    "folders within classes": (files("cat/2023", "dog/2023", "dog/2024", "dog", count=2), files(""), "dog"),
    "a class that is called train": (files("bus", "dog", "train"), files(""), "dog"),
}


CLASSES = {"as CycleGAN keeps it": ("A", "B", *CD), "a class that is called train": ("bus", "train", *CD)}


@pytest.mark.parametrize("case", FOLDERS)
def test_labels_go_where_training_finds_them(case):
    labelled, without, folder = FOLDERS[case]
    classes = CLASSES.get(case, (*CD, "wolf"))
    found = read_class_folders([*labelled, *without], "photos", classes)
    assert sorted(name for name, label in found.labels.items() if not label) == sorted(without)
    assert {name for name, label in found.labels.items() if label} <= set(labelled)
    assert not [name for name, label in found.labels.items() if label and label not in name]
    assert found.folder_for(without[0], "dog") == folder
    moved = [f"{found.folder_for(name, label)}/moved {name[-5:]}" for name in without for label in ("dog", "cat")]
    afterwards = read_layout([*labelled, *moved], "photos")
    for name in moved:
        (of,) = (label for classes in afterwards.parts.values() for label, some in classes.items() if name in some)
        assert of in name


def test_pictures_of_parts_that_are_held_out_choose_nothing():
    names = files("train/cat", "train/dog", "test/cat", "test/dog", "unlabeled")
    assert set(read_class_folders(names, "photos").labels) == set(files("train/cat", "train/dog", "unlabeled"))


def test_what_is_no_class_without_being_named():
    assert read_class_folders(files(*CD, "unlabeled"), "photos").class_names == CD
    assert read_class_folders(files("cat", "unlabeled"), "photos").class_names == ("cat",)
    assert read_class_folders(files("train/cat", "train/dog", "unlabeled"), "photos").class_names == CD


@pytest.mark.parametrize(
    ("names", "given", "spelled", "folder"),
    [
        (files("cat", "dog"), ("Cat", "dog"), ("cat", "dog"), "cat"),
        (files("cat", "dog"), ("CAT", "Cat", "dog"), ("cat", "dog"), "cat"),
        (files(NFD, "dog"), ("café", "dog"), ("café", "dog"), NFD),
        (files(NFD, "dog"), (NFD.upper(), "dog"), ("café", "dog"), NFD),
        (files("Cat", "cat", "dog"), ("Cat", "cat", "dog"), ("Cat", "cat", "dog"), "Cat"),
        (files(""), ("Cat", "cat", "dog"), ("Cat", "dog"), "Cat"),
    ],
)
def test_classes_are_spelled_as_their_folders(names, given, spelled, folder):
    found = read_class_folders([*names, "new.jpg"], "photos", given)
    assert found.class_names == spelled
    assert found.folder_for("new.jpg", spelled[0]) == folder
    same = unicodedata.normalize("NFC", given[0]) == spelled[0] and len(given) == len(spelled)
    assert any(" is the class " in note for note in found.notes) != same


def test_an_empty_folder_of_a_class_takes_its_pictures():
    found = read_class_folders(files(""), "photos", ("cat", "dog"), folders=("Cat",))
    assert [found.folder_for("0.jpg", name) for name in CD] == ["Cat", "dog"]


def test_folders_that_are_no_class_are_said():
    found = read_class_folders(files(*CD, "inbox"), "photos", CD)
    assert any("inbox/" in note for note in found.notes)
    assert found.folder_for("inbox/0.jpg", "dog") == "dog"
    assert not read_class_folders(files(*CD, "unlabeled"), "photos", CD).notes


def test_masks_are_not_asked_about_and_two_readings_are_an_error():
    found = read_class_folders(files("images/cat", "images/dog", "masks/cat"), "photos")
    assert set(found.labels) == set(files("images/cat", "images/dog"))
    names = files("cat", "dog", "test")
    with pytest.raises(zoo865.ZooError, match="ambiguous"):
        read_class_folders(names, "photos", CD)
    assert read_class_folders(names, "photos", CD, "parts").folder_for("test/0.jpg", "dog") == "test/dog"
    assert read_class_folders(names, "photos", CD, "classes").folder_for("test/0.jpg", "dog") == "dog"
    # Where nothing is called as a class, nothing has a label.
    assert read_class_folders(files("part_1", "part_2"), "photos", CD).folder_for("part_1/0.jpg", "dog") == "dog"
    with pytest.raises(zoo865.ZooError, match="ambiguous"):
        read_class_folders(files("part_1", "part_2"), "photos")
