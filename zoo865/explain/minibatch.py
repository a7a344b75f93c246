"""The page of mini-batches: where they lead, how their gradients scatter, what a step and an epoch are."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from keras import ops

from zoo865.data.load import load_data
from zoo865.data.spec import Data
from zoo865.errors import ZooError
from zoo865.explain.page import write_explanation
from zoo865.explain.paths import compile_function
from zoo865.losses.gradients import input_gradient
from zoo865.preprocessing import prepared
from zoo865.reporting.page import in_page, page_path, png

POINTS, SIZES = 2048, (1, 2, 32, 1024, 2048)  # of the line that is fitted, and of its batches
RATES, STEPS = (0.02, 0.1, 0.4), 100
BEGIN = (-1.5, 1.5)  # slope and height of the line
DRAWS = 64  # batches of each size whose gradients are compared
HIDDEN = 32
LEARNING_SIZES, EPOCHS, LEARNING_RATE = (8, 32, 256), 8, 0.1
SHOWN = 24  # digits


def points() -> tuple[np.ndarray, np.ndarray]:
    """Points around a line.

    Returns:
        x and y, (2048,) float32.

    Example:
        >>> x, y = points()
        >>> np.round(np.polyfit(x, y, 1), 1).tolist()
        [0.8, -0.4]
    """
    random = np.random.default_rng(865)
    x = random.normal(0.6, 1, POINTS)
    return x.astype("float32"), (0.8 * x - 0.4 + random.normal(0, 1, POINTS)).astype("float32")


def batches(examples: int, size: int, seed: int = 865) -> Iterator[np.ndarray]:
    """Which examples make up each batch, epoch after epoch without end: every epoch takes each once, in another order.

    Args:
        examples: how many there are.
        size: of a batch, a divisor of that.
        seed: of the order.

    Yields:
        (size,) int64.

    Example:
        >>> cut = batches(4, 2)
        >>> np.sort([*next(cut), *next(cut)]).tolist()
        [0, 1, 2, 3]
    """
    random = np.random.default_rng(seed)
    while True:
        yield from random.permutation(examples).reshape(-1, size)


def walk(size: int, rate: float) -> np.ndarray:
    """Fits a line by Keras' SGD: slope and height, from the mean squared error of one batch a step.

    Args:
        size: of a batch.
        rate: the learning rate.

    Returns:
        (STEPS + 1, 2) float32, the start first.

    Example:
        >>> walk(2048, 0.1).shape
        (101, 2)
    """
    x, y = points()
    line, optimizer, cut = keras.Variable(BEGIN), keras.optimizers.SGD(rate), batches(POINTS, size)
    places = [np.array(BEGIN, "float32")]
    for chosen in (next(cut) for _ in range(STEPS)):
        own_x, own_y = x[chosen], y[chosen]

        def loss(line, x=own_x, y=own_y):
            return ops.mean(ops.square(line[0] * x + line[1] - y))

        optimizer.apply([input_gradient(loss, ops.convert_to_tensor(line.value))[1]], [line])
        places.append(ops.convert_to_numpy(line.value))
    return np.array(places)


def landscape() -> tuple[np.ndarray, np.ndarray]:
    """The mean squared error of all points is a bowl around the best line.

    Returns:
        (2,) the best slope and height, and (2, 2) the matrix of the bowl: the error is the least one plus d A d of the
        difference d.

    Example:
        >>> best, bowl = landscape()
        >>> best.shape, bowl.shape
        ((2,), (2, 2))
    """
    x, y = (part.astype("float64") for part in points())
    design = np.stack([x, np.ones_like(x)], axis=1)
    return np.linalg.lstsq(design, y, rcond=None)[0], design.T @ design / POINTS


def data_of_digits() -> Data:
    """MNIST's digits where the package that has 5,000 of them is installed, else digits that are drawn.

    Example:
        >>> data_of_digits().spec.image.shape
        (28, 28, 1)
    """
    try:
        return load_data("mnist_sample")
    except ZooError:
        return load_data("generated_digits")


def digits() -> tuple[np.ndarray, np.ndarray, str]:
    """The training examples of `data_of_digits`.

    Returns:
        (examples, 784) float32 in [0, 1], (examples,) int64 classes, and the name of the data.
    """
    data = data_of_digits()
    examples = data.train.take(np.arange(len(data.train)))
    images = np.asarray(prepared(data.spec, examples))
    return images.reshape(len(images), -1), examples["label"], data.name


def scatter(images: np.ndarray, labels: np.ndarray) -> dict[int, float]:
    """How far the gradient of a batch is from that of all examples, for a network of 32 hidden units before it learns.

    Args:
        images: (examples, numbers) float32.
        labels: (examples,) int64.

    Returns:
        Batch size -> the mean square of the distance, over 64 batches, whose examples are drawn without replacement.

    Example:
        >>> images = np.random.default_rng(0).normal(size=(64, 5)).astype("float32")
        >>> found = scatter(images, np.arange(64) % 10)
        >>> bool(found[1] > 10 * found[16]), found[64] < 1e-9
        (True, True)
    """
    random, count, begin = np.random.default_rng(865), len(images), _begin(images.shape[1])

    def gradient(chosen):
        slopes = _gradient(begin, ops.convert_to_tensor(images[chosen]), ops.convert_to_tensor(labels[chosen]))
        return ops.convert_to_numpy(slopes).astype("float64")

    whole, sizes = gradient(np.arange(count)), [4**power for power in range(7) if 4**power < count]
    found = {
        size: np.mean([np.sum((gradient(random.permutation(count)[:size]) - whole) ** 2) for _ in range(DRAWS)])
        for size in sizes
    }
    return {size: float(square) for size, square in found.items()} | {count: 0.0}


def _begin(wide: int):
    """The first weights of a network of so many inputs, 32 hidden units and 10 outputs, one after the other."""
    random = np.random.default_rng(865)
    first, last = random.normal(0, np.sqrt(2 / wide), wide * HIDDEN), random.normal(0, np.sqrt(1 / HIDDEN), HIDDEN * 10)
    return ops.convert_to_tensor(np.concatenate([first, last]).astype("float32"))


def _loss(weights, images, labels):
    """The mean cross-entropy of that network."""
    inner = ops.shape(images)[1] * HIDDEN
    hidden = ops.relu(images @ ops.reshape(weights[:inner], (-1, HIDDEN)))
    logits = hidden @ ops.reshape(weights[inner:], (HIDDEN, 10))
    return ops.mean(keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True))


@compile_function
def _gradient(weights, images, labels):
    return input_gradient(lambda weights: _loss(weights, images, labels), weights)[1]


def learning(images: np.ndarray, labels: np.ndarray) -> dict[int, dict[str, list[float]]]:
    """The same network learns from batches of several sizes, by Keras' SGD, for eight epochs each.

    Args:
        images, labels: as for `scatter`.

    Returns:
        Batch size -> {"loss" of all examples, "epochs", "steps", "seconds" until then}, before and after each epoch.
    """
    found, every = {}, [ops.convert_to_tensor(part) for part in (images, labels)]
    for size in (*LEARNING_SIZES, len(images)):
        weights, optimizer = keras.Variable(_begin(images.shape[1])), keras.optimizers.SGD(LEARNING_RATE)
        steps, cut = len(images) // size, batches(len(images) // size * size, size)
        losses, fastest = [float(_loss(weights.value, *every))], np.inf
        _gradient(weights.value, *(part[:size] for part in every))  # is compiled
        for _ in range(EPOCHS):
            for chosen in itertools.islice(cut, steps):
                began = time.perf_counter()
                parts = (ops.convert_to_tensor(part[chosen]) for part in (images, labels))
                optimizer.apply([_gradient(ops.convert_to_tensor(weights.value), *parts)], [weights])
                fastest = min(fastest, time.perf_counter() - began)
            losses.append(float(_loss(weights.value, *every)))
        made = [steps * epoch for epoch in range(EPOCHS + 1)]
        # Other programs make steps slower, never faster.
        seconds = [fastest * step for step in made]
        found[size] = {"loss": losses, "epochs": [*range(EPOCHS + 1)], "steps": made, "seconds": seconds}
    return found


def minibatch(out: str = "minibatch.html") -> Path:
    """Writes the page of mini-batches.

    Args:
        out: the page.

    Returns:
        Its path.

    Raises:
        ZooError: the page cannot be written.

    Example:
        >>> minibatch()  # doctest: +SKIP
        PosixPath('minibatch.html')
    """
    path = page_path(out, "minibatch.html")
    images, labels, name = digits()
    best, bowl = landscape()
    pictures = [in_page(png(image.reshape(28, 28, 1))) for image in images[:: len(images) // SHOWN][:SHOWN]]
    orders = np.random.default_rng(865)
    document = {
        "sizes": SIZES,
        "rates": RATES,
        "points": POINTS,
        "best": best.tolist(),
        "bowl": bowl.tolist(),
        "least": float(np.mean((points()[0] * best[0] + best[1] - points()[1]) ** 2)),
        "walks": [[walk(size, rate).round(4).tolist() for rate in RATES] for size in SIZES],
        "scatter": scatter(images, labels),
        "learning": learning(images, labels),
        "orders": [orders.permutation(SHOWN).tolist() for _ in range(3)],
    }
    return write_explanation(
        path,
        "minibatch.html.jinja",
        document=document,
        pictures=pictures,
        contours=_contours(best, bowl),
        data=name,
        examples=len(images),
        command="zoo865 explain minibatch",
    )


def _contours(best: np.ndarray, bowl: np.ndarray) -> list[str]:
    """Where the error is higher than the least by so much: ellipses, as SVG's paths in units of the line."""
    around = np.linspace(0, 2 * np.pi, 73)[:-1]
    circle = np.linalg.inv(np.linalg.cholesky(bowl)).T @ np.stack([np.cos(around), np.sin(around)])
    rings = [best[:, None] + np.sqrt(above) * circle for above in 0.05 * 2.0 ** np.arange(9)]
    return ["M" + "L".join(f"{x:.3f},{y:.3f}" for x, y in ring.T) + "Z" for ring in rings]
