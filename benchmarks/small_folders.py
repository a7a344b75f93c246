"""How well mobilenet_v2 learns small folders whose classes are of unequal size, beside an earlier build.

    git worktree add ../before 0c3cbb3
    python benchmarks/small_folders.py --before ../before --weights FILE --photos cats_vs_dogs/ cars_tesla_toyota/

0c3cbb3 is the last build that kept the epoch which a tenth of such a folder chose, and weighted the classes. Both
builds train on the same folders: for each of ten draws, and of two sets, photos of the training part, so many a class:

"photos": the classes of all --photos folders together, 50, 40, 30 and 12 photos; tested on all photos of their test/
(of the smallest classes, so few that their share of a draw's balanced accuracy is chance), and, as a second measure, on
all photos that the draw has left over, of train/ and test/.
"fashion": six kinds of clothes of Fashion-MNIST that are hard to tell apart (and trousers, which are not), 50, 40, 30,
12, 30 and 12 of them; tested on their 6,000 official test images.

Which class has which number goes on by one with every draw. What lies below the blocks that learn never changes, so
that it is computed once for the test images. The measure is balanced accuracy, the mean over classes; the gain's
interval is Student's, over the draws, paired.
results/small_folders.json keeps what was measured; what is in it is not
measured again.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from interleave import RESULTS, THREADS, save

HERE = Path(__file__).parents[1]
DRAWS = 10
BELOW = "block_12_add"  # the layer up to which neither build trains
NUMBERS = {"photos": (50, 40, 30, 12), "fashion": (50, 40, 30, 12, 30, 12)}
CLOTHES = {"T-shirt": 0, "Trouser": 1, "Pullover": 2, "Dress": 3, "Coat": 4, "Shirt": 6}


def photos_of(folders, part: str) -> dict[str, list[Path]]:
    """Class -> its photos in train/ or test/, of all folders."""
    classes = [path for folder in folders for path in (Path(folder) / part).iterdir() if path.is_dir()]
    return {path.name: sorted(path.iterdir()) for path in sorted(classes, key=lambda path: path.name)}


def clothes_of(folder: Path, part: str) -> dict[str, list[Path]]:
    """Class -> its images, written as PNG where they are not yet."""
    from PIL import Image

    if not (folder / part).is_dir():
        import tensorflow_datasets as tfds

        images, labels = tfds.as_numpy(tfds.load("fashion_mnist", split=part, batch_size=-1, as_supervised=True))
        for name, label in CLOTHES.items():
            (folder / part / name).mkdir(parents=True)
            for number in np.flatnonzero(labels == label):
                Image.fromarray(images[number, ..., 0]).save(folder / part / name / f"{number:05}.png")
    return photos_of([folder], part)


def write_draw(folder: Path, train: dict, test: dict, numbers, draw: int) -> set[Path]:
    """Copies a draw's photos; a pure function of `draw`. Of the test photos three a class, which a folder must have.

    Returns:
        The photos that train.
    """
    trained = set()
    random = np.random.default_rng([865, draw])
    for place, (name, paths) in enumerate(train.items()):
        count = numbers[(place + draw) % len(numbers)]
        for part, chosen in (("train", random.choice(len(paths), count, replace=False)), ("test", range(3))):
            (folder / part / name).mkdir(parents=True)
            for number in chosen:
                path = (train if part == "train" else test)[name][number]
                shutil.copy(path, folder / part / name)
                if part == "train":
                    trained.add(path)
    return trained


def measure(which: str, weights: str, folders, clothes: Path, draws):
    """Trains on each draw, prints a line of JSON for it. The package is what PYTHONPATH says."""
    import keras

    import zoo865
    from zoo865.data.pictures import read
    from zoo865.models.mobilenet_v2 import build_mobilenet_v2

    train, test = ((photos_of(folders, p) if which == "photos" else clothes_of(clothes, p)) for p in ("train", "test"))
    network = build_mobilenet_v2(image_shape=(224, 224, 3), classes=2, weights=weights)
    below = keras.Model(network.inputs, network.get_layer(BELOW).output)
    asked = [test, train] if which == "photos" else [test]
    paths, given = [path for of in asked for one in of.values() for path in one], []
    labels = np.concatenate([np.repeat(range(len(of)), [len(one) for one in of.values()]) for of in asked])
    in_test = np.arange(len(paths)) < sum(len(one) for one in test.values())
    for start in range(0, len(paths), 32):
        images = np.stack([read(path, 3, (224, 224), crop=True) for path in paths[start : start + 32]])
        given.append(below.predict_on_batch(images.astype("float32") / 255).astype("float16"))
    given = np.concatenate(given)
    recipe = getattr(zoo865, "get_recipe", None) or zoo865.find  # as the earlier build calls it
    for draw in draws:
        with tempfile.TemporaryDirectory() as folder:
            photos = Path(folder) / "photos"
            trained = write_draw(photos, train, test, NUMBERS[which], draw)
            settings = {"data": str(photos), "model_args.weights": weights, "data_args.smallest": 28}
            cpu, wall = time.process_time(), time.perf_counter()
            run = zoo865.train(recipe("mobilenet_v2").override(settings), seed=draw, run_dir=f"{folder}/run")
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            above = keras.Model(run.model.get_layer(BELOW).output, run.model.output)
            answers = above.predict(given, batch_size=64, verbose=0).argmax(-1)
            left = np.array([path not in trained for path in paths])
            found = {}
            for measure, those in {"balanced_accuracy": in_test, "of_all_left_over": left}.items():
                of_class = [float(np.mean(answers[those & (labels == i)] == i)) for i in range(len(test))]
                found |= {measure: statistics.fmean(of_class), f"{measure}_classes": of_class}
            found |= {"cpu": round(cpu, 1), "wall": round(wall, 1), "validation": run.metrics["validation"]}
            found |= {name: run.metrics[name] for name in ("best_epoch", "epochs", "stopped")}
            print(json.dumps(found), flush=True)


def gain(before: list[float], now: list[float]) -> dict:
    """Mean of the paired differences, with Student's 95 % interval."""
    from scipy.stats import t

    differences = np.subtract(now, before)
    half = t.ppf(0.975, len(differences) - 1) * differences.std(ddof=1) / np.sqrt(len(differences))
    return {"mean": differences.mean(), "low": differences.mean() - half, "high": differences.mean() + half}


def gains(draws: dict) -> dict:
    """Set -> measure -> its gain, of those that are measured to the end."""
    ended = {name: of for name, of in draws.items() if [len(one) for one in of.values()] == [DRAWS, DRAWS]}
    return {
        name: {
            measure: gain(*([one[measure] for one in of[build]] for build in ("before", "now")))
            for measure in ("balanced_accuracy", "of_all_left_over")
        }
        for name, of in ended.items()
    }


def main(given):
    """Measures what is missing, writes results/small_folders.json after each draw."""
    from zoo865.files import read_json

    result = RESULTS / "small_folders.json"
    draws = read_json(result)["draws"] if result.is_file() else {}
    builds = {"before": given.before, "now": HERE}
    for build in given.builds:
        for which in NUMBERS:
            done = draws.setdefault(which, {}).setdefault(build, [])
            environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": str(builds[build].resolve())}
            command = [sys.executable, __file__, "--measure", which, "--from", str(len(done)), *sys.argv[1:]]
            if len(done) == DRAWS:
                continue
            with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
                for line in process.stdout:
                    if line.startswith("{"):
                        done.append(json.loads(line))
                        save("small_folders", before="0c3cbb3", gains=gains(draws), draws=draws)
            if process.returncode:
                sys.exit(f"{build} on {which} ended with {process.returncode}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--before", type=Path, required=True, help="a worktree of 0c3cbb3")
    parser.add_argument("--weights", required=True, help="a file of MobileNetV2's ImageNet weights, alpha 1.0")
    parser.add_argument(
        "--photos", nargs="+", required=True, help="folders with train/ and test/, a sub-folder a class"
    )
    parser.add_argument(
        "--clothes", type=Path, default=Path(tempfile.gettempdir()) / "clothes", help="where to write them"
    )
    parser.add_argument("--builds", nargs="+", default=["before", "now"])
    parser.add_argument("--measure", choices=NUMBERS, help=argparse.SUPPRESS)
    parser.add_argument("--from", type=int, dest="start", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure, given.weights, given.photos, given.clothes, range(given.start, DRAWS))
    else:
        main(given)
