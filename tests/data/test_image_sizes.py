"""What systems for small images make of a folder: nothing is lost without a word, and photos do not become noise."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

import zoo865
from zoo865.data.load import load_data, spec_before_loading
from zoo865.training.build import build_model, load
from zoo865.training.check import check_before
from zoo865.training.feeds import Feeds

pytestmark = pytest.mark.fast


def photo(random, height, width):
    return Image.fromarray(random.integers(0, 256, (3, 4, 3)).astype("uint8")).resize((width, height))


def drawing(random, side):
    picture = Image.new("L", (side, side))
    points = [tuple(map(int, random.integers(side // 5, 4 * side // 5, 2))) for _ in range(4)]
    ImageDraw.Draw(picture).line(points, fill=255, width=side // 10)
    return picture


PICTURES = {
    "photos": lambda random: photo(random, 192, 256),
    "grey_photos": lambda random: photo(random, 192, 256).convert("L"),
    "drawings": lambda random: drawing(random, 200),
    "small_photos": lambda random: photo(random, 40, 60),
    "small_drawings": lambda random: drawing(random, 28),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """name -> a folder of 24 such pictures, in two classes."""
    root = tmp_path_factory.mktemp("folders")
    for name, picture in PICTURES.items():
        random = np.random.default_rng(0)
        for number in range(24):
            place = root / name / "ab"[number % 2]
            place.mkdir(parents=True, exist_ok=True)
            picture(random).save(place / f"{number}.png")
    return root


@pytest.mark.parametrize(
    ("system", "folder", "shape", "binary", "said"),
    [
        (
            "dcgan",
            "photos",
            (64, 64, 3),
            False,
            "192 x 256, are reduced to 64 x 64 (--set 'data_args.image_shape=[128,",
        ),
        ("dcgan", "drawings", (64, 64, 1), False, "200 x 200, are reduced to 64 x 64"),
        ("dcgan", "small_photos", (40, 60, 3), False, ""),
        ("vae", "photos", (64, 64, 3), False, "192 x 256, are reduced to 64 x 64"),
        ("vae", "grey_photos", (64, 64, 1), False, "192 x 256, are reduced to 64 x 64"),
        ("vae", "drawings", (64, 64, 1), True, "200 x 200, are reduced to 64 x 64"),
        ("vae", "small_drawings", (28, 28, 1), True, ""),
        ("pixelcnn", "drawings", (28, 28, 1), True, ""),
        ("mnist_cnn", "photos", (28, 28, 1), False, "192 x 256 in colour, are reduced to 28 x 28 in grey"),
        ("mnist_cnn", "grey_photos", (28, 28, 1), False, "192 x 256, are reduced to 28 x 28 ("),
        ("mnist_cnn", "drawings", (28, 28, 1), False, ""),
    ],
)
def test_what_a_system_sees_of_a_folder(system, folder, shape, binary, said, folders):
    recipe = zoo865.get_recipe(system).smallest().override({"data": str(folders / folder)})
    data = load(recipe)
    image = data.spec.image
    assert (image.shape, image.binary) == (shape, binary)
    pixels = data.train.take(np.arange(len(data.train)))["image"]
    assert pixels.shape[1:] == shape
    assert (set(np.unique(pixels)) == {0, 255}) == binary
    assert said in "".join(data.warnings) if said else not data.warnings
    assert all(f"{warning[0].upper()}{warning[1:]}" in data.about for warning in data.warnings)
    model = build_model(recipe, data.spec)
    check_before(recipe, model, Feeds(recipe, data, 0, model), data, 1)


@pytest.mark.parametrize("folder", ["photos", "grey_photos"])
def test_photos_are_never_made_black_and_white_noise(folder, folders, zoo):
    code, _, err = zoo("train", "pixelcnn", "--data", folders / folder)
    assert (code, err.count("\n")) == (2, 1), err
    assert "binarised photos are noise; give drawings" in err
    code, _, err = zoo("train", "pixelcnn", "--data", folders / folder, "--set", "data_args.binarize=false")
    assert (code, err.count("\n")) == (2, 1), err


def test_a_system_of_black_and_white_pixels_refuses_shades(folders):
    settings = {"data": str(folders / "small_drawings"), "data_args.binarize": False}
    recipe = zoo865.get_recipe("pixelcnn").smallest().override(settings)
    data = load(recipe)
    with pytest.raises(zoo865.ZooError, match="models black and white pixels, but small_drawings has gray levels"):
        recipe.task.protocol(build_model(recipe, data.spec), data)


def test_cutting_keeps_proportions_and_a_size_that_is_named_is_kept(folders):
    photos = str(folders / "photos")
    cut, squeezed = load_data(photos, largest=64), load_data(photos, image_shape=(64, 64, 3))
    assert (cut.spec.image.crop, squeezed.spec.image.crop) == (True, False)
    whole = load_data(photos).train.take(np.arange(1))["image"][0]
    middle = Image.fromarray(whole).resize((64, 64), Image.Resampling.BILINEAR, (32, 0, 224, 192))
    np.testing.assert_allclose(cut.train.take(np.arange(1))["image"][0], np.asarray(middle), atol=2)
    assert load_data(photos, image_shape=(96, 128, 3), largest=64).spec.image.shape == (96, 128, 3)


def test_drawings_alone_are_binarised_where_nothing_is_said():
    assert load_data("generated_digits", binarize=None).spec.image.binary
    assert spec_before_loading("mnist", binarize=None).image.binary
    assert not spec_before_loading("photos/", image_shape=(8, 8, 3), binarize=None).image.binary
