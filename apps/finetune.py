"""Your own photos: a network that has seen a million others learns them in minutes.

python apps/finetune.py photos/                          # photos/cat/1.jpg, photos/dog/1.jpg, ...
python apps/finetune.py photos/ --weights FILE           # where ImageNet's weights cannot be downloaded
python apps/finetune.py photos/ --folds 5                # few photos: each of them is tested on once
"""

import argparse

import zoo865


def main(folder: str, weights: str, folds: int | None, epochs: int | None):
    """The photos, what the network knows already, the new head, the upper blocks, the answers."""
    # The photos: a sub-folder a class. Unreadable ones are left out, those in training and in test twice are told.
    recipe = zoo865.get_recipe("mobilenet_v2").override({"data": folder, "model_args.weights": weights})
    recipe = recipe.override({"epochs": epochs}) if epochs else recipe

    # Few photos? Cut them in parts, train as often without one of them, test on that one.
    if folds:
        summary = zoo865.make_folds(recipe, folds)
        print(f"right on {summary['test']['accuracy']['mean']:.1%} of all photos: {summary['directory']}/report.html")
        return

    # What the network knows: in zoo865/models/mobilenet_v2.py. What lies below the layers that learn is computed once
    # for some versions of each photo. First the head learns, in seconds; then the upper blocks too, at a low rate.
    run = zoo865.train(recipe)
    for phase in recipe.phases:
        last = [row for row in run.history if row["phase"] == phase.name][-1]
        print(f"after the phase {phase.name!r}: {last['val_accuracy']:.1%} of validation photos right")

    # How good is it? Test photos are looked at once. With few of them the figure is not sharp.
    test = run.metrics["test"]
    print(f"test accuracy {test['accuracy']:.1%}, {test['accuracy_low']:.1%} to {test['accuracy_high']:.1%}")

    # Looking: the worst mistakes, each class, where to look further. Serving: photos of any size in, classes out.
    print(f"open in a browser: {zoo865.report(run)}")
    predictor = zoo865.Predictor(zoo865.export(run))
    photo = run.data.test.take([0])
    (answer,) = predictor.predict(photo["image"])
    print(f"a {run.spec.class_names[photo['label'][0]]} of the test is called {answer['label']}")
    print(f"serve: {predictor.path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", help="photos, a sub-folder a class; or train/ and test/ with such")
    parser.add_argument("--weights", default="imagenet", help="imagenet, or a file of MobileNetV2's weights")
    parser.add_argument("--folds", type=int, help="cross-validate with so many parts")
    parser.add_argument("--epochs", type=int, help="of each phase; else the recipe's")
    arguments = parser.parse_args()
    main(arguments.folder, arguments.weights, arguments.folds, arguments.epochs)
