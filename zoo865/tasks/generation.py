"""Generative models: new images like those of a data set, and likelihoods of images."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.errors import ZooError, nearest
from zoo865.inference import compiled, predictions
from zoo865.preprocessing import prepared
from zoo865.registry import task
from zoo865.tasks import quality
from zoo865.tasks.examples import serving
from zoo865.tasks.sampling import noise_of, sample, sample_noise
from zoo865.tasks.task import Part, Signature, Task

DECIDES = ("nats", "fid")
EXPLAINED = {
    "nats": "The mean negative log-likelihood of an image, or a bound on it; lower is better.",
    "bits_per_dim": "The same in bits per pixel.",
    "nats_importance_weighted": "A tighter bound on the same, by importance weighting.",
    "fid": "The Frechet distance between features of new and of real images; lower is better.",
    "fid_floor": "The FID of as many training images: a floor for generated ones.",
    "kid": "The kernel distance between the same features; around 0 if new and real images are indistinguishable.",
    "precision": "The share of new images that lie among real ones.",
    "recall": "The share of real images that lie among new ones.",
    "pixel_diversity": "How much new images differ from each other per pixel; 1 for real images.",
    "confident_share": "The share of new images classified with a probability above 90 %.",
    "confident_share_real": "The same for real images.",
    "min_class_share": "The share of the rarest class among new images.",
    "max_class_share": "The share of the most common class among new images.",
    "samples": "The number of new images measured.",
}
SIGHTS = 25  # images of an epoch's picture


@task
@dataclass(frozen=True)
class Generation(Task):
    """New images. What a model can do is measured, shown and exported:

    - `generate(noise)`, with `noise_input`: ("normal_noise" or "uniform_noise", the shape of one image's noise);
    - `encode(image)`, which gives mean and log variance of latents;
    - `decode(latent)`, with `latent_size`;
    - `complete(noise, image, known)`;
    - called on images it may give {"nats": (batch,)}, the negative log-likelihood of each or a bound on it, and have
      `importance_weighted(image, noise)`.

    Args:
        decides: the validation measure that selects the best epoch: "nats", or "fid", the Frechet distance between
            features of new and of real images.
        importance_samples: latents per test image for the importance-weighted likelihood (Burda, Grosse,
            Salakhutdinov 2016); 0 leaves it out.

    Raises:
        ZooError: an unknown measure, or a negative number of samples.

    Example:
        >>> Generation(decides="fid").monitor
        ('val_fid', 'min')
    """

    decides: str = "nats"
    importance_samples: int = 0

    unit: ClassVar = "images"
    usage: ClassVar = "generate RUN --out grid.png"
    shown_apart: ClassVar = ("discriminator_loss", "generator_loss")
    headline: ClassVar = ("nats", "bits_per_dim", "fid", "precision", "recall")
    explained: ClassVar = EXPLAINED
    loss_measure: ClassVar = "nats"

    def __post_init__(self):
        if self.decides not in DECIDES:
            raise ZooError(f"unknown measure {self.decides!r}", nearest(self.decides, DECIDES))
        if self.importance_samples < 0:
            raise ZooError(f"importance_samples must be at least 0, not {self.importance_samples}")

    @property
    def monitor(self) -> tuple[str, str]:
        """The monitored measure; lower is better."""
        return f"val_{self.decides}", "min"

    def model_args(self, spec) -> dict:
        """{"image_shape": (height, width, channels)}."""
        return {"image_shape": spec.image.shape}

    def measure(self, model, data, split: str) -> dict[str, float]:
        """For models with likelihoods, if these decide and on test: nats, the mean negative log-likelihood of an image
        or a bound on it; for binary pixels on test also bits_per_dim, the same in bits per pixel, and
        nats_importance_weighted. If fid decides and on test: the quality of new images (see
        `zoo865.tasks.quality.quality_of`).
        """
        measures = {}
        if self.decides == "nats" or (split == "test" and _tells_nats(model, data.spec)):
            nats = [outputs["nats"] for _, outputs in predictions(model, data.spec, data.split(split))]
            measures["nats"] = float(np.concatenate(nats).astype("float64").mean())
        if "nats" in measures and split == "test" and data.spec.image.binary:
            measures["bits_per_dim"] = measures["nats"] / math.log(2) / math.prod(data.spec.image.shape)
            if self.importance_samples:
                weighted = _importance_weighted(model, data.spec, data.split(split), self.importance_samples)
                measures["nats_importance_weighted"] = weighted
        if self.decides == "fid" or split == "test":
            measures |= quality.quality_of(model, data, split)
        return measures

    def protocol(self, model, data) -> str:
        """How new images are judged; see `zoo865.tasks.quality.protocol`.

        Raises:
            ZooError: likelihoods decide and the model has none; importance weighting is set and the model has no
                latents; or these data do not fit the model or the measures.
        """
        if self.decides == "nats" and not _tells_nats(model, data.spec):
            raise ZooError(f"{model.name} has no likelihood to choose epochs by", "--set task.decides=fid")
        if self.importance_samples and not hasattr(model, "importance_weighted"):
            raise ZooError(f"{model.name} has no latents for importance weighting", "--set task.importance_samples=0")
        shades = not data.spec.image.binary
        if shades and getattr(model, "binary_pixels", False):
            wrong = f"{model.name} models black and white pixels, but {data.name} has gray levels"
            raise ZooError(wrong, "use drawings with --set data_args.binarize=true")
        said = "Pixels have gray levels: nats are the training loss, not a likelihood. "
        return (said if shades and _tells_nats(model, data.spec) else "") + quality.protocol(data)

    def diverged(self, logs) -> str:
        """Why training has diverged, by an epoch's logs: mode collapse, or a discriminator that leaves the generator
        nothing to learn from; "" if it has not.
        """
        if logs.get("val_pixel_diversity", 1.0) < quality.NO_VARIETY:
            return "mode collapse: all new images look the same"
        if (loss := logs.get("discriminator_loss", 1.0)) < quality.NOTHING_TO_LEARN:
            return f"the discriminator was right on every image of the epoch (its loss is {loss:.1e})"
        return ""

    def sample_image(self, model) -> np.ndarray:
        """New images of the same noise at the end of every epoch, in a grid."""
        from zoo865.visualize.mosaic import mosaic

        return mosaic(sample(model, noise_of(model, SIGHTS, seed=0)))

    def report_sections(self, run) -> Iterator[Part]:
        """See zoo865/tasks/generation_report.py."""
        from zoo865.tasks.generation_report import sections

        return sections(run)

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """Those of these that the model supports. Output images are (batch, *image_shape) float32 in [0, 1].

        `encode`: uint8 images of any size -> `latent`.
        `nats`: uint8 images of any size -> `nats` (batch,) float32, if the model has exact likelihoods.
        `generate`: `normal_noise` or `uniform_noise` (batch, *shape) float32 -> `image`.
        `decode`: `latent` (batch, latent_size) float32 -> `image`.
        """

        def drawing(function, name, kind, shape, loops=False):
            some = sample_noise(kind, shape, 8, seed=0)
            made = lambda noise: {"image": function(noise)}  # noqa: E731
            return Signature(made, {name: ((None, *shape), "float32")}, {name: some}, loops=loops)

        found = {}
        if hasattr(model, "encode"):
            found["encode"] = serving(spec, examples, lambda seen: {"latent": model.encode(seen)[0]})
        elif _tells_nats(model, spec):
            found["nats"] = serving(spec, examples, lambda seen: {"nats": model(seen, training=False)["nats"]})
        name, shape = model.noise_input
        pixel_by_pixel = hasattr(model, "complete")
        found["generate"] = drawing(model.generate, name, name, shape, loops=pixel_by_pixel)
        if hasattr(model, "decode"):
            found["decode"] = drawing(model.decode, "latent", "normal_noise", (model.latent_size,))
        return found

    def decode(self, outputs, spec) -> list[dict]:
        """{"latent": [numbers that stand for the image]}, or {"nats": how unlikely it is, "bits_per_dim": the same in
        bits a pixel}.
        """
        if "latent" in outputs:
            return [{"latent": row.tolist()} for row in outputs["latent"]]
        bits = math.log(2) * math.prod(spec.image.shape)
        return [{"nats": float(nats), "bits_per_dim": float(nats) / bits} for nats in outputs["nats"]]


def _tells_nats(model, spec) -> bool:
    """Whether a model that is called on images says how unlikely they are; told without a step of its random states."""
    import keras

    told = model.compute_output_spec(keras.KerasTensor((1, *spec.image.shape)))
    return isinstance(told, dict) and "nats" in told


def _importance_weighted(model, spec, split, samples: int) -> float:
    """The mean over images of -log of the mean of their importance weights, in nats."""
    weights = compiled(model.importance_weighted)
    together = max(1, 2000 // samples)  # images: latents of one call fit the processor's memory
    shape, found = model.noise_input[1], []
    for start in range(0, len(split), together):
        indices = np.arange(start, start + together).clip(max=len(split) - 1)  # always as many, to compile once
        image = prepared(spec, split.take(indices))
        noise = np.random.default_rng([865, start]).standard_normal((samples, together, *shape), "float32")
        logs = np.asarray(weights(image, noise), "float64")
        highest = logs.max(0)
        found.append(highest + np.log(np.exp(logs - highest).mean(0)))
    return -float(np.concatenate(found)[: len(split)].mean())
