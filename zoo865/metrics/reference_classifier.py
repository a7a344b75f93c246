"""Who looks at made images: a published classifier of the zoo; where there is none for them, their coarse pixels."""

import functools
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from zoo865.data.sets.larochelle import is_larochelle
from zoo865.errors import ZooError
from zoo865.files import read_json
from zoo865.runs.store import check_files, find_published

AT_ONCE = 500  # images that are looked at together
MNIST = ("mnist_cnn", 1, "9dfcedf827f7ff47984fefa13fae83c8c4b42bfd6f94fab5d57c3b4f11c89e72")
FASHION = ("fashion_cnn", 1, "4ce38977fe1ea98fe743357dcd80d5783f895f14892fdd2f3552b25428bec863")
# Data set -> name, version and SHA-256 of the weights: figures of another judge are other figures.
CLASSIFIERS = {"mnist": MNIST, "mnist_sample": MNIST, "generated_digits": MNIST, "fashion_mnist": FASHION}
COARSE = 8  # rows and columns of what is left of an image where no classifier knows it


@dataclass(frozen=True)
class Seen:
    """What a judge sees in images.

    Args:
        features: (images, numbers) float32.
        probabilities: (images, classes) float32; (images, 0) where the judge knows no classes.
    """

    features: np.ndarray
    probabilities: np.ndarray


class ReferenceClassifier:
    """A published classifier: features are what its last layer reads.

    Args:
        name, version: of the published model.
        sha256: of its weights.

    Raises:
        ZooError: it is missing, its files are not those of its card, or the weights are others than asked for.
    """

    def __init__(self, name: str, version: int, sha256: str):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow as tf

        path = find_published(name, version)
        if path is None:
            wrong = f"the reference classifier {name}/{version}, which judges new images, is missing"
            raise ZooError(wrong, f"copy saved_models/{name}/{version} from a checkout of zoo865")
        check_files(path)
        weights = {file["path"]: file["sha256"] for file in read_json(path / "card.json")["files"]}["model.weights.h5"]
        if weights != sha256:
            raise ZooError(f"{path} has other weights than the reference classifier", f"restore {name}/{version}")
        self.name, self._constant = f"{name}/{version}", tf.constant
        self.described = f"{self.name} (weights {sha256[:12]}), by the inputs of its last layer"
        # In a thread: what this one makes while a model is trained on several devices is spread over them.
        with ThreadPoolExecutor(1) as threads:
            self._loaded = threads.submit(tf.saved_model.load, str(path)).result()
        self._look = self._loaded.signatures["features"]  # which does not keep its variables alive

    def look(self, images) -> Seen:
        """At images, (images, height, width, 1) uint8."""
        found = [self._look(image=self._constant(images[i : i + AT_ONCE])) for i in range(0, len(images), AT_ONCE)]
        return Seen(*(np.concatenate([one[name].numpy() for one in found]) for name in ("features", "probabilities")))


class Pixels:
    """No judge: images averaged to 8 x 8 pixels. It sees where there is light and colour, and no detail."""

    name = "pixels"

    def look(self, images) -> Seen:
        """At images, (images, height, width, channels) uint8."""
        for axis in (1, 2):
            edges = np.linspace(0, images.shape[axis], COARSE + 1).astype(int)
            parts = [images.take(range(a, max(b, a + 1)), axis) for a, b in itertools.pairwise(edges)]
            images = np.stack([part.mean(axis, dtype="float32") for part in parts], axis)
        return Seen(images.reshape(len(images), -1) / 255, np.zeros((len(images), 0), "float32"))


PIXELS = Pixels()


def reference_of(data) -> ReferenceClassifier | Pixels:
    """The judge of a data set's images.

    Raises:
        ZooError: the judge's files are missing or changed: figures of another one would be other figures.
    """
    known = MNIST if is_larochelle(data.name) else CLASSIFIERS.get(data.name)
    return _classifier(*known) if known and data.spec.image.shape[2] == 1 else PIXELS


@functools.cache
def _classifier(name, version, sha256) -> ReferenceClassifier:
    return ReferenceClassifier(name, version, sha256)
