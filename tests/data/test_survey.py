"""Folders as people have them: pictures that cannot be read, and pictures that are there twice."""

import io

import numpy as np
import pytest
from photos import folder_of, photo
from PIL import Image

import zoo865
from zoo865.data.survey import look, twins

pytestmark = pytest.mark.fast

SAVED_AGAIN = {
    "as it was": lambda image, file: image.save(file, "JPEG", quality=92),
    "poorer": lambda image, file: image.save(file, "JPEG", quality=25),
    "smaller": lambda image, file: image.resize((80, 66)).save(file, "JPEG"),
    "as PNG": lambda image, file: image.save(file, "PNG"),
    "as WebP": lambda image, file: image.save(file, "WEBP", quality=60),
    "without colours": lambda image, file: image.convert("L").save(file, "PNG"),
}


@pytest.mark.parametrize("way", SAVED_AGAIN)
def test_pictures_saved_again_are_found_among_others(tmp_path, way):
    others = [look(path) for path in sorted((folder_of(tmp_path, {"a": 30}) / "a").iterdir())]
    again = io.BytesIO()
    SAVED_AGAIN[way](Image.open(tmp_path / "a" / "7.jpg"), again)
    (tmp_path / "again").write_bytes(again.getvalue())
    photo(99).save(tmp_path / "new.png")
    found = twins(others, [look(tmp_path / "again"), look(tmp_path / "new.png")])
    assert found == [(tmp_path / "a" / "7.jpg", tmp_path / "again")]


def test_small_drawings_are_twins_only_where_they_are_equal(tmp_path):
    digits = zoo865.load_data("generated_digits")
    for number, image in enumerate(digits.train.take(np.arange(60))["image"]):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{number}.png")
    Image.fromarray(digits.train.take([5])["image"][0, ..., 0]).save(tmp_path / "again.bmp")
    looks = [look(tmp_path / f"{number}.png") for number in range(60)]
    assert twins(looks[:30], [*looks[30:], look(tmp_path / "again.bmp")]) == [
        (tmp_path / "5.png", tmp_path / "again.bmp")
    ]


def test_many_unreadable_pictures_are_an_error(tmp_path):
    folder = folder_of(tmp_path / "photos", {"cat": 20, "dog": 18})
    for number in range(3):
        (folder / "cat" / f"{number}.jpg").write_text("no picture")
    with pytest.raises(zoo865.ZooError, match=r"3 of 38 .* first .*cat/0\.jpg: it is no picture"):
        zoo865.load_data(str(folder))


@pytest.mark.parametrize(("mode", "channels"), [("RGB", 3), ("L", 1)])
def test_jpegs_have_the_colours_and_the_size_that_they_have(tmp_path, mode, channels):
    folder_of(tmp_path / "photos", {"a": 6, "b": 6})
    for path in (tmp_path / "photos").rglob("*.jpg"):
        Image.open(path).resize((640, 400)).convert(mode).save(path)
    assert zoo865.load_data(str(tmp_path / "photos")).spec.image.shape == (400, 640, channels)


def test_sizes_are_those_of_upright_pictures(tmp_path):
    """A camera held upright stores a lying picture, and says how it was held (EXIF 6)."""
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(1, (60, 90)).save(tmp_path / "a.jpg", exif=exif)
    assert look(tmp_path / "a.jpg").size == (90, 60)
