"""Drawing new images: noise in, uint8 images out."""

from collections.abc import Callable

import numpy as np

from zoo865.data.pictures import as_bytes, binarized
from zoo865.data.statistics import at_once
from zoo865.errors import ZooError
from zoo865.inference import compiled

AT_ONCE = 500  # images that are drawn together


def sample_noise(name: str, shape: tuple[int, ...], count: int, *, seed) -> np.ndarray:
    """The noise that images are made of, by NumPy: the same on every backend and for every form of a model.

    Args:
        name: "normal_noise" (standard normal) or "uniform_noise" (in [0, 1)).
        shape: of one image's.
        count: of images. More images begin with those that fewer have.
        seed: a number, or a list of numbers.

    Returns:
        (count, *shape) float32.
    """
    if not (isinstance(count, int) and count >= 1):
        raise ZooError(f"cannot draw {count} images", "give an integer of at least 1")
    random = np.random.default_rng(seed)
    kinds: dict[str, Callable] = {"normal_noise": random.standard_normal, "uniform_noise": random.random}
    return kinds[name]((count, *shape), "float32")


def noise_of(model, count: int, *, seed) -> np.ndarray:
    """The noise that a model's images are made of; see `sample_noise`."""
    name, shape = model.noise_input
    return sample_noise(name, shape, count, seed=seed)


def sample(model, noise, together: int = AT_ONCE) -> np.ndarray:
    """A model's images of noise, (count, height, width, channels) uint8, at most so many `together`."""
    generate, size = compiled(model.generate), min(together, len(noise))
    images = []
    for start in range(0, len(noise), size):
        part = noise[start : start + size]
        made = np.asarray(generate(np.resize(part, (size, *part.shape[1:]))))[: len(part)]
        images.append(as_bytes(made))
    return np.concatenate(images)


def sample_like(data, model, noise) -> np.ndarray:
    """A model's images of noise as uint8; black and white where the data are, by the probabilities that it gives."""
    made = sample(model, noise, at_once(data.spec.image.shape, AT_ONCE))
    return binarized(made, np.random.default_rng(865)) if data.spec.image.binary else made
