"""Seconds of training until a saved checkpoint is right on 99.0 % of MNIST's test images.

    python benchmarks/time_to_accuracy.py

`mnist_fast` runs as it is; what it ends with has to be right on 99.0 %, else that seed did not reach it. The peer is
the recipe of keras.io (https://keras.io/examples/vision/mnist_convnet/: convolution 32, pooling, convolution 64,
pooling, dropout 0.5, dense; Adam 1e-3, batch 128, NumPy arrays, plain `fit`) with a checkpoint after every epoch, on
the same training images. Test accuracy is scored afterwards, from the files. Seconds are those of training: building,
compiling, fitting, and for `mnist_fast` also its measures of validation examples and its checkpoints; loading the
images, and scoring, are in neither.
"""

import argparse
import tempfile
from pathlib import Path

from interleave import Clock, interleaved, ratios, save

TARGET = 0.99
FIRST_SEED = 30  # no smaller one: those helped to choose the recipe


def zoo(name: str, precision: str):
    """The zoo's recipe."""
    import zoo865
    from zoo865.training import loop

    recipe = zoo865.get_recipe(name)
    data = loop.load(recipe)
    loop.load = lambda recipe: data  # reading the images is not training
    measure = loop.measure_at_the_end

    def run(number):
        clock, ended = Clock(), {}

        def measure_later(run, **arguments):  # nor is scoring
            ended.update(clock.read())
            measure(run, **arguments)

        loop.measure_at_the_end = measure_later
        with tempfile.TemporaryDirectory() as folder:
            trained = zoo865.train(recipe, seed=FIRST_SEED + number, run_dir=f"{folder}/run", precision=precision)
            accuracy = trained.metrics["test"]["accuracy"]
        return {**ended, "accuracy": accuracy, "reached": accuracy >= TARGET}

    return run


def keras_io(epochs: int):
    """The recipe of keras.io."""
    import keras
    import numpy as np
    from keras import layers

    import zoo865

    data = zoo865.load_data("mnist")
    train, test = (split.take(np.arange(len(split))) for split in (data.train, data.test))
    images, labels = train["image"].astype("float32") / 255, keras.utils.to_categorical(train["label"])

    def build():
        convolutions = [layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D()]
        convolutions += [layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D()]
        head = [layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")]
        return keras.Sequential([keras.Input((28, 28, 1)), *convolutions, *head])

    def run(number):
        keras.utils.clear_session()
        keras.utils.set_random_seed(FIRST_SEED + number)
        clock, stamps = Clock(), []
        with tempfile.TemporaryDirectory() as folder:
            save_epoch = keras.callbacks.ModelCheckpoint(f"{folder}/{{epoch:02}}.weights.h5", save_weights_only=True)
            stamp = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: stamps.append(clock.read()))
            model = build()
            model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
            model.fit(images, labels, batch_size=128, epochs=epochs, callbacks=[save_epoch, stamp], verbose=0)
            accuracies = []
            for file in sorted(Path(folder).glob("*.h5")):
                model.load_weights(file)
                answers = model.predict(test["image"].astype("float32") / 255, batch_size=512, verbose=0).argmax(-1)
                accuracies.append(float((answers == test["label"]).mean()))
        first = next((epoch for epoch, accuracy in enumerate(accuracies) if accuracy >= TARGET), len(accuracies) - 1)
        reached = accuracies[first] >= TARGET
        return {**stamps[first], "epochs": first + 1, "accuracies": accuracies, "reached": reached}

    return run


def main(rounds: int, precision: str, epochs: int):
    """Measures seeds 30, 31, ... and saves."""
    ways = {"keras.io": (keras_io, (epochs,)), "mnist_fast": (zoo, ("mnist_fast", precision))}
    measured = {name: [turn["result"] for turn in turns] for name, turns in interleaved(ways, rounds, 0).items()}
    reached = {name: all(found["reached"] for found in seeds) for name, seeds in measured.items()}
    found = ratios(measured, [("keras.io", "mnist_fast")])
    save("time_to_accuracy", target=TARGET, precision=precision, reached=reached, ratios=found, measured=measured)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="seeds 30, 31, ...")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--epochs", type=int, default=12, help="of the recipe of keras.io, at most")
    arguments = parser.parse_args()
    main(arguments.rounds, arguments.precision, arguments.epochs)
