"""Changes of images: what they do, against SciPy, NumPy and arithmetic; and that a seed tells them."""

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

import zoo865
from zoo865.batches.augment import CHANGES, POLICIES, mixing, policy_of, seeded
from zoo865.data.features import Image, Label
from zoo865.data.spec import Spec
from zoo865.layers.augmentation import RandomAffine, RandomElastic

IMAGES = np.random.default_rng(0).random((6, 12, 15, 3)).astype("float32")


def in_a_pipeline(function, *given, workers=None):
    """What a function makes of a batch in tf.data, where training calls it on every backend."""
    data = tf.data.Dataset.from_tensors(given).map(function, num_parallel_calls=workers)
    return next(data.as_numpy_iterator())


@pytest.mark.parametrize(
    ("rotation", "shift", "zoom", "shear"),
    [(20, 0.1, 0.2, 15), (-35, -0.2, -0.3, -20), (0, 0.15, 0, 0), (130, 0, 0, 0)],
)
def test_affine_equals_scipy(rotation, shift, zoom, shear):
    """One resampling by the matrix zoom x rotation x shear about the centre, then the shift."""
    fixed = {"rotation": rotation, "shift": shift, "zoom": zoom, "shear": shear}
    layer = RandomAffine(**{name: (value, value) for name, value in fixed.items()})
    result = in_a_pipeline(layer, IMAGES)
    angle, slant = np.radians(rotation), np.tan(np.radians(shear))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # SciPy's axes: rows first
    matrix = turn @ np.array([[1, 0], [slant, 1]]) / (1 + zoom)
    centre = np.array([5.5, 7.0])
    offset = centre - matrix @ centre + [shift * 12, shift * 15]
    for i, channel in np.ndindex(6, 3):
        image = np.pad(IMAGES[i, ..., channel], 3)  # SciPy's constant mode does not blend with what is outside
        moved = scipy.ndimage.affine_transform(image, matrix, offset + 3 - matrix @ [3, 3], order=1)[3:-3, 3:-3]
        np.testing.assert_allclose(result[i, ..., channel], moved, atol=1e-4)


def test_rotation_is_anticlockwise_and_zoom_enlarges():
    square = IMAGES[:, :, :12]
    turned = in_a_pipeline(RandomAffine(rotation=(90, 90)), square)
    np.testing.assert_allclose(turned, np.rot90(square, axes=(1, 2)), atol=1e-4)
    dot = np.zeros((1, 21, 21, 1), "float32")
    dot[0, 8:13, 8:13] = 1
    assert in_a_pipeline(RandomAffine(zoom=(1, 1)), dot).sum() == pytest.approx(100, rel=0.05)


def test_affine_draws_within_its_bounds_both_ways():
    """Told by where a dot goes."""
    ramp = np.broadcast_to(np.arange(41, dtype="float32")[:, None, None], (400, 41, 41, 1))
    seen = in_a_pipeline(RandomAffine(shift=0.1, seed=3), ramp)[:, 20, 20, 0] - 20
    assert -4.1 <= seen.min() < -3.8
    assert 3.8 < seen.max() <= 4.1
    assert abs(seen.mean()) < 0.4


def test_elastic_moves_neighbours_alike_by_its_strength_in_both_directions_alone():
    """A picture of coordinates shows where each pixel came from."""
    size, inside = 64, slice(12, -12)
    y, x = np.meshgrid(*2 * [np.arange(size, dtype="float32")], indexing="ij")
    places = np.broadcast_to(np.stack([y, x], -1), (300, size, size, 2))
    moved = (in_a_pipeline(RandomElastic(0.04, seed=2), places) - places)[:, inside, inside]
    assert moved.std(axis=(0, 1, 2)) == pytest.approx([0.04 * size] * 2, rel=0.05)
    assert abs(np.corrcoef(moved[..., 0].ravel(), moved[..., 1].ravel())[0, 1]) < 0.1
    assert np.abs(np.diff(moved, axis=1)).max() < 1.5  # no tears
    np.testing.assert_allclose(in_a_pipeline(RandomElastic(0.04), np.ones((2, 9, 7, 1), "float32")), 1, atol=1e-6)


@pytest.mark.parametrize("name", CHANGES)
def test_a_seed_tells_every_change(name):
    """In a parallel map, in a serial one, in another pipeline."""
    changed = [seeded([CHANGES[name].within(CHANGES[name].strongest)]) for _ in range(2)]
    first = in_a_pipeline(changed[0], IMAGES, np.array([5, 6]))
    assert first.shape == IMAGES.shape
    assert first.dtype == np.float32
    for function in changed:
        np.testing.assert_array_equal(in_a_pipeline(function, IMAGES, np.array([5, 6]), workers=4), first)
    others = tf.data.Dataset.from_tensor_slices(np.array([[5, 7 + i] for i in range(8)])).map(
        lambda seed: changed[0](IMAGES, seed)
    )
    assert any((other != first).any() for other in others.as_numpy_iterator())
    assert (first != IMAGES).any()


@pytest.mark.parametrize("name", [name for name in CHANGES if name not in ("flip", "randaugment")])
def test_a_change_of_strength_zero_changes_nothing(name):
    np.testing.assert_allclose(in_a_pipeline(CHANGES[name].between(0.0, 0.0, "constant"), IMAGES), IMAGES, atol=2e-5)


def test_flip_mirrors_half_of_the_images_and_at_full_strength_all():
    many = np.tile(IMAGES, (50, 1, 1, 1))
    mirrored = (in_a_pipeline(CHANGES["flip"].within(1), many) == many[:, :, ::-1]).all((1, 2, 3)).mean()
    assert 0.35 < mirrored < 0.65
    np.testing.assert_array_equal(in_a_pipeline(CHANGES["flip"].between(1, 1, ""), IMAGES), IMAGES[:, :, ::-1])


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("channels", [1, 3])
def test_policies_give_images(name, channels):
    result = in_a_pipeline(seeded(policy_of(name).layers(channels)), IMAGES[..., :channels], np.array([1, 2]))
    assert result.shape == (6, 12, 15, channels)
    assert -1e-6 <= result.min() <= result.max() <= 1 + 1e-6
    assert (result == IMAGES[..., :channels]).all() == (name == "none")


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_mixed_images_have_mixed_labels(name):
    """Images of one brightness a class: the brightness of the mixture is that of its shares."""
    brightness = np.linspace(0, 1, 5, dtype="float32")
    labels = np.arange(40) % 5
    images = np.broadcast_to(brightness[labels][:, None, None, None], (40, 10, 10, 1))
    mixed = mixing(name, Spec({"image": Image((10, 10, 1))}, {"label": Label(tuple("abcde"))}))
    found, targets = in_a_pipeline(mixed, images, {"label": labels}, np.array([3, 4]))
    shares = targets["label"]
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-5)
    slack = 1e-5 if name == "mixup" else 0.12  # the edges of a piece fall on whole pixels, its share does not
    np.testing.assert_allclose(found.mean((1, 2, 3)), shares @ brightness, atol=slack)
    assert ((shares > 0.01) & (shares < 0.99)).any()
    again = in_a_pipeline(mixed, images, {"label": labels}, np.array([3, 4]))
    np.testing.assert_array_equal(again[0], found)


def test_training_on_mixed_images(tmp_path):
    recipe = zoo865.get_recipe("mnist_cnn").smallest().override({"batches.mix": "cutmix"})
    run = zoo865.train(recipe, run_dir=tmp_path / "run")
    assert 0 < run.history[-1]["accuracy"] < 1
    assert run.history[-1]["val_accuracy"] > 0.2


@pytest.mark.parametrize(("setting", "value", "known"), [("augment", "digit", "digits"), ("mix", "mixu", "mixup")])
def test_unknown_names(setting, value, known, tmp_path):
    recipe = zoo865.get_recipe("mnist_cnn").smallest().override({f"batches.{setting}": value})
    with pytest.raises(zoo865.ZooError, match=f"did you mean {known}"):
        zoo865.train(recipe, run_dir=tmp_path / "run")
