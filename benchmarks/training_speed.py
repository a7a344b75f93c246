"""How fast training goes: `zoo865 train` with everything on, against a bare `keras.Model.fit` and a PyTorch loop.

    python benchmarks/training_speed.py

One network for all: three blocks of 32, 64 and 128 channels, each a 3 x 3 convolution without bias, batch
normalisation, ReLU and 2 x 2 max pooling; then the average over places and a dense layer. Adam 1e-3, batch 128, one
pass over MNIST's training images, then the measures of 5,000 validation and 10,000 test images.

`zoo865 train` also shuffles by seed, shows progress, checks for NaN, writes a history and checkpoints with checksums.
The bare fit gets NumPy arrays. Both have Keras' batch normalisation; beside them `zoo865 train` has the zoo's, "fused",
which the zoo's systems have (zoo865/layers/batch_normalization.py). PyTorch (2.x, eager) runs float32, and bfloat16 by
autocast, both with channels last. Every turn builds its model anew, compilation included, as one training does.
"""

import tempfile

from interleave import from_command_line, interleaved, ratios, save


def build_three_blocks(*, image_shape: tuple[int, int, int], classes: int, fused: bool = False):
    """(batch, *image_shape) float32 in [0, 1] -> (batch, classes) logits; `fused`: the zoo's batch normalisation."""
    import keras
    from keras import layers

    from zoo865.layers.batch_normalization import BatchNormalization

    normalization = BatchNormalization if fused else layers.BatchNormalization
    image = x = keras.Input(image_shape, name="image")
    for channels in (32, 64, 128):
        x = layers.Conv2D(channels, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(normalization()(x))
        x = layers.MaxPooling2D()(x)
    logits = layers.Dense(classes, dtype="float32")(layers.GlobalAveragePooling2D()(x))
    return keras.Model(image, logits)


def arrays(data_name: str):
    """(images in [0, 1] float32, labels) of each split."""
    import numpy as np

    import zoo865

    data = zoo865.load_data(data_name)
    splits = (split.take(np.arange(len(split))) for split in (data.train, data.validation, data.test))
    return [(part["image"].astype("float32") / 255, part["label"]) for part in splits]


def zoo(data_name: str, precision: str, fused: bool):
    """`zoo865 train`."""
    import zoo865
    from zoo865.batches.shuffled import Shuffled
    from zoo865.tasks.image_classification import ImageClassification

    recipe = zoo865.Recipe(
        task=ImageClassification(),
        data=data_name,
        model=build_three_blocks,
        model_args={"fused": fused},
        batches=Shuffled(),
        batch_size=128,
        phases=(zoo865.Phase("train", 1, zoo865.Optimizer("adam", 1e-3)),),
        name="three_blocks",
    )

    def run(number):
        with tempfile.TemporaryDirectory() as folder:
            trained = zoo865.train(recipe, seed=number + 1, run_dir=f"{folder}/run", precision=precision)
            return trained.metrics["test"]["accuracy"]

    return run


def bare_fit(data_name: str):
    """`keras.Model.fit` on NumPy arrays."""
    import keras

    train, validation, test = arrays(data_name)

    def run(number):
        keras.utils.clear_session()
        keras.utils.set_random_seed(number + 1)
        model = build_three_blocks(image_shape=train[0].shape[1:], classes=10)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"], jit_compile=False)
        model.fit(*train, batch_size=128, validation_data=validation, validation_batch_size=512, verbose=0)
        return model.evaluate(*test, batch_size=512, verbose=0)[1]

    return run


def pytorch(data_name: str, bfloat16: bool):
    """An eager loop, channels last."""
    import torch
    from torch import nn

    splits = [
        (
            torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last),
            torch.tensor(labels),
        )
        for images, labels in arrays(data_name)
    ]

    def right(model, images, labels):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            answers = [model(part).argmax(1) for part in images.split(512)]
        return float((torch.cat(answers) == labels).float().mean())

    def run(number):
        torch.manual_seed(number + 1)
        blocks, before = [], splits[0][0].shape[1]
        for channels in (32, 64, 128):
            convolution = nn.Conv2d(before, channels, 3, padding=1, bias=False)
            blocks += [convolution, nn.BatchNorm2d(channels), nn.ReLU(), nn.MaxPool2d(2)]
            before = channels
        model = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))
        model = model.to(memory_format=torch.channels_last)
        optimizer = torch.optim.Adam(model.parameters(), 1e-3)
        images, labels = splits[0]
        order = torch.randperm(len(images))
        for places in order[: len(order) // 128 * 128].split(128):
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                loss = nn.functional.cross_entropy(model(images[places]), labels[places])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        return [right(model, *split) for split in splits[1:]][1]

    return run


def main(data_name: str, rounds: int):
    """Measures and saves."""
    ways = {
        "keras fit float32": (bare_fit, (data_name,)),
        "zoo865 float32": (zoo, (data_name, "float32", False)),
        "zoo865 auto": (zoo, (data_name, "auto", False)),
        "zoo865 float32, fused": (zoo, (data_name, "float32", True)),
        "zoo865 auto, fused": (zoo, (data_name, "auto", True)),
        "pytorch float32": (pytorch, (data_name, False)),
        "pytorch bfloat16": (pytorch, (data_name, True)),
    }
    measured = interleaved(ways, rounds)
    pairs = (
        ("zoo865 float32", "keras fit float32"),
        ("zoo865 float32", "zoo865 auto"),
        ("zoo865 float32, fused", "zoo865 auto, fused"),
        ("zoo865 float32", "zoo865 float32, fused"),
        ("zoo865 auto", "zoo865 auto, fused"),
        ("keras fit float32", "zoo865 auto, fused"),
        ("zoo865 auto, fused", "pytorch bfloat16"),
        ("zoo865 float32, fused", "pytorch float32"),
    )
    save("training_speed", data=data_name, ratios=ratios(measured, pairs), measured=measured)


if __name__ == "__main__":
    from_command_line(main, __doc__)
