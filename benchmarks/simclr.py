"""What simclr learns from pictures without labels is worth: beside an untrained network, pixels, and more labels.

    python benchmarks/simclr.py
    python benchmarks/simclr.py --data mnist --only simclr pixels

Of Fashion-MNIST and MNIST. "simclr", its features, "untrained", those of the same network before training, and
"pixels" are each read by a linear probe: logistic regression on 1,000 labels, standardized, whose strength the
validation pictures choose. "fine-tuned" is `fashion_cnn` that begins with simclr's weights, "scratch" the same without,
both with 100 and with 1,000 labels; the validation pictures choose the epoch. Test pictures are read once, by what was
chosen. CPU seconds are those of training, with what is measured after each epoch.

results/simclr.json keeps what was measured; a way that is in it is not measured again. The networks of simclr stay in
runs/simclr_benchmark/, where fine-tuning finds them.
"""

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

from interleave import RESULTS, THREADS, alone, save

os.environ |= dict.fromkeys(THREADS, "1") | {"TF_CPP_MIN_LOG_LEVEL": "3"}
RESULT, RUNS = RESULTS / "simclr.json", Path("runs") / "simclr_benchmark"
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
FEW = {  # labels -> how they are passed over
    100: {"batch_size": 20, "epochs": 40},
    1_000: {"batch_size": 50, "epochs": 20},
}


def simclr(data: str, seed: int) -> dict:
    """Training without labels, and a probe of what it learned."""
    import zoo865

    began, place = time.process_time(), RUNS / f"{data}-{seed}"
    recipe = zoo865.get_recipe("simclr").override({"data": data})
    shutil.rmtree(place, ignore_errors=True)  # of a benchmark that was broken off
    run = zoo865.train(recipe, seed=seed, run_dir=place)
    seconds = time.process_time() - began
    return probed(run.data, run.recipe.task.features_of(run.model)) | {"cpu": seconds, "zoo": run.metrics["test"]}


def untrained(data: str, seed: int) -> dict:
    """A probe of the same network as it is before training."""
    import keras

    import zoo865
    from zoo865.training.build import build_model, load

    recipe = zoo865.get_recipe("simclr").override({"data": data})
    found = load(recipe)
    keras.utils.set_random_seed(seed)
    return probed(found, recipe.task.features_of(build_model(recipe, found.spec)))


def pixels(data: str) -> dict:
    """A probe of the pictures themselves."""
    import keras

    import zoo865

    found = zoo865.load_data(data)
    return probed(found, keras.Sequential([keras.Input(found.spec.image.shape), keras.layers.Flatten()]))


def probed(data, model) -> dict:
    """The accuracy of a linear probe of what a model gives: of the strength that is best on validation, on test."""
    import numpy as np

    from zoo865.data.spec import Arrays
    from zoo865.data.statistics import spread
    from zoo865.inference import predictions
    from zoo865.metrics.linear_probe import linear_probe
    from zoo865.tasks.contrastive_learning import LABELLED

    parts = {"train": Arrays(**spread(data.train, LABELLED)), "validation": data.validation, "test": data.test}
    seen = {
        name: np.concatenate([features for _, features in predictions(model, data.spec, part)])
        for name, part in parts.items()
    }
    probes = {strength: linear_probe(seen["train"], parts["train"].labels, strength) for strength in STRENGTHS}
    right = {strength: probe.score(seen["validation"], data.validation.labels) for strength, probe in probes.items()}
    best = max(right, key=right.get)
    test = probes[best].score(seen["test"], data.test.labels)
    return {"test": {"accuracy": float(test)}, "validation": {"accuracy": float(right[best])}, "strength": best}


def classifier(data: str, seed: int, labels: int, begins: bool) -> dict:
    """fashion_cnn with few labels, from simclr's weights or from scratch."""
    import zoo865

    few = {"data": data, "data_args.train_examples": labels, **FEW[labels]}
    init_from, began = RUNS / f"{data}-{seed}" if begins else None, time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        recipe = zoo865.get_recipe("fashion_cnn").override(few)
        run = zoo865.train(recipe, seed=seed, run_dir=f"{folder}/run", init_from=init_from)
        both = {"test": run.metrics["test"], "validation": run.metrics["validation"]}
        return {**both, "cpu": time.process_time() - began}


def main(names: list[str], seeds: list[int], only: list[str]):
    """Measures what is missing; writes results/simclr.json after each."""
    from zoo865.files import read_json

    runs = read_json(RESULT)["runs"] if RESULT.is_file() else {}
    wanted = [(f"pixels, {data}", pixels, data) for data in names]
    for data in names:
        for seed in seeds:
            end = f"{data}, seed {seed}"
            wanted += [(f"simclr, {end}", simclr, data, seed), (f"untrained, {end}", untrained, data, seed)]
            for labels in FEW:
                wanted.append((f"fine-tuned, {labels} labels, {end}", classifier, data, seed, labels, True))
                wanted.append((f"scratch, {labels} labels, {end}", classifier, data, seed, labels, False))
    for name, *call in wanted:
        if name not in runs and (not only or any(name.startswith(one) for one in only)):
            runs[name] = alone(*call)
            save("simclr", runs=runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", nargs="+", default=["fashion_mnist", "mnist"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", default=[], help="beginnings of ways: simclr, untrained, fine-tuned, ...")
    given = parser.parse_args()
    main(given.data, given.seeds, given.only)
