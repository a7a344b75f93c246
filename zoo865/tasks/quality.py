"""The quality of new images, measured against real ones by a reference classifier."""

import functools

import numpy as np

from zoo865.data.statistics import spread
from zoo865.errors import ZooError
from zoo865.metrics.generative import frechet_distance, kernel_distance, precision_and_recall
from zoo865.metrics.reference_classifier import COARSE, PIXELS, Pixels, ReferenceClassifier, Seen, reference_of
from zoo865.tasks.sampling import noise_of, sample_like

MOST = {"validation": 2_000, "test": 10_000, "train": 10_000}  # new images that are drawn for a split
MOST_REAL = 10_000  # real ones that are looked at
SURE = 0.9
KNOWS = 0.9  # accuracy on real images below which a judge's measures of new ones mean nothing
KNOWS_UNLABELLED = 0.8  # and where real images have no labels, the share of whose classes it is sure
LOOKED_AT = 2_000  # validation images, at most, that tell whether a judge knows them
FEWEST = {"train": 2, "validation": 2, "test": 4}  # real ones that distances, precision and recall are told by
NO_VARIETY = 0.02  # of what real images have
NOTHING_TO_LEARN = 1e-3  # nats: the discriminator is right with a probability of 99.9 %


def protocol(data) -> str:
    """How new images of these data are judged.

    Raises:
        ZooError: there are too few images, or the reference classifier is missing.
    """
    for split in FEWEST:
        if len(data.split(split)):  # of a folder that is measured on alone, all is test
            _enough(data, split)
    (judge, why), count = trusted_reference(data), len(data.test)
    if isinstance(judge, Pixels):
        return (
            f"No distance, precision or recall of new images is reported, because {why}. If a distance chose the "
            f"epoch, it was that of coarse pixels, {COARSE} x {COARSE}, which show no detail: judge by the pictures."
        )
    dark = ", binarized by sampling" if data.spec.image.binary else ""
    return (
        f"New images are judged by {judge.described}: as many as there are test images, at most {MOST['test']:,}, "
        f"drawn with NumPy's seed [865, {count}]{dark}. "
        "fid_floor is the FID of as many training images."
    )


def trusted_reference(data) -> tuple[ReferenceClassifier | Pixels, str]:
    """The reference classifier for these data; and why its measures would be meaningless, or "".

    A classifier that fails on real images may rate noise highly: it is tested on validation images first.

    Raises:
        ZooError: the reference classifier is missing.
    """
    judge = reference_of(data)
    if judge is PIXELS:
        return PIXELS, "no classifier of the zoo was trained on such images"
    share, wanted, does = _knowledge(judge, data.validation, next(iter(data.spec.inputs)), bool(data.spec.class_names))
    if share >= wanted:
        return judge, ""
    found = f"{share:.1%} of real validation images, less than {wanted:.0%}"
    return PIXELS, f"the reference classifier {judge.name} {does} {found}"


@functools.lru_cache(maxsize=4)
def _knowledge(judge: ReferenceClassifier, split, name: str, labelled: bool) -> tuple[float, float, str]:
    """The share of real images that a judge knows, the share that it must know, and what knowing is."""
    examples = spread(split, LOOKED_AT)
    seen = judge.look(examples[name])
    if labelled:
        return float((seen.probabilities.argmax(1) == examples["label"]).mean()), KNOWS, "recognizes"
    return _sure(seen), KNOWS_UNLABELLED, "is confident on"


def quality_of(model, data, split: str) -> dict[str, float]:
    """New images beside the real ones of a split.

    fid: the Frechet distance between features of both; without a reference classifier between their coarse pixels, for
    choosing an epoch, and not on test. pixel_diversity: how much new images differ from each other per pixel; 1 for
    real ones.

    On test also: samples, how many were drawn; and with a reference classifier: fid_floor, the FID of as many training
    images; kid, the kernel distance; precision and recall; confident_share, the share of new images classified with a
    probability above 0.9; confident_share_real, the same for real ones; min_class_share and max_class_share, the
    smallest and the largest share of a class among new images.

    Raises:
        ZooError: there are too few images, or the reference classifier is missing.
    """
    _enough(data, split)
    (judge, why), real = trusted_reference(data), data.split(split)
    (name,) = data.spec.inputs
    seen_real, deviation = _looked_at(judge, real, name, MOST_REAL)
    made = sample_like(data, model, noise_of(model, min(MOST[split], len(real)), seed=[865, len(real)]))
    variety = {"pixel_diversity": float(made.std(0).mean() / max(deviation, 1e-9))}
    if split == "test" and why:
        return {**variety, "samples": float(len(made))}
    seen = judge.look(made)
    measures = {"fid": frechet_distance(seen_real.features, seen.features), **variety}
    if split != "test":
        return measures
    seen_train, _ = _looked_at(judge, data.train, name, len(made))
    precision, recall = precision_and_recall(seen_real.features, seen.features)
    shares = np.bincount(seen.probabilities.argmax(1), minlength=seen.probabilities.shape[1]) / len(made)
    return measures | {
        "fid_floor": frechet_distance(seen_real.features, seen_train.features),
        "kid": kernel_distance(seen_real.features, seen.features),
        "precision": precision,
        "recall": recall,
        "samples": float(len(made)),
        "confident_share": _sure(seen),
        "confident_share_real": _sure(seen_real),
        "min_class_share": float(shares.min()),
        "max_class_share": float(shares.max()),
    }


@functools.lru_cache(maxsize=4)
def _looked_at(judge, split, name: str, count: int) -> tuple[Seen, float]:
    """What a judge sees in at most `count` images, spread over a split; and the mean deviation of their pixels."""
    images = spread(split, count)[name]
    return judge.look(images), float(images.std(0).mean())


def _enough(data, split: str):
    count, fewest = len(data.split(split)), FEWEST[split]
    if count < fewest:
        wrong = f"{data.name} has {count} {split} images; judging new images takes at least {fewest}"
        raise ZooError(wrong, "add pictures, a hundred or more")


def _sure(seen: Seen) -> float:
    return float((seen.probabilities.max(1) > SURE).mean())
