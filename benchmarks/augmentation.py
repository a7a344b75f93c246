"""What augmentation costs, what it brings, and what images bear.

    python benchmarks/augmentation.py                                         # digits: cost, effect, bounds
    python benchmarks/augmentation.py --photos cats_vs_dogs/ --weights FILE   # and what photos bear

Cost: an epoch of mnist_cnn on images changed by `digits`, beside one on unchanged images, in turns. Effect: test
accuracy of mnist_cnn on 1,000 of MNIST's training images, 60 epochs, seeds 0 to 2. Bounds: up to which strength of each
change at most the policy's bound of the validation images loses its label (zoo865 augment), by the system that the
policy names, trained on unchanged images; tests/reporting/test_augment.py holds the policies to it.
"""

import argparse
import tempfile
from pathlib import Path

from interleave import RESULTS, interleaved, ratios, save

EPOCHS, SEEDS, EXAMPLES = 60, (0, 1, 2), 1000


def epoch(augment: str):
    """An epoch of 100 steps of mnist_cnn."""
    import keras
    import numpy as np

    import zoo865
    from zoo865.batches.shuffled import Shuffled
    from zoo865.data.spec import Arrays, Data
    from zoo865.training.build import build_model

    data, recipe = zoo865.load_data("mnist"), zoo865.get_recipe("mnist_cnn")
    few = Data("few", data.spec, Arrays(**data.train.take(np.arange(12_800))), data.validation, data.test)
    feed = Shuffled(augment=augment).open(few, batch_size=128, seed=0)
    keras.utils.set_random_seed(0)
    model = build_model(recipe, data.spec)
    model.compile("adam", steps_per_execution=16, jit_compile=False, **recipe.task.compile_args(data.spec))

    def run(number):
        feed.begin_epoch(number % 3)
        model.fit(feed.dataset, verbose=0)

    return run


def effect(policy: str) -> list[float]:
    """Test accuracies over seeds."""
    import zoo865

    settings = {"data_args.train_examples": EXAMPLES, "epochs": EPOCHS, "batches.augment": policy}
    recipe, found = zoo865.get_recipe("mnist_cnn").override(settings), []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            run = zoo865.train(recipe, seed=seed, run_dir=f"{folder}/run")
            found.append(run.metrics["test"]["accuracy"])
    return found


def bears(policy: str, data: str, **settings) -> dict:
    """Change -> up to which strength the policy's bound holds, and what is lost at the policy's own strength."""
    import numpy as np

    import zoo865
    from zoo865.batches.augment import CHANGES, POLICIES
    from zoo865.data.statistics import spread
    from zoo865.reporting.augment import IMAGES, measure

    chosen, found = POLICIES[policy], {}
    recipe = zoo865.get_recipe(chosen.system).override({"data": data, "batches.augment": "none", **settings})
    with tempfile.TemporaryDirectory() as folder:
        run = zoo865.train(recipe, run_dir=f"{folder}/run")
        examples = spread(run.data.validation, IMAGES)
        for name, strength in chosen.changes.items():
            measured, _ = measure(run, examples, name, min(3 * strength, CHANGES[name].strongest), chosen)
            lost = float(np.interp(strength, measured["strengths"], measured["lost"]))
            found[name] = {"policy": strength, "lost": lost, "bears": measured["bears"]}
    return {"data": Path(data).name, "images": len(examples["image"]), "bound": chosen.bound, "changes": found}


def main(photos, weights):
    """Measures what is missing, writes results/augmentation.json after each part."""
    from zoo865.files import read_json

    result = RESULTS / "augmentation.json"
    found = read_json(result) if result.is_file() else {}
    found = {part: found[part] for part in ("cost", "effect", "bounds") if part in found}
    found.setdefault("bounds", {})
    for policy in ("digits", "characters", "views"):
        if policy not in found["bounds"]:
            found["bounds"][policy] = bears(policy, "mnist")
            save("augmentation", **found)
    if photos and "photos" not in found["bounds"]:
        once = {"model_args.weights": weights, "phases.head.augmented_copies": 1, "phases.blocks.augmented_copies": 1}
        once["phases.all.augmented_copies"] = 1
        found["bounds"]["photos"] = bears("photos", photos, **once)
        save("augmentation", **found)
    if "cost" not in found:
        ways = {"digits": (epoch, ("digits",)), "none": (epoch, ("none",))}
        found["cost"] = ratios(interleaved(ways, rounds=9), [("digits", "none")])
        save("augmentation", **found)
    found.setdefault("effect", {})
    for policy in ("none", "digits", "characters"):
        if policy not in found["effect"]:
            found["effect"][policy] = effect(policy)
            save("augmentation", **found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", help="a folder of photos, for the policy `photos`")
    parser.add_argument("--weights", help="a file of MobileNetV2's ImageNet weights")
    given = parser.parse_args()
    main(given.photos, given.weights)
