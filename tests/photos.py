"""Pictures that are drawn: for folders as people have them."""

import numpy as np
from PIL import Image, ImageDraw


def photo(seed, size=(96, 128)):
    """Something with shapes and colours, unlike that of any other seed."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", size[::-1], tuple(random.integers(0, 256, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        corner, extent = random.integers(0, 90, 2), random.integers(10, 60, 2)
        draw.ellipse([*corner, *(corner + extent)], fill=tuple(random.integers(0, 256, 3)))
    return image


def folder_of(path, counts, start=0):
    """A folder with so many photos of each class: {name: count}."""
    for name, count in counts.items():
        (path / name).mkdir(parents=True)
        for number in range(count):
            start += 1
            photo(start).save(path / name / f"{number}.jpg", quality=92)
    return path
