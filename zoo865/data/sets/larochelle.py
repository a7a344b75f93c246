"""Larochelle's binarised MNIST, the version on which papers report likelihoods."""

from pathlib import Path

import numpy as np

from zoo865.data.features import Image
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.errors import ZooError

FILES = {split: f"binarized_mnist_{split}.amat" for split in ("train", "valid", "test")}


def is_larochelle(folder) -> bool:
    """Whether a folder holds the files."""
    return (Path(folder) / FILES["train"]).is_file()


def larochelle(folder) -> Data:
    """The digits in a folder's binarized_mnist_train.amat, _valid.amat and _test.amat: an image a line, 784 of 0 and 1.

    Pixels were drawn once with the probability of their brightness (Salakhutdinov and Murray 2008; Larochelle and
    Murray 2011). They have no labels.

    Raises:
        ZooError: a file is missing, or holds something else.
    """
    spec = Spec({"image": Image((28, 28, 1), ink="light", ink_margin=4, binary=True)})
    train, validation, test = (_read(Path(folder) / file) for file in FILES.values())
    sizes = ", ".join(f"{len(split):,}" for split in (train, validation, test))
    about = f"MNIST, binarised by Larochelle (Larochelle and Murray 2011), files in {folder}: {sizes} images."
    return Data(str(folder), spec, train, validation, test, about)


def _read(path: Path) -> Arrays:
    try:
        lines = path.read_bytes().split(b"\n")
        digits = np.array(
            [np.frombuffer(line.replace(b" ", b""), "uint8") - ord("0") for line in lines if line.strip()]
        )
        if digits.ndim != 2 or digits.shape[1] != 28 * 28 or digits.max() > 1:
            raise ValueError("its lines are not 784 zeros and ones")
    except (OSError, ValueError) as error:
        raise ZooError(f"cannot read {path}: {error}", "copy Larochelle's three files again") from error
    return Arrays(image=(digits * np.uint8(255)).reshape(-1, 28, 28, 1))
