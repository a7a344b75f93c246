"""Folders whose parts have different classes: cut by class, or as the folder has them, and measured on new ones."""

import numpy as np
import pytest
from PIL import Image

import zoo865
from zoo865.errors import ZooError
from zoo865.training.evaluate import evaluate


def _pictures(folder, classes, count=6):
    """So many pictures of each class: light bars on black whose slope is the class's, each drawn elsewhere."""
    random = np.random.default_rng(len(classes))
    for number, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for one in range(count):
            y, x = np.mgrid[:24, :24] - 12.0 + random.uniform(-3, 3, (2, 1, 1))
            angle = np.pi * number / len(classes)
            near = np.abs(x * np.sin(angle) + y * np.cos(angle)) < 2
            noise = random.integers(0, 30, (24, 24))
            Image.fromarray(np.where(near, 225 + noise, noise // 3).astype("uint8")).save(folder / name / f"{one}.png")
    return folder


def _classes(data):
    return [
        {data.spec.class_names[label] for label in split.labels} for split in (data.train, data.validation, data.test)
    ]


@pytest.mark.fast
def test_every_class_goes_whole_to_one_part_always_alike(tmp_path):
    names = [f"plant {number}" for number in range(12)]
    data = zoo865.load_data(str(_pictures(tmp_path / "plants", names)), classes_apart=True)
    parts = _classes(data)
    assert [len(part) for part in parts] == [8, 2, 2]
    assert set.union(*parts) == set(names) == set(data.spec.class_names)
    assert len(data.train) + len(data.validation) + len(data.test) == 12 * 6
    assert "of 8, 2 and 2 different classes" in data.about
    assert _classes(zoo865.load_data(str(tmp_path / "plants"), classes_apart=True)) == parts


@pytest.mark.fast
def test_parts_of_the_folder_stay_and_may_have_other_classes(tmp_path):
    folder = tmp_path / "plants"
    for part, classes in (("train", "abcd"), ("test", "ef")):
        _pictures(folder / part, list(classes))
    parts = _classes(zoo865.load_data(str(folder), classes_apart=True))
    assert (parts[2], len(parts[0]), len(parts[1])) == ({"e", "f"}, 2, 2)
    assert parts[0] | parts[1] == set("abcd")
    with pytest.raises(ZooError, match="has the classes e, f"):
        zoo865.load_data(str(folder))


@pytest.mark.fast
def test_folds_and_pictures_without_classes(tmp_path):
    """A fold would be ignored; pictures in no sub-folder are cut as without labels."""
    folder = _pictures(tmp_path / "plants", list("abcdef"))
    with pytest.raises(ZooError, match="has classes apart, and no folds"):
        zoo865.load_data(str(folder), classes_apart=True, fold=(1, 5))
    data = zoo865.load_data(str(folder / "a"), classes_apart=True)
    assert (data.spec.class_names, len(data.train)) == ((), 4)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("classes", "count", "said"),
    [
        ("abcde", 6, "has 5 classes to learn, validate and test with"),
        ("abcdef", 1, "class 'a' in .* has 1 picture, but"),
    ],
)
def test_too_little_is_said(classes, count, said, tmp_path):
    with pytest.raises(ZooError, match=said):
        zoo865.load_data(str(_pictures(tmp_path / "plants", list(classes), count)), classes_apart=True)


def test_a_folder_is_learned_and_measured_on_classes_that_were_not(tmp_path):
    """Then a folder of other classes is measured, too."""
    names = [f"slope {number:02d}" for number in range(16)]
    folder = _pictures(tmp_path / "slopes", names)
    recipe = (
        zoo865.get_recipe("siamese").smallest().override({"data": str(folder), "data_args": {"classes_apart": True}})
    )
    run = zoo865.train(recipe.override({"epochs": 12, "batch_size": 24}), run_dir=tmp_path / "run")
    learned, validated, tested = _classes(run.data)
    assert len(learned | validated | tested) == len(learned) + len(validated) + len(tested) == len(names)
    assert run.metrics["test"]["one_shot_accuracy"] > 0.8
    _pictures(tmp_path / "new", ["upright", "flat"])
    found = evaluate(run.path, data=str(tmp_path / "new"))
    assert found["split"] == "all"
    assert found["measures"]["one_shot_accuracy"] > 0.8


def test_digits_apart(monkeypatch):
    """Of stand-ins for MNIST, whose pictures tell which digit and split they are of."""
    from zoo865.data.sets import tfds
    from zoo865.data.spec import Arrays, Data

    def part(split):
        labels = np.arange(40) % 10
        return Arrays(
            image=np.full((40, 28, 28, 1), split, "uint8") + labels[:, None, None, None].astype("uint8"), label=labels
        )

    data = Data("mnist", tfds.DIGITS, part(100), part(120), part(140), "MNIST.")
    monkeypatch.setattr(tfds, "mnist", lambda: data)
    found = tfds.mnist_apart()
    for split, first, digits in (
        (found.train, 100, "01234"),
        (found.validation, 120, "01234"),
        (found.test, 140, "56789"),
    ):
        seen = split.arrays["image"][:, 0, 0, 0].astype(int) - first
        np.testing.assert_array_equal(seen, split.labels)
        assert sorted(set(split.labels.tolist())) == [int(digit) for digit in digits]
        assert len(split) == 20
