"""What the folders of a data set mean: as people keep them, as competitions do, and where it cannot be told."""

import pytest

import zoo865
from zoo865.data.layout import ALL, read_layout

pytestmark = pytest.mark.fast

CD = ("cat", "dog")


def files(*folders, count=3):
    """So many files in each folder."""
    return [f"{folder}/{number}.jpg".lstrip("/") for folder in folders for number in range(count)]


def inside(*parts, classes=CD):
    return files(*(f"{part}/{name}" for part in parts for name in classes))


READ = {  # files -> part -> its classes
    "classes": (files(*CD), {"train": CD}),
    "one class": (files("cat"), {"train": ("cat",)}),
    "no folders": (files(""), {"train": (ALL,)}),
    "parts": (inside("train", "val", "test"), {"train": CD, "validation": CD, "test": CD}),
    **{
        f"validation called {name}": (inside("train", name, "test"), {"train": CD, "validation": CD, "test": CD})
        for name in ("val", "valid", "validation", "Validation", "VAL", "eval", "dev")
    },
    "in capitals": (inside("Train", "Test"), {"train": CD, "test": CD}),
    "training and testing": (inside("training", "testing"), {"train": CD, "test": CD}),
    "with a common word": (inside("seg_train", "seg_test"), {"train": CD, "test": CD}),
    "with a common word behind": (inside("train_images", "test_images"), {"train": CD, "test": CD}),
    "with a year": (inside("train2017", "val2017"), {"train": CD, "validation": CD}),
    "with numbers": (inside("01_train", "02_val", "03_test"), {"train": CD, "validation": CD, "test": CD}),
    "with shares": (inside("train_80", "test_20"), {"train": CD, "test": CD}),
    "with a number at one alone": (files("train", "test1"), {"train": (ALL,), "test": (ALL,)}),
    "in short": (inside("trn", "val", "tst"), {"train": CD, "validation": CD, "test": CD}),
    "hold-out": (inside("train", "hold-out"), {"train": CD, "test": CD}),
    "data in the word": (inside("traindata", "testdata"), {"train": CD, "test": CD}),
    "in German": (inside("Trainingsdaten", "Testdaten"), {"train": CD, "test": CD}),
    "capitals in one part": (
        [*files("train/Cat", "train/dog"), *files("test/cat", "test/DOG")],
        {"train": ("Cat", "dog"), "test": ("Cat", "dog")},
    ),
    "small and capital letters": (files("a", "A", "b"), {"train": ("A", "a", "b")}),
    "in one word": (inside("TrainSet", "TestSet"), {"train": CD, "test": CD}),
    "twice, and a part without labels": (
        [*inside("seg_train/seg_train", "seg_test/seg_test"), *files("seg_pred/seg_pred")],
        {"train": CD, "test": CD},
    ),
    "in a folder": (files("dataset/cat", "dataset/dog"), {"train": CD}),
    "in folders": (inside("archive/data/train", "archive/data/test"), {"train": CD, "test": CD}),
    "a class that is called train": (files("bus", "car", "train"), {"train": ("bus", "car", "train")}),
    "classes with words of parts": (
        files("train station", "airport", "test tube"),
        {"train": ("airport", "test tube", "train station")},
    ),
    "two trains": (files("bullet_train", "steam_train"), {"train": ("bullet_train", "steam_train")}),
    "test of fewer classes": ([*inside("train"), *files("test/cat")], {"train": CD, "test": ("cat",)}),
    "test without labels": ([*inside("train"), *files("test")], {"train": CD}),
    "nothing has labels": (files("train", "test"), {"train": (ALL,), "test": (ALL,)}),
    "as YOLO keeps it": (files("images/train", "images/val"), {"train": (ALL,), "validation": (ALL,)}),
    "as Roboflow keeps it": (
        files("train/images", "valid/images", "test/images"),
        {"train": (ALL,), "validation": (ALL,), "test": (ALL,)},
    ),
    "parts within classes": (
        files("cat/train", "cat/test", "dog/train", "dog/test"),
        {"train": CD, "test": CD},
    ),
    "a folder within each class": (files("cat/images", "dog/images"), {"train": CD}),
    "folders within one class": (files("cat/2023", "cat/2024", "dog", "bird"), {"train": ("bird", "cat", "dog")}),
    "parts within classes, in a folder each": (
        files("cat/images/train", "cat/images/test", "dog/images/train", "dog/images/test"),
        {"train": CD, "test": CD},
    ),
    "a picture beside a folder of classes": (
        [*files("dataset/cat", "dataset/dog", count=9), "readme.png"],
        {"train": CD},
    ),
    "a picture beside a folder of classes within a part": (
        [*files("train/train/cat", "train/train/dog", count=9), "train/logo.png", *inside("test")],
        {"train": CD, "test": CD},
    ),
    "evaluation beside validation": (
        inside("training", "validation", "evaluation"),
        {"train": CD, "validation": CD, "test": CD},
    ),
    "parts in one folder and a test beside it": (
        [*inside("Plants/Plants/train", "Plants/Plants/valid"), *files("test/test")],
        {"train": CD, "validation": CD},
    ),
    "classes called as masks and images are": (
        files("image", "label", "table"),
        {"train": ("image", "label", "table")},
    ),
    "masks that are worn, and pictures of the page": (
        files("with_mask", "without_mask", "images"),
        {"train": ("images", "with_mask", "without_mask")},
    ),
    "one class and what has no label": (files("cat", "unlabeled"), {"train": ("cat",)}),
    "parts and classes in one name": (
        files("train_cat", "train_dog", "test_cat", "test_dog"),
        {"train": CD, "test": CD},
    ),
    "as CycleGAN keeps it": (files("trainA", "trainB", "testA", "testB"), {"train": ("A", "B"), "test": ("A", "B")}),
    "a folder without labels": (files("cat", "dog", "unlabeled"), {"train": CD}),
    "one spelling of é": (
        files("train/caf\u00e9", "test/cafe\u0301"),
        {"train": ("caf\u00e9",), "test": ("caf\u00e9",)},
    ),
    "a few beside classes": ([*files(*CD, count=9), *files("")], {"train": CD}),
    **{
        f"in {language}": (inside(train, test), {"train": CD, "test": CD})
        for language, train, test in (
            ("Spanish", "Entrenamiento", "Prueba"),
            ("Portuguese", "treino", "teste"),
            ("Chinese", "训练集", "测试集"),
        )
    },
    "a word with an accent": (inside("train", "validación"), {"train": CD, "validation": CD}),
    "a test folder for a folder": (
        [*inside("pets", "pets-test-set"), *files("pets-validation")],
        {"train": CD, "test": CD},
    ),
    "parts and classes in one name, and a test without labels": (
        files("train_cat", "train_dog", "test"),
        {"train": CD},
    ),
    "parts and classes in one name, and a test folder of classes": (
        [*files("train_cat", "train_dog"), *inside("test")],
        {"train": CD, "test": CD},
    ),
    "the classes again in a folder": ([*files(*CD), *inside("pets", classes=CD)], {"train": CD}),
    "the classes again within a part": ([*inside("train", "test"), *inside("train/more")], {"train": CD, "test": CD}),
    "the whole again in a folder": (
        [*inside("TRAIN", "TEST"), *inside("DATASET/TRAIN", "DATASET/TEST")],
        {"train": CD, "test": CD},
    ),
    "masks beside images": (files("images", "labels"), {"train": (ALL,)}),
    "masks in a folder beside images": (files("images", "annotations/trimaps"), {"train": (ALL,)}),
    "masks of each part": (
        files("train/images", "train/masks", "val/images", "val/masks"),
        {"train": (ALL,), "validation": (ALL,)},
    ),
    "masks within classes": (files("cat/images", "cat/masks", "dog/images", "dog/masks"), {"train": CD}),
    "masks of classes": (inside("JPEGImages", "SegmentationClass"), {"train": CD}),
    "masks by name": ([*files(*CD), "cat/0_mask.png", "cat/0_mask_1.png", "dog/2-mask.png"], {"train": CD}),
    "a mask that is worn": (["cat/0_mask.png", *files("dog")], {"train": CD}),
    "masks that are classes": (files("with_mask", "without_mask"), {"train": ("with_mask", "without_mask")}),
    "what has labels and what has none": ([*inside("labelled"), *files("unlabelled")], {"train": CD}),
    "a folder of no part": ([*inside("train", "test"), *files("extra")], {"train": CD, "test": CD}),
}


@pytest.mark.parametrize("case", READ)
def test_folders_are_read_as_they_are_meant(case):
    names, parts = READ[case]
    found = read_layout(names, "photos")
    assert {part: tuple(sorted(classes)) for part, classes in found.parts.items()} == parts
    counted = [name for classes in found.parts.values() for some in classes.values() for name in some]
    assert len(set(counted)) == len(counted)
    left = len(names) - len(counted)
    assert bool(left) == bool(found.left_out)


TWO_READINGS = {
    "a test folder beside classes": (files("cat", "dog", "test"), ["test", "cat, dog"]),
    "a test folder with classes beside classes": (
        [*files(*CD), *inside("test")],
        ["test", "cat, dog"],
    ),
    "parts and classes, all flat": (files("bus", "car", "train", "test"), ["train", "bus, car"]),
    "training with classes beside a folder": ([*inside("train"), *files("misc")], ["train", "misc"]),
    "nothing to train": (inside("val", "test"), ["without training data"]),
    "the same folders in each": (files("2023/cat", "2023/dog", "2024/cat", "2024/dog"), ["2023, 2024", "cat, dog"]),
    "kinds and their kinds": (
        files("animals/cat", "animals/dog", "vehicles/bus", "vehicles/car"),
        ["animals, vehicles", "cat, dog, bus, car"],
    ),
    "the same folders, one missing": (
        files("cam1/ok", "cam1/broken", "cam2/ok"),
        ["cam1, cam2", "ok, broken"],
    ),
    "the same folders within a folder each": (
        files("amazon/images/bag", "amazon/images/bike", "dslr/images/bag", "dslr/images/bike"),
        ["amazon, dslr", "bag, bike"],
    ),
    "a folder of classes beside a flat one": (
        [*files("dataset/with_mask", "dataset/without_mask", count=9), *files("Readme_images")],
        ["dataset, Readme_images", "with_mask, without_mask"],
    ),
    "pieces of one folder": (files("HAM_images_part_1", "HAM_images_part_2"), ["part_1", "unlabelled files"]),
    "parts within folds": (
        [*inside("fold1/train", "fold1/test"), *inside("fold2/train", "fold2/test")],
        ["fold1, fold2", "cat, dog"],
    ),
    "many beside one folder": ([*files("edited"), *files("", count=9)], ["edited", "9"]),
}


@pytest.mark.parametrize("case", TWO_READINGS)
def test_where_a_folder_can_be_read_in_two_ways_both_are_said_and_can_be_had(case):
    names, words = TWO_READINGS[case]
    with pytest.raises(zoo865.ZooError, match="ambiguous") as told:
        read_layout(names, "photos")
    assert all(word in told.value.message for word in words)
    settings = [word.rpartition("=")[2] for word in told.value.hint.split() if "layout=" in word]
    assert len(settings) == 2
    for setting in settings:
        if (case, setting) != ("nothing to train", "parts"):
            assert read_layout(names, "photos", setting).parts["train"]


def test_two_folders_for_one_part_are_named():
    with pytest.raises(zoo865.ZooError, match=r"2 folders for validation: val and valid") as told:
        read_layout(inside("train", "val", "valid"), "photos")
    assert "layout=classes" in told.value.hint
    with pytest.raises(zoo865.ZooError, match=r"2 folders for train: train_small and train_big"):
        read_layout(inside("train_small", "train_big", "test"), "photos")


def test_one_class_with_parts_beside_one_without():
    names = files("cat/train", "cat/test", "dog")
    with pytest.raises(zoo865.ZooError, match="photos has train, test in cat/, but not in dog/") as told:
        read_layout(names, "photos")
    assert "layout=classes" in told.value.hint
    assert {name: len(some) for name, some in read_layout(names, "photos", "classes").parts["train"].items()} == {
        "cat": 6,
        "dog": 3,
    }


def test_masks_are_counted_where_all_folders_are_said_to_be_classes():
    assert list(read_layout(files("images", "labels"), "photos", "classes").parts["train"]) == ["images", "labels"]


def test_known_classes_are_no_masks():
    found = read_layout(files("image", "label"), "photos", class_names=("image", "label"))
    assert list(found.parts["train"]) == ["image", "label"]


def test_folders_within_folders_are_meant_and_are_not_there():
    with pytest.raises(zoo865.ZooError, match="photos has no nested folders") as told:
        read_layout(files(*CD), "photos", "inner")
    assert "layout=classes" in told.value.hint


def test_parts_within_folds_are_put_together():
    names = [*inside("fold1/train", "fold1/test"), *inside("fold2/train", "fold2/test")]
    parts = read_layout(names, "photos", "inner").parts
    assert {(part, name): len(some) for part, of in parts.items() for name, some in of.items()} == {
        (part, name): 6 for part in ("train", "test") for name in CD
    }


def test_known_classes_decide():
    """A model that was trained on the classes bus and test is asked about a folder of both."""
    assert list(read_layout(files("bus", "test"), "photos", class_names=("bus", "test")).parts["train"]) == [
        "bus",
        "test",
    ]


def test_a_layout_that_is_not_there():
    with pytest.raises(zoo865.ZooError, match="no folder called train"):
        read_layout(files(*CD), "photos", "parts")
    with pytest.raises(zoo865.ZooError, match="unknown layout 'splits'"):
        read_layout(files(*CD), "photos", "splits")


def test_folders_of_one_name_are_one_class_where_the_inner_ones_are_meant():
    found = read_layout(files("2023/cat", "2023/dog", "2024/cat", "2024/dog"), "photos", "inner")
    assert {name: len(some) for name, some in found.parts["train"].items()} == {"cat": 6, "dog": 6}
