"""Folders as people have them: pictures that cannot be read, and pictures that are there twice."""

import datetime
import io

import numpy as np
import pytest
from photos import folder_of, photo
from PIL import Image, ImageDraw

import zoo865
from zoo865.data.image_scan import all_but_black, groups_of, look, near_duplicates, scan

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
    looks = [*others, look(tmp_path / "again"), look(tmp_path / "new.png")]
    assert [(looks[i].path, looks[j].path) for i, j in near_duplicates(looks)] == [
        (tmp_path / "a" / "7.jpg", tmp_path / "again")
    ]


def test_small_drawings_are_twins_only_where_they_are_equal(tmp_path):
    digits = zoo865.load_data("generated_digits")
    for number, image in enumerate(digits.train.take(np.arange(60))["image"]):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{number}.png")
    Image.fromarray(digits.train.take([5])["image"][0, ..., 0]).save(tmp_path / "again.bmp")
    looks = [*(look(tmp_path / f"{number}.png") for number in range(60)), look(tmp_path / "again.bmp")]
    assert near_duplicates(looks) == [(5, 60)]


def test_many_unreadable_pictures_are_an_error(tmp_path):
    folder = folder_of(tmp_path / "photos", {"cat": 20, "dog": 18})
    for number in range(3):
        (folder / "cat" / f"{number}.jpg").write_text("no picture")
    with pytest.raises(zoo865.ZooError, match=r"3 of 38 .* first .*cat/0\.jpg: it is a text file"):
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


def disc(path, colour, place=(40, 40), size=(96, 96)):
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).ellipse([*place, place[0] + 30, place[1] + 30], fill=colour)
    image.save(path, quality=90)


def test_what_differs_in_colour_alone_is_no_twin(tmp_path):
    """A ripe fruit and an unripe one, in the same place; each saved again as JPEG is."""
    colours = ("red", "green", "orange", "yellow", (0, 80, 0), "blue", (200, 200, 200))
    for number, colour in enumerate(colours):
        disc(tmp_path / f"{number}.png", colour)
        disc(tmp_path / f"{number}.jpg", colour)
    looks = [look(tmp_path / f"{number}.{kind}") for number in range(len(colours)) for kind in ("png", "jpg")]
    assert near_duplicates(looks) == [(2 * number, 2 * number + 1) for number in range(len(colours))]


def burst(folder, seed, count, when, apart=1.0):
    """Photos that a hand took one after the other: a little moved, a second apart."""
    big = photo(seed, (96, 96)).resize((640, 480))
    for number in range(count):
        exif = Image.Exif()
        at = datetime.datetime.fromisoformat(when) + datetime.timedelta(seconds=apart * number)
        exif.get_ifd(0x8769)[0x9003] = at.strftime("%Y:%m:%d %H:%M:%S")
        moved = 12 * number
        big.crop((moved, moved // 2, 560 + moved, 430 + moved // 2)).save(folder / f"{seed}-{number}.jpg", exif=exif)


@pytest.mark.parametrize(("apart", "groups"), [(1.0, 1), (600.0, 5)])
def test_a_burst_is_found_by_time_and_look(tmp_path, apart, groups):
    burst(tmp_path, 1, 5, "2026-11-29T10:00:00", apart)
    looks = [look(path) for path in sorted(tmp_path.iterdir())]
    assert len(set(groups_of(near_duplicates(looks), 5))) == groups


def test_photos_of_one_second_that_look_otherwise_are_no_burst(tmp_path):
    """A camera whose clock was never set says the same of all."""
    for seed in range(20):
        burst(tmp_path, seed, 1, "2000-01-01T00:00:00")
    assert near_duplicates([look(path) for path in sorted(tmp_path.iterdir())]) == []


def test_what_looks_alike_stays_on_one_side_of_every_cut(tmp_path):
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
        for scene in range(14):
            burst(tmp_path / label, scene + 500 * (label == "dog"), 3, f"2026-11-29T{scene:02}:00:00")
    whole = zoo865.load_data(str(tmp_path))
    folds = [zoo865.load_data(str(tmp_path), fold=(number, 4)) for number in range(1, 5)]
    tested = []
    for data in (whole, *folds):
        scenes = [
            {path.rpartition("-")[0] for path in data.split(part).take(np.arange(len(data.split(part))))["path"]}
            for part in ("train", "validation", "test")
        ]
        assert len(set().union(*scenes)) == 28
        assert sum(map(len, scenes)) == 28
        assert data.near_duplicates == ()
        tested.append(scenes[2])
    assert sum(map(len, tested[1:])) == len(set().union(*tested[1:])) == 28
    assert "56 near-duplicates kept in the same split" in whole.about


def test_many_that_all_look_alike_take_little(tmp_path):
    """2,000 frames of one scene: a pair each, not a million."""
    photo(1).save(tmp_path / "a.png")
    one = look(tmp_path / "a.png")
    pairs = near_duplicates([one] * 2000)
    assert len(pairs) == 1999
    assert len(set(groups_of(pairs, 2000))) == 1


def test_a_picture_in_two_classes_is_told(tmp_path):
    folder = folder_of(tmp_path / "photos", {"cat": 6, "dog": 6})
    (folder / "dog" / "also.png").write_bytes((folder / "cat" / "2.jpg").read_bytes())
    (said,) = zoo865.load_data(str(folder)).notes
    assert said == "1 pair of near-duplicates with different labels (zoo865 check shows them)"


@pytest.mark.parametrize(("dtype", "most", "told"), [("uint8", 1, True), ("uint16", 4095, True), ("uint8", 60, False)])
def test_a_folder_that_is_all_but_black_is_told_once(tmp_path, dtype, most, told):
    random = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
        for number in range(8):
            pixels = random.integers(0, most, (32, 32), endpoint=True).astype(dtype)
            Image.fromarray(pixels).save(tmp_path / label / f"{number}.png")
    notes = [note for note in zoo865.load_data(str(tmp_path)).notes if "almost black" in note]
    assert len(notes) == told
    brightest = round(most * 255 / np.iinfo(dtype).max)
    assert all(f"is {brightest} of 255" in note for note in notes)
    assert all_but_black(scan(tmp_path.rglob("*.png")), tmp_path) == notes
