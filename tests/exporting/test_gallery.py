"""Galleries: of a folder, of a file that grows, of another model; what is nearest, and what is none of it."""

import dataclasses
import shutil

import numpy as np
import pytest
from PIL import Image

import zoo865
from zoo865.errors import ZooError
from zoo865.exporting.gallery import added, open_gallery


@pytest.fixture(scope="module")
def run(tiny_run):
    return tiny_run("siamese")


@pytest.fixture(scope="module")
def predictor(run):
    return zoo865.Predictor(run)


@pytest.fixture(scope="module")
def digits(run, tmp_path_factory):
    """20 test digits in folders called as they are, and the same as arrays."""
    folder, examples = tmp_path_factory.mktemp("gallery"), run.data.test.take(np.arange(20))
    for place, (image, label) in enumerate(zip(examples["image"], examples["label"], strict=True)):
        (folder / str(label)).mkdir(exist_ok=True)
        Image.fromarray(image[..., 0]).save(folder / str(label) / f"{place:02d}.png")
    return folder, examples


def test_vectors_are_those_of_the_model(run, predictor, digits):
    images = digits[1]["image"]
    expected = run.model.predict(images.astype("float32") / 255, verbose=0)
    np.testing.assert_allclose(predictor.embed(images), expected, atol=1e-5)
    away = np.linalg.norm(expected[0] - expected[1])
    assert predictor.distance(images[0], images[1]) == pytest.approx(away, abs=1e-5)
    served = predictor.run("distance", first_image=images[:1], second_image=images[1:2])
    assert served["distance"][0] == pytest.approx(away, abs=1e-4)
    threshold = predictor.details["same_threshold"]["threshold"]
    assert served["same"][0] == (away <= threshold)


def test_each_picture_is_nearest_to_itself(predictor, digits):
    folder, examples = digits
    gallery = open_gallery(predictor, folder)
    assert sorted(gallery.names) == sorted(map(str, examples["label"]))
    for answer, label in zip(predictor.nearest(examples["image"], gallery, 3), examples["label"], strict=True):
        assert answer["nearest"][0]["name"] == str(label)
        assert answer["nearest"][0]["distance"] < 1e-3
        assert not answer["none"]
        away = [one["distance"] for one in answer["nearest"]]
        assert away == sorted(away)


def test_what_is_far_from_all_is_none_of_these(predictor, digits):
    folder, _ = digits
    gallery = open_gallery(predictor, folder)
    threshold = predictor.details["same_threshold"]["threshold"]
    random = np.random.default_rng(0).integers(0, 256, (20, 28, 28, 1), "uint8")
    answers = predictor.nearest(random, gallery, 1)
    assert [answer["none"] for answer in answers] == [
        answer["nearest"][0]["distance"] > threshold for answer in answers
    ]
    assert any(answer["none"] for answer in answers)


def test_a_file_grows_and_a_file_again_takes_its_own_place(predictor, digits, tmp_path):
    folder, _ = digits
    place = tmp_path / "digits.npz"
    first, *_ = sorted(path for path in folder.iterdir())
    assert len(added(predictor, place, first).names) == len(list(first.iterdir()))
    whole = added(predictor, place, folder)
    assert (len(whole.names), len(set(whole.files))) == (20, 20)
    again = open_gallery(predictor, place)
    assert sorted(again.names) == sorted(open_gallery(predictor, folder).names)
    np.testing.assert_allclose(
        np.sort(again.vectors, 0), np.sort(open_gallery(predictor, folder).vectors, 0), atol=1e-6
    )


def test_classes_of_groups_keep_them_apart(predictor, digits, tmp_path):
    """Folders in folders: "Greek/1" is not "Latin/1"; as such data are called in training."""
    some = sorted(digits[0].glob("*/*.png"))[:4]
    for place, name in zip(some, ("Greek/1", "Latin/1", "Greek/1", "Latin/2"), strict=True):
        (tmp_path / "letters" / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(place, tmp_path / "letters" / name)
    assert sorted(open_gallery(predictor, tmp_path / "letters").names) == ["Greek/1", "Greek/1", "Latin/1", "Latin/2"]


def test_what_is_no_gallery_is_named(predictor, digits, tmp_path):
    with pytest.raises(ZooError, match=r"there is no gallery .*none.npz; make it"):
        open_gallery(predictor, tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(ZooError, match=r"text.npz is no gallery, or damaged"):
        open_gallery(predictor, tmp_path / "text.npz")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ZooError, match=r"empty holds no image to compare with"):
        open_gallery(predictor, tmp_path / "empty")
    with pytest.raises(ZooError, match=r"text.txt is not the name of a gallery"):
        added(predictor, tmp_path / "text.txt", digits[0])


def test_vectors_of_another_model_are_refused(predictor, digits, tmp_path, tiny_run):
    folder, _ = digits
    gallery = added(predictor, tmp_path / "digits.npz", folder)
    with np.load(tmp_path / "digits.npz") as found:
        arrays = {**found, "model": "of another"}
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(ZooError, match=r"other.npz was made by another model than run"):
        open_gallery(predictor, tmp_path / "other.npz")
    assert len(gallery.model) == 64
    with pytest.raises(ZooError, match="makes no vectors to compare"):
        zoo865.Predictor(tiny_run("mnist_cnn")).nearest(digits[1]["image"], folder)


def test_the_command_lists_the_nearest(zoo, run, digits, tmp_path):
    folder, _ = digits
    query = next(iter(sorted(folder.glob("*/*.png"))))
    code, out, err = zoo("nearest", str(run.path), str(query), "--gallery", str(folder), "--count", "2")
    assert code == 0, err
    assert f"{query}: {query.parent.name} 0.000  " in out
    place = str(tmp_path / "digits.npz")
    code, out, _ = zoo("nearest", str(run.path), "--gallery", place, "--add", str(folder))
    assert (code, "20 examples with" in out) == (0, True)
    code, _, err = zoo("nearest", str(run.path), "--gallery", place)
    assert (code, err) == (2, "error: nothing to compare; give pictures, or --add FOLDER to fill the gallery\n")


def test_nothing_and_what_cannot_be_compared(predictor, digits):
    """Of nothing an empty result of the right shape; what is no pair, no gallery or no count is named."""
    images = digits[1]["image"]
    gallery = open_gallery(predictor, digits[0])
    empty = predictor.embed([])
    assert (empty.shape, empty.dtype) == ((0, predictor.embed(images[:1]).shape[1]), np.float32)
    assert predictor.nearest([], gallery) == []
    for count in (0, -1):
        with pytest.raises(ZooError, match=f"count must be at least 1, not {count}"):
            predictor.nearest(images, gallery, count)
    changed = {
        "the gallery is empty": {"vectors": empty, "names": (), "files": ()},
        "made by another model": {"model": "otherhash"},
        r"holds vectors of shape \(20, 3\)": {"vectors": gallery.vectors[:, :3]},
    }
    for said, fields in changed.items():
        with pytest.raises(ZooError, match=said):
            predictor.nearest(images, dataclasses.replace(gallery, **fields))
    for first, second, said in (
        (list(images[:2]), images[0], "the first holds 2"),
        (images[0], list(images[:2]), "the second holds 2"),
        ([], images[0], "the first holds 0"),
    ):
        with pytest.raises(ZooError, match=said):
            predictor.distance(first, second)
