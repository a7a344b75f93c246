"""Digits drawn by a few lines of code: for tests and first steps, no download at all."""

import functools

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from zoo865.data.sets.tfds import DIGITS
from zoo865.data.spec import Arrays, Data
from zoo865.registry import dataset


@dataset
@functools.cache
def generated_digits() -> Data:
    """Printed digits, turned, shifted and scaled at random, with noise: 1,000 / 200 / 200."""
    train, validation, test = (_drawn(count, seed) for seed, count in enumerate((1000, 200, 200)))
    about = "Drawn by zoo865 with Pillow's font, deterministic."
    return Data("generated_digits", DIGITS, train, validation, test, about)


generated_digits.spec = DIGITS


def _drawn(count: int, seed: int) -> Arrays:
    random = np.random.default_rng([865, seed])
    labels = random.permutation(np.arange(count) % 10)
    return Arrays(image=np.stack([_digit(label, random) for label in labels]), label=labels.astype("int64"))


def _digit(label: int, random: np.random.Generator) -> np.ndarray:
    canvas = Image.new("L", (28, 28))
    font = ImageFont.load_default(size=random.uniform(20, 26))
    place = 14 + random.uniform(-2, 2, 2)
    ImageDraw.Draw(canvas).text(tuple(place), str(label), fill=255, font=font, anchor="mm")
    canvas = canvas.rotate(random.uniform(-15, 15), Image.Resampling.BILINEAR)
    noisy = np.asarray(canvas, "float32") * random.uniform(0.7, 1) + random.normal(0, 8, (28, 28))
    return np.clip(noisy, 0, 255).astype("uint8")[..., None]
