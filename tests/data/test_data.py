import shutil

import numpy as np
import pytest
from PIL import Image

import zoo865
from zoo865.data import features, pictures
from zoo865.data.spec import Spec
from zoo865.data.statistics import cut

pytestmark = pytest.mark.fast

DIGITS = features.Image((28, 28, 1), ink="light", ink_margin=4)


@pytest.fixture(scope="module")
def digits():
    return zoo865.load_data("generated_digits")


def folder(path, classes=("cat", "dog"), count=10, size=(20, 16), mode="RGB"):
    """A folder of flat pictures whose brightness tells class and number."""
    for label, name in enumerate(classes):
        (path / name).mkdir(parents=True)
        for number in range(count):
            colour = 100 * label + number
            Image.new(mode, size, colour if mode == "L" else (colour,) * 3).save(path / name / f"{number}.png")
    return path


def test_generated_digits_are_always_the_same(digits):
    again = zoo865.load_data("generated_digits")
    assert (len(digits.train), len(digits.validation), len(digits.test)) == (1000, 200, 200)
    np.testing.assert_array_equal(digits.train.arrays["image"], again.train.arrays["image"])
    assert np.bincount(digits.test.arrays["label"]).tolist() == [20] * 10


def test_mnist_sample_is_cut_without_overlap():
    data = zoo865.load_data("mnist_sample")
    sizes = [np.bincount(split.arrays["label"]).tolist() for split in (data.train, data.validation, data.test)]
    assert sizes == [[350] * 10, [50] * 10, [100] * 10]
    images = np.concatenate([split.arrays["image"] for split in (data.train, data.validation, data.test)])
    assert len(np.unique(images.reshape(5000, -1), axis=0)) == 5000


def test_cut_keeps_proportions_and_loses_nothing():
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    first, second = cut(labels, 20)
    assert np.bincount(labels[second]).tolist() == [12, 6, 2]
    assert sorted([*first, *second]) == list(range(100))
    np.testing.assert_array_equal(cut(labels, 20)[1], second)


def test_spec_is_json_both_ways(digits):
    assert Spec.from_json(digits.spec.to_json()) == digits.spec


def test_image_shape_fits_any_set(digits):
    data = zoo865.load_data("generated_digits", image_shape=[14, 12, 3])
    assert data.spec.image.shape == (14, 12, 3)
    image = data.test.take([0])["image"][0]
    assert image.shape == (14, 12, 3)
    expected = Image.fromarray(digits.test.take([0])["image"][0, ..., 0]).resize((12, 14), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(image[..., 0], np.asarray(expected))


def test_binarize_is_static_and_keeps_the_mean(digits):
    data = zoo865.load_data("generated_digits", binarize=True)
    images = data.train.arrays["image"]
    assert set(np.unique(images)) == {0, 255}
    assert data.spec.image.binary
    assert "Statically binarised" in data.about
    assert images.mean() == pytest.approx(digits.train.arrays["image"].mean(), rel=0.01)
    np.testing.assert_array_equal(images, zoo865.load_data("generated_digits", binarize=True).train.arrays["image"])


def test_folder_of_classes_is_cut_by_class(tmp_path):
    data = zoo865.load_data(f"images:{folder(tmp_path / 'photos')}")
    assert data.spec.class_names == ("cat", "dog")
    assert data.spec.image.shape == (16, 20, 3)
    assert [
        np.bincount(s.take(np.arange(len(s)))["label"]).tolist() for s in (data.train, data.validation, data.test)
    ] == [*([7, 7], [1, 1], [2, 2])]
    seen = [i.mean() for s in (data.train, data.validation, data.test) for i in s.take(np.arange(len(s)))["image"]]
    assert sorted(seen) == [*range(10), *range(100, 110)]


def test_folder_with_train_and_test_is_taken_as_it_is(tmp_path):
    folder(tmp_path / "train", count=20, mode="L")
    folder(tmp_path / "test", count=3, mode="L")
    data = zoo865.load_data(str(tmp_path), image_shape=(8, 8, 1))
    assert (len(data.train), len(data.validation), len(data.test)) == (36, 4, 6)
    assert data.spec.image.shape == (8, 8, 1)
    assert "(as in the folder, validation by stratified split, seed 865)" in data.about


@pytest.mark.parametrize("validation", ["val", "Validation", "dev"])
def test_nothing_is_cut_of_a_folder_with_all_parts(tmp_path, validation):
    """Of what the folder has cut, each part may be small, or lack a class."""
    for part, count in (("train", 12), (validation, 1), ("test", 12)):
        folder(tmp_path / part, count=count)
    data = zoo865.load_data(str(tmp_path))
    assert (len(data.train), len(data.validation), len(data.test)) == (24, 2, 24)
    assert "(as in the folder)." in data.about
    shutil.rmtree(tmp_path / "test" / "dog")
    data = zoo865.load_data(str(tmp_path))
    assert (len(data.test), data.spec.class_names) == (12, ("cat", "dog"))
    assert "No test pictures of dog." in data.about


def test_to_be_measured_a_folder_is_not_cut(tmp_path):
    """One picture of one class of three is enough; its label is that of the model."""
    like = Spec({"image": features.Image((16, 20, 3))}, {"label": features.Label(("ant", "cat", "dog"))})
    data = zoo865.load_data(str(folder(tmp_path / "photos", ("dog",), count=1)), like=like)
    assert (len(data.train), len(data.validation), len(data.test)) == (0, 0, 1)
    assert data.test.take([0])["label"].tolist() == [2]
    assert "(all test). No pictures of ant, cat." in data.about
    data = zoo865.load_data(str(folder(tmp_path / "capitals", ("CAT",), count=1)), like=like)
    assert data.test.take([0])["label"].tolist() == [1]
    with pytest.raises(zoo865.ZooError, match=r"photos has the classes dogs; the model was trained on ant, cat, dog"):
        zoo865.load_data(str(folder(tmp_path / "other" / "photos", ("dogs",), count=1)), like=like)


def test_folder_without_classes_and_with_pictures_of_several_sizes(tmp_path):
    for number in range(20):
        Image.new("RGB", (20, 16) if number < 15 else (9, 30), (10 * number, 0, 0)).save(tmp_path / f"{number:02}.png")
    data = zoo865.load_data(str(tmp_path))
    assert (data.spec.targets, data.spec.image.shape) == ({}, (16, 20, 3))
    assert "label" not in data.train.take([0])
    splits = (data.train, data.validation, data.test)
    seen = [int(i[..., 0].mean()) for s in splits for i in s.take(np.arange(len(s)))["image"]]
    assert sorted(seen) == list(range(0, 200, 10))
    assert "5 of 20 training pictures had other sizes and were resized to 16 x 20" in data.about
    assert "other sizes" not in zoo865.load_data(str(tmp_path), image_shape=(16, 20, 3)).about


def test_larochelles_files_are_read_as_they_are(tmp_path):
    random, images = np.random.default_rng(0), {}
    for split, count in (("train", 5), ("valid", 3), ("test", 2)):
        images[split] = random.integers(0, 2, (count, 784))
        np.savetxt(tmp_path / f"binarized_mnist_{split}.amat", images[split], "%d")
    data = zoo865.load_data(str(tmp_path), binarize=True, image_shape=(28, 28, 1))
    for split, given in zip((data.train, data.validation, data.test), images.values(), strict=True):
        np.testing.assert_array_equal(split.take(np.arange(len(split)))["image"].reshape(-1, 784), given * 255)
    assert data.spec.image.binary
    (tmp_path / "binarized_mnist_valid.amat").write_text("0 1 2\n")
    with pytest.raises(zoo865.ZooError, match=r"binarized_mnist_valid\.amat: .*784"):
        zoo865.load_data(str(tmp_path))
    (tmp_path / "binarized_mnist_valid.amat").unlink()
    with pytest.raises(zoo865.ZooError, match=r"binarized_mnist_valid\.amat"):
        zoo865.load_data(str(tmp_path))


@pytest.mark.parametrize(("ground", "ink", "kind"), [(0, 255, "light"), (255, 0, "dark"), (128, 0, "")])
def test_ink_of_a_folder_is_seen(tmp_path, ground, ink, kind):
    for name in "ab":
        (tmp_path / name).mkdir()
        for number in range(5):
            image = np.full((12, 12), ground, "uint8")
            image[3:9, 3 + number] = ink
            Image.fromarray(image).save(tmp_path / name / f"{number}.png")
    assert zoo865.load_data(str(tmp_path)).spec.image.ink == kind


def test_big_folders_stay_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("zoo865.data.sets.folder.IN_MEMORY", 0)
    streamed = zoo865.load_data(str(folder(tmp_path)))
    monkeypatch.undo()
    held = zoo865.load_data(str(tmp_path))
    assert type(streamed.train).__name__ == "Files"
    for indices in ([3, 1], []):
        np.testing.assert_array_equal(
            streamed.train.take(np.array(indices, int))["image"], held.train.take(np.array(indices, int))["image"]
        )


def test_image_shape_has_three_numbers():
    with pytest.raises(zoo865.ZooError, match="height, width"):
        zoo865.load_data("generated_digits", image_shape=(28, 28))


def test_a_missing_set_says_where_it_was_searched_within_a_second(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(zoo865.ZooError, match=f"'mnist' is not in {tmp_path}.*--data mnist_sample"):
        zoo865.load_data("mnist")


def drawing(ground, ink, size=(300, 200), at=(30, 40)):
    image = np.full((*size, 1), ground, "uint8")
    image[at[0] : at[0] + 120, at[1] : at[1] + 30] = ink
    image[at[0] : at[0] + 30, at[1] : at[1] + 80] = ink
    return image


def test_drawings_of_either_ink_any_size_and_place_become_alike():
    """What MNIST says of itself: 20 x 20 around the ink, its centre of mass in the middle."""
    seen, notes = pictures.as_trained(drawing(0, 255), DIGITS)
    assert notes == ("cropped and centred",)
    for other in (drawing(255, 0), drawing(220, 30), drawing(250, 60, size=(400, 500), at=(200, 300))):
        like, notes = pictures.as_trained(other, DIGITS)
        assert notes == ("inverted: dark ink on light", "cropped and centred")
        assert np.abs(like.astype(int) - seen.astype(int)).max() <= 2
    rows = np.flatnonzero(seen.max((1, 2)) > 64)
    assert len(rows) in (20, 21)
    mass = seen[..., 0] / seen.sum()
    centre = [(mass.sum(axis) * (np.arange(28) + 0.5)).sum() for axis in (1, 0)]
    np.testing.assert_allclose(centre, 14, atol=0.6)


def test_a_picture_like_the_training_data_is_left_alone(digits):
    image = digits.test.take([7])["image"][0]
    same, notes = pictures.as_trained(image, DIGITS)
    np.testing.assert_array_equal(same, image)
    assert notes == ()
    turned, notes = pictures.as_trained(255 - image, DIGITS)
    np.testing.assert_array_equal(turned, image)
    assert notes == ("inverted: dark ink on light",)


def test_an_empty_sheet_stays_empty():
    empty, _ = pictures.as_trained(np.full((100, 80, 1), 255, "uint8"), DIGITS)
    assert empty.shape == (28, 28, 1)
    assert not empty.any()


def test_photos_on_white_ground_are_no_drawings(tmp_path):
    for name, colour in (("a", (200, 30, 30)), ("b", (30, 90, 200))):
        (tmp_path / name).mkdir()
        for number in range(4):
            image = Image.new("RGB", (60, 60), "white")
            image.paste(colour, (10 + number, 10, 50, 50))
            image.save(tmp_path / name / f"{number}.png")
    assert zoo865.load_data(str(tmp_path)).spec.image.ink == ""


def test_photos_are_only_resized():
    photo = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype("uint8")
    spec = features.Image((20, 30, 3))
    seen, notes = pictures.as_trained(photo, spec)
    assert notes == ()
    np.testing.assert_array_equal(seen, np.asarray(Image.fromarray(photo).resize((30, 20), Image.Resampling.BILINEAR)))


@pytest.mark.parametrize("wrong", [np.zeros(5), np.zeros((2, 3, 4, 5)), np.full((3, 3), 2.0), np.full((3, 3), np.nan)])
def test_arrays_that_are_no_images_are_refused(wrong):
    with pytest.raises(zoo865.ZooError):
        pictures.from_array(wrong, 1)
