"""Making new examples like those of a data set."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from keras import ops

from zoo865.tasks.images import as_model_sees, parse_picture, training_batch
from zoo865.tasks.outputs import outputs_of
from zoo865.tasks.task import Exhibit, Signature
from zoo865.visualize.grids import image_grid


@dataclass(frozen=True)
class Generation:
    """New images from noise. Models have `latent_size` and `generate`, `encode`, `decode`; called on images they give
    {"nats": (batch,)}, a bound on the negative log-likelihood of each.
    """

    monitor: ClassVar = ("val_nats", "min")
    unit: ClassVar = "images"
    ask_with: ClassVar = "predict RUN FILE"
    asks: ClassVar = "encode"

    def model_args(self, spec) -> dict:
        """{"image_shape": (height, width, channels)}."""
        return {"image_shape": spec.image_shape}

    def compile_args(self, spec) -> dict:
        """Nothing: the model has its own `compute_loss`."""
        return {}

    def measure(self, model, data, split: str) -> dict[str, float]:
        """nats: the mean bound on the negative log-likelihood of an image; lower is better."""
        nats = [outputs["nats"] for _, outputs in outputs_of(model, data.split(split))]
        return {"nats": float(np.concatenate(nats).astype("float64").mean())}

    def show(self, run) -> Iterator[Exhibit]:
        """A training batch, new images, test images beside their reconstructions."""
        yield training_batch(run, "25 images of the first batch.")
        noise = np.random.default_rng(0).standard_normal((25, run.model.latent_size)).astype("float32")
        samples = ops.convert_to_numpy(run.model.generate(noise))
        yield Exhibit("samples", "New images", "Drawn from noise; nobody wrote these.", image_grid(samples))
        some = np.linspace(0, len(run.data.test) - 1, 16).astype(int)
        images = run.data.test.take(some)["image"].astype("float32") / 255
        again = ops.convert_to_numpy(run.model.decode(run.model.encode(images)[0]))
        pairs = [
            row for start in range(0, len(images), 8) for row in (images[start : start + 8], again[start : start + 8])
        ]
        caption = f"Rows in pairs: test images, and below them what {run.model.latent_size} numbers tell of each."
        yield Exhibit("reconstructions", "Reconstructions", caption, image_grid(np.concatenate(pairs), columns=8))

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`generate`: noise to images. `encode`: uint8 images of any size to latents. `decode`: latents to images.

        Noise and latents are (batch, latent_size) float32, images out (batch, *image_shape) float32 in [0, 1].
        """
        latent = np.random.default_rng(0).standard_normal((8, model.latent_size)).astype("float32")
        vector, picture = ((None, model.latent_size), "float32"), ((None, None, None, spec.image_shape[2]), "uint8")
        return {
            "generate": Signature(lambda noise: {"image": model.generate(noise)}, {"noise": vector}, {"noise": latent}),
            "encode": Signature(
                lambda image: {"latent": model.encode(as_model_sees(image, spec))[0]},
                {"image": picture},
                {"image": examples["image"]},
            ),
            "decode": Signature(lambda latent: {"image": model.decode(latent)}, {"latent": vector}, {"latent": latent}),
        }

    def parse(self, given, spec):
        """A picture file, PIL image or array as {"image": ...}, and notes; see `parse_picture`."""
        return parse_picture(given, spec)

    def answer(self, outputs, spec) -> list[dict]:
        """{"latent": [numbers that stand for the image]}."""
        return [{"latent": row.tolist()} for row in outputs["latent"]]
