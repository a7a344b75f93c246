"""How well mobilenet_v2 learns a person's photos, and how fast, beside what else one could do.

    python benchmarks/finetune.py --photos cats_vs_dogs/ --weights FILE                 # a folder with test/
    python benchmarks/finetune.py --photos cars/ --weights FILE --folds 5               # few photos: cross-validated
    python benchmarks/finetune.py --photos cats_vs_dogs/ --weights FILE --race          # seconds, beside plain Keras

Ways: "zoo", the recipe as it is, from the command to report and export; "linear", logistic regression (scikit-learn,
its strength chosen by 5 folds of the training photos) on the averages that the frozen network ends with; "scratch", the
same network from random weights, all of it learning, 30 epochs.

The race is against a fine-tune as Keras' guide writes it (https://keras.io/guides/transfer_learning/): flips and turns,
the frozen network forward in every step under a new head, Adam 1e-3, 20 epochs; then all of it, Adam 1e-5, 10 epochs,
batch normalisation in inference mode. Both see the same training photos in the same size. Counted are the seconds until
the best validation accuracy of the plain way is reached, in both; reading the photos is in neither.

results/finetune.json keeps what was measured; a way that is in it is not measured again.
"""

import argparse
import multiprocessing
import os
import tempfile
from pathlib import Path

from interleave import CORES, RESULTS, THREADS, Clock, interleaved, ratios, save

RESULT = RESULTS / "finetune.json"
SCRATCH = {
    "model_args.weights": None,
    "phases.head.epochs": 1,
    "phases.blocks.epochs": 30,
    "phases.blocks.cache_at": "",
    "phases.blocks.patience": None,
    "phases.blocks.max_steps": None,
    "phases.blocks.train": ["*"],
    "phases.blocks.optimizer.learning_rate": 3e-3,
    "phases.blocks.optimizer.schedule": "cosine",
    "phases.all.epochs": 1,
    "phases.all.cache_at": "",
    "phases.all.optimizer.learning_rate": 0,
}


def settings(photos: str, weights: str, size: int) -> dict:
    """Of the recipe, for these photos."""
    return {"data": photos, "model_args.weights": weights, "data_args.image_shape": [size, size, 3]}


def zoo(photos, weights, size, seed, folds, more=None) -> dict:
    """The recipe from the command to report and export; its test measures."""
    import zoo865

    recipe = zoo865.get_recipe("mobilenet_v2").override(settings(photos, weights, size) | (more or {}))
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        if folds:
            summary = zoo865.make_folds(recipe, folds, seed=seed, run_dir=f"{folder}/folds")
            return {"test": {name: found["mean"] for name, found in summary["test"].items()}, **clock.read()}
        run = zoo865.make(recipe, seed=seed, run_dir=f"{folder}/run")
        return {"test": run.metrics["test"], "validation": run.metrics["validation"], **clock.read()}


def linear(photos, weights, size, seed, folds) -> dict:
    """Logistic regression on the averages of the last map."""
    import keras
    import numpy as np
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    import zoo865
    from zoo865.metrics.intervals import interval
    from zoo865.models.mobilenet_v2 import build_mobilenet_v2

    right = []
    network = build_mobilenet_v2(image_shape=(size, size, 3), classes=2, weights=weights)
    look = keras.Model(network.inputs, network.get_layer("average").output)
    for fold in [(number, folds) for number in range(1, folds + 1)] if folds else [None]:
        data = zoo865.load_data(photos, image_shape=(size, size, 3), crop=True, fold=fold)
        parts = [data.split(name).take(np.arange(len(data.split(name)))) for name in ("train", "validation", "test")]
        features = [look.predict(part["image"].astype("float32") / 255, verbose=0) for part in parts]
        labels = [part["label"] for part in parts]
        classifier = make_pipeline(StandardScaler(), LogisticRegressionCV(Cs=10, cv=5, max_iter=1000))
        classifier.fit(np.concatenate(features[:2]), np.concatenate(labels[:2]))
        right.extend(classifier.predict(features[2]) == labels[2])
    low, high = interval(np.mean(right), len(right))
    return {"test": {"accuracy": float(np.mean(right)), "accuracy_low": low, "accuracy_high": high}}


def scratch(photos, weights, size, seed, folds) -> dict:
    """The same network from random weights."""
    return zoo(photos, weights, size, seed, folds, SCRATCH)


def race_zoo(photos, weights, size):
    """Stamps of every epoch of the recipe."""
    import zoo865
    from zoo865.training import loop

    recipe = zoo865.get_recipe("mobilenet_v2").override(settings(photos, weights, size))
    data = loop.load(recipe)
    loop.load = lambda recipe: data  # reading the photos is not training
    write = loop.WriteHistory

    def run(number):
        clock, stamps = Clock(), []

        class Stamped(write):
            def on_epoch_end(self, epoch, logs=None):
                super().on_epoch_end(epoch, logs)
                stamps.append({**clock.read(), "val_accuracy": logs["val_accuracy"]})

        loop.WriteHistory = Stamped
        with tempfile.TemporaryDirectory() as folder:
            run = zoo865.train(recipe, seed=number, run_dir=f"{folder}/run")
            return {"stamps": stamps, "test": run.metrics["test"]["accuracy"]}

    return run


def race_plain(photos, weights, size):
    """Stamps of every epoch of a fine-tune as Keras' guide writes it."""
    import keras
    import numpy as np
    from keras import layers

    import zoo865

    data = zoo865.load_data(photos, image_shape=(size, size, 3), crop=True)
    parts = {name: data.split(name).take(np.arange(len(data.split(name)))) for name in ("train", "validation", "test")}

    def run(number):
        clock, stamps = Clock(), []
        keras.utils.set_random_seed(number)
        base = keras.applications.MobileNetV2(include_top=False, input_shape=(size, size, 3), weights=weights)
        base.trainable = False
        photo = x = keras.Input((size, size, 3))
        for layer in (layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.Rescaling(1 / 127.5, -1)):
            x = layer(x)
        x = layers.GlobalAveragePooling2D()(base(x, training=False))
        model = keras.Model(photo, layers.Dense(len(data.spec.class_names))(layers.Dropout(0.2)(x)))
        stamp = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: stamps.append({**clock.read(), "val_accuracy": logs["val_accuracy"]})
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        held_out = parts["validation"]["image"], parts["validation"]["label"]
        for rate, epochs in ((1e-3, 20), (1e-5, 10)):
            model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
            fitted = parts["train"]["image"], parts["train"]["label"]
            model.fit(*fitted, batch_size=32, epochs=epochs, validation_data=held_out, callbacks=[stamp], verbose=0)
            base.trainable = True
        test = model.evaluate(parts["test"]["image"], parts["test"]["label"], verbose=0)[1]
        return {"stamps": stamps, "test": test}

    return run


def race(photos, weights, size) -> dict:
    """Seconds of both until the plain way's best validation accuracy; each in a process of its own, in turn."""
    ways = {"plain Keras": (race_plain, (photos, weights, size)), "zoo": (race_zoo, (photos, weights, size))}
    found = {name: turns[0]["result"] for name, turns in interleaved(ways, rounds=1, warm_ups=0).items()}
    goal = max(stamp["val_accuracy"] for stamp in found["plain Keras"]["stamps"])
    reached = {
        name: next((stamp for stamp in one["stamps"] if stamp["val_accuracy"] >= goal), None)
        for name, one in found.items()
    }
    fewer = ratios({name: [stamp] for name, stamp in reached.items()}, [("plain Keras", "zoo")])
    return {"goal": goal, "reached": reached, "ratios": fewer, "measured": found}


def alone(function, *arguments) -> dict:
    """What a function gives in a fresh process."""
    os.environ |= dict.fromkeys(THREADS, str(CORES)) | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def main(photos, weights, size, seeds, folds, ways, against_plain):
    """Measures what is missing, writes results/finetune.json after each way."""
    from zoo865.files import read_json

    runs = read_json(RESULT)["runs"] if RESULT.is_file() else {}
    name = Path(photos).resolve().name
    wanted = [(f"{way}, {name}, {size} px, seed {seed}", way, seed) for way in ways for seed in seeds]
    if against_plain:
        wanted = [(f"race, {name}, {size} px", "race", 0)]
    for key, way, seed in wanted:
        if key in runs:
            continue
        if way == "race":
            runs[key] = race(photos, weights, size)
        else:
            runs[key] = alone(globals()[way], photos, weights, size, seed, folds)
        save("finetune", runs=runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, help="a folder, a sub-folder a class; or train/ and test/ with such")
    parser.add_argument("--weights", required=True, help="a file of MobileNetV2's ImageNet weights, alpha 1.0")
    parser.add_argument("--size", type=int, default=224, help="pixels of a side")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--folds", type=int, help="cross-validate with so many")
    parser.add_argument("--ways", nargs="+", default=["zoo", "linear", "scratch"])
    parser.add_argument("--race", action="store_true", help="seconds, beside plain Keras")
    given = parser.parse_args()
    main(given.photos, given.weights, given.size, given.seeds, given.folds, given.ways, given.race)
