"""Fine-tuning on your own photos: a network pretrained on ImageNet learns your classes in minutes.

python apps/finetune.py photos/                          # photos/cat/1.jpg, photos/dog/1.jpg, ...
python apps/finetune.py photos/ --weights FILE           # if the ImageNet weights cannot be downloaded
python apps/finetune.py photos/ --folds 5                # few photos: cross-validation
"""

import argparse

import zoo865


def main(folder: str, weights: str, folds: int | None, epochs: int | None):
    """Photos, pretrained network, new head, upper blocks, predictions."""
    # Photos: one sub-folder per class. Unreadable ones are left out, near-duplicates across splits are reported.
    recipe = zoo865.get_recipe("mobilenet_v2").override({"data": folder, "model_args.weights": weights})
    recipe = recipe.override({"epochs": epochs}) if epochs else recipe

    # Few photos? Cross-validation: train on all parts but one, test on that one, for each part.
    if folds:
        summary = zoo865.make_folds(recipe, folds)
        print(f"accuracy {summary['test']['accuracy']['mean']:.1%} over all photos: {summary['directory']}/report.html")
        return

    # The pretrained network: see zoo865/models/mobilenet_v2.py. The outputs of the frozen layers are cached for some
    # augmented copies of each photo. First the head is trained, in seconds; then the upper blocks, at a low rate.
    run = zoo865.train(recipe)
    for phase in recipe.phases:
        last = [row for row in run.history if row["phase"] == phase.name][-1]
        print(f"after phase {phase.name!r}: validation accuracy {last['val_accuracy']:.1%}")

    # How good is it? The test photos are evaluated once; with few of them the interval is wide.
    test = run.metrics["test"]
    print(f"test accuracy {test['accuracy']:.1%}, {test['accuracy_low']:.1%} to {test['accuracy_high']:.1%}")

    # Report: the most confident mistakes, measures per class, suggestions. Serving: photos of any size in, classes out.
    print(f"open in a browser: {zoo865.report(run)}")
    predictor = zoo865.Predictor(zoo865.export(run))
    photo = run.data.test.take([0])
    (answer,) = predictor.predict(photo["image"])
    print(f"a test photo of {run.spec.class_names[photo['label'][0]]} is classified as {answer['label']}")
    print(f"serve: {predictor.path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", help="photos, one sub-folder per class; or train/ and test/ with class folders")
    parser.add_argument("--weights", default="imagenet", help="imagenet, or a file of MobileNetV2 weights")
    parser.add_argument("--folds", type=int, help="number of cross-validation folds")
    parser.add_argument("--epochs", type=int, help="epochs of each phase (default: the recipe's)")
    arguments = parser.parse_args()
    main(arguments.folder, arguments.weights, arguments.folds, arguments.epochs)
