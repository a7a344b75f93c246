"""The named sets of small pictures that TensorFlow Datasets serves."""

import os
from pathlib import Path

import numpy as np

from zoo865.data.features import Image, Label
from zoo865.data.spec import Arrays, Data, Spec, Split
from zoo865.data.statistics import cut, labels_of
from zoo865.errors import ZooError
from zoo865.registry import dataset

SMALL = (28, 28, 1)
CLOTHES = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


DIGITS = Spec({"image": Image(SMALL, ink="light", ink_margin=4)}, {"label": Label(tuple("0123456789"))})
FASHION = Spec({"image": Image(SMALL, ink="light", ink_margin=0)}, {"label": Label(CLOTHES)})


@dataset
def mnist() -> Data:
    """Handwritten digits: 70,000 grey images of 28 x 28, light ink on dark (LeCun, Cortes, Burges 1998)."""
    return _with_validation("mnist", DIGITS, "MNIST (LeCun, Cortes, Burges 1998), CC BY-SA 3.0.")


@dataset
def fashion_mnist() -> Data:
    """Articles of clothing: 70,000 grey images of 28 x 28, light on dark (Xiao, Rasul, Vollgraf 2017)."""
    return _with_validation("fashion_mnist", FASHION, "Fashion-MNIST (Xiao, Rasul, Vollgraf 2017), MIT licence.")


@dataset
def mnist_apart() -> Data:
    """MNIST with classes apart: digits 0 to 4 to learn and to validate, 5 to 9 to test."""
    data = mnist()

    def of(split: Split, digits) -> Arrays:
        return Arrays(**split.take(np.flatnonzero(np.isin(labels_of(split), digits))))

    return Data(
        "mnist_apart",
        data.spec,
        train=of(data.train, range(5)),
        validation=of(data.validation, range(5)),
        test=of(data.test, range(5, 10)),
        about=f"{data.about} Digits 0 to 4 alone are learned and validate, 5 to 9 alone test.",
    )


mnist.spec, fashion_mnist.spec, mnist_apart.spec = DIGITS, FASHION, DIGITS


def _with_validation(name: str, spec: Spec, about: str) -> Data:
    """The set with 5,000 validation examples cut from its training examples."""
    train, test = (tfds_arrays(name, split) for split in ("train", "test"))
    kept, validation = cut(train.arrays["label"], 5000)
    about += " Validation: 5,000 of the 60,000 training images, stratified, seed 865."
    return Data(name, spec, Arrays(**train.take(kept)), Arrays(**train.take(validation)), test, about)


def tfds_arrays(name: str, split: str) -> Arrays:
    """A split of a set that TensorFlow Datasets has prepared or can download.

    Raises:
        ZooError: it is not prepared and cannot be downloaded; says which directory was searched.
    """
    import tensorflow_datasets as tfds

    directory = tfds_directory()
    try:
        arrays = tfds.load(name, split=split, data_dir=directory, download=False, batch_size=-1)
    except Exception as missing:  # TFDS raises several kinds, AssertionError and its own among them
        if not _online():
            raise ZooError(
                f"data set {name!r} is not in {directory}, and there is no network to download it",
                "set TFDS_DATA_DIR to where it is, go online once, or try --data mnist_sample or generated_digits",
            ) from missing
        arrays = tfds.load(name, split=split, data_dir=directory, batch_size=-1)
    return Arrays(**tfds.as_numpy(arrays))


def tfds_directory() -> Path:
    """Where TensorFlow Datasets keeps what it has prepared."""
    import tensorflow_datasets as tfds

    return Path(os.environ.get("TFDS_DATA_DIR", tfds.core.constants.DATA_DIR)).expanduser()


def _online() -> bool:
    """Whether the host that serves the sets answers within a second; without it TFDS hangs for minutes."""
    import socket

    try:
        socket.create_connection(("storage.googleapis.com", 443), timeout=1).close()
    except OSError:
        return False
    return True
