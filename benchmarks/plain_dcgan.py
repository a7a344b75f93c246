"""How good dcgan_mnist draws beside a plain DCGAN, at equal CPU seconds and at equal epochs.

    python benchmarks/plain_dcgan.py                # about three times the hour of a training, three times
    python benchmarks/plain_dcgan.py --seeds 0      # what is measured already is not measured again

The plain DCGAN is after keras.io's (https://keras.io/examples/generative/conditional_gan/, without the condition): a
generator of 128 channels, a discriminator of 64 and 128, LeakyReLU 0.2, Adam 3e-4, batch 64, no normalisation, noisy
labels, a `train_step` that trains one player after the other. It gets the CPU seconds that dcgan_mnist took, which
is then trained once more for the epochs that this made. The epoch is chosen by the validation images, for all alike;
test images are looked at once, by the judge mnist_cnn/1. One thread each.
"""

import argparse
import multiprocessing
import os
import time

from interleave import RESULTS, THREADS, save

RESULT = RESULTS / "plain_dcgan.json"
LATENT, BATCH = 128, 64


def zoo(seed: int, epochs: int | None) -> dict:
    """dcgan_mnist as it is published, or for so many epochs; its run stays in runs/."""
    import zoo865

    recipe = zoo865.get_recipe("dcgan_mnist").override({"epochs": epochs} if epochs else {})
    began = time.process_time()
    run = zoo865.train(recipe, seed=seed)
    seconds = time.process_time() - began
    fids = [row["val_fid"] for row in run.history]
    found = {"cpu_seconds": seconds, "epochs": len(fids), "validation_fid": fids, "test": run.metrics["test"]}
    return found | {"run": str(run.path)}


def plain(seed: int, cpu_seconds: float) -> dict:
    """The plain DCGAN, for so many CPU seconds of `fit`; what looks and measures is not counted."""
    import keras
    import numpy as np

    import zoo865
    from zoo865.tasks.quality import quality_of

    keras.utils.set_random_seed(seed)
    data = zoo865.load_data("mnist")
    images = data.train.take(np.arange(len(data.train)))["image"].astype("float32") / 255
    model, best, fids, spent = plain_dcgan(), None, [], 0.0
    while spent < cpu_seconds:
        began = time.process_time()
        model.fit(images, batch_size=BATCH, epochs=1, verbose=0)
        spent += time.process_time() - began
        fids.append(quality_of(model, data, "validation")["fid"])
        if fids[-1] == min(fids):
            best = model.generator.get_weights()
    model.generator.set_weights(best)
    return {"cpu_seconds": spent, "epochs": len(fids), "validation_fid": fids, "test": quality_of(model, data, "test")}


def plain_dcgan():
    """Both players, compiled."""
    import keras
    from keras import layers, ops

    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 3, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(128, 3, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.GlobalMaxPooling2D(),
            layers.Dense(1),
        ]
    )
    generator = keras.Sequential(
        [
            keras.Input((LATENT,)),
            layers.Dense(7 * 7 * 128),
            layers.LeakyReLU(0.2),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(128, 4, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.Conv2DTranspose(128, 4, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(1, 7, padding="same", activation="sigmoid"),
        ]
    )

    class PlainDCGAN(keras.Model):
        noise_input = ("normal_noise", (LATENT,))

        def __init__(self):
            super().__init__()
            self.discriminator, self.generator = discriminator, generator
            self.optimizers = [keras.optimizers.Adam(3e-4) for _ in range(2)]
            self.loss_of = keras.losses.BinaryCrossentropy(from_logits=True)

        def generate(self, noise):
            return self.generator(noise, training=False)

        def train_step(self, real):
            import tensorflow as tf

            count = ops.shape(real)[0]
            fake = self.generator(keras.random.normal((count, LATENT)))
            both = ops.concatenate([fake, real])
            labels = ops.concatenate([ops.ones((count, 1)), ops.zeros((count, 1))])
            labels += 0.05 * keras.random.uniform(ops.shape(labels))
            with tf.GradientTape() as tape:
                told = self.loss_of(labels, self.discriminator(both))
            self._step(tape, told, self.discriminator, self.optimizers[0])
            with tf.GradientTape() as tape:
                made = self.generator(keras.random.normal((count, LATENT)))
                fooled = self.loss_of(ops.zeros((count, 1)), self.discriminator(made))
            self._step(tape, fooled, self.generator, self.optimizers[1])
            return {"told": told, "fooled": fooled}

        def _step(self, tape, loss, player, optimizer):
            variables = player.trainable_variables
            optimizer.apply(tape.gradient(loss, [variable.value for variable in variables]), variables)

    model = PlainDCGAN()
    model.compile(jit_compile=False)
    for optimizer, player in zip(model.optimizers, (discriminator, generator), strict=True):
        optimizer.build(player.trainable_variables)
    return model


def alone(function, *arguments) -> dict:
    """What a function gives in a fresh process of one thread."""
    os.environ |= dict.fromkeys(THREADS, "1") | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def main(seeds):
    """Trains what is missing, writes results/plain_dcgan.json after each training."""
    from zoo865.files import read_json

    runs = read_json(RESULT)["runs"] if RESULT.is_file() else {}

    def once(name, function, *arguments):
        if name not in runs:
            runs[name] = alone(function, *arguments)
            save("plain_dcgan", threads=1, runs=runs, summary=summary(runs))
        return runs[name]

    for seed in seeds:
        best = once(f"zoo {seed}", zoo, seed, None)
        peer = once(f"plain {seed}", plain, seed, best["cpu_seconds"])
        once(f"zoo, equal epochs {seed}", zoo, seed, peer["epochs"])


def summary(runs) -> dict:
    """Way -> measure -> its values over seeds, in their order."""
    found = {}
    for name, run in sorted(runs.items()):
        way = found.setdefault(name.rpartition(" ")[0], {})
        for measure in (
            "fid",
            "fid_floor",
            "precision",
            "recall",
            "confident_share",
            "min_class_share",
            "max_class_share",
        ):
            way.setdefault(measure, []).append(run["test"][measure])
        way.setdefault("cpu_seconds", []).append(run["cpu_seconds"])
        way.setdefault("epochs", []).append(run["epochs"])
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    main(parser.parse_args().seeds)
