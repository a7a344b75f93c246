"""Learning distances: a network that recognises what it never saw, by one picture of each.

python apps/siamese.py                              # characters of 30 alphabets: a quarter of an hour
python apps/siamese.py --data plants/               # your own: a sub-folder a class
python apps/siamese.py --data generated_digits --epochs 2   # a first look: seconds
"""

import argparse

import numpy as np

import zoo865


def main(data_name: str, epochs: int | None):
    """Pairs, training, distances of new classes, recognition by one example."""
    recipe = zoo865.get_recipe("siamese").override({"data": data_name, **({"epochs": epochs} if epochs else {})})

    # A batch is some classes with a few examples each: every two of its rows are a pair, of one class or of two.
    data = zoo865.load_data(data_name, **recipe.data_args)
    feed = recipe.batches.open(data, batch_size=recipe.batch_size, seed=0)
    classes, each = feed.layout
    alike, pairs = classes * each * (each - 1) // 2, classes * each * (classes * each - 1) // 2
    print(f"a batch: {classes} classes x {each} examples = {pairs:,} pairs, {alike:,} of them of one class")

    # One network makes a vector of unit length of each; the loss draws those of a class together and others apart. See
    # zoo865/models/siamese.py and zoo865/losses/metric_learning.py.
    run = zoo865.train(recipe)
    chance = next(one for one in recipe.task.references(run) if one.name == "chance").values["one_shot_accuracy"]
    accuracy = run.metrics["test"]["one_shot_accuracy"]
    print(f"by one example of each class {accuracy:.1%} of test queries are recognised (by chance {chance:.1%})")

    # How far apart are test examples of one class, and of two?
    some = data.test.take(np.arange(min(200, len(data.test))))
    vectors = zoo865.Predictor(zoo865.export(run)).embed(some["image"])
    distances = np.linalg.norm(vectors[:, None] - vectors, axis=-1)
    same = some["label"][:, None] == some["label"]
    within, between = distances[same & (distances > 0)].mean(), distances[~same].mean()
    print(f"distances: {within:.2f} within a class, {between:.2f} between classes, 2 at most")

    print(f"open in a browser: {zoo865.report(run)}")
    print(f"who is it?  zoo865 nearest {run.path} PICTURE --gallery FOLDER")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="omniglot_background", help="a folder with a sub-folder a class, or a set")
    parser.add_argument("--epochs", type=int, help="number of epochs (default: the recipe's)")
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs)
