"""Handwritten digits, from the data to an answer: the whole way in one script.

python apps/mnist.py                        # all of MNIST: some minutes
python apps/mnist.py --data mnist_sample    # 5,000 digits: half a minute
"""

import argparse

import numpy as np

import zoo865


def main(data_name: str, epochs: int):
    """Data, model, train, look, export, ask."""
    # The data: images of 28 x 28 pixels, and for each the digit that someone meant to write.
    data = zoo865.load_data(data_name)
    print(f"{len(data.train):,} images to learn from, {len(data.test):,} to be tested on")

    # The model and how it learns: a recipe, read in zoo865/models/mnist_cnn.py.
    recipe = zoo865.get_recipe("mnist_cnn").override({"data": data_name, "epochs": epochs})

    # Training: mini-batches, back-propagation, AdamW; read in zoo865/training/loop.py.
    run = zoo865.train(recipe)
    print(f"right on {run.metrics['test']['accuracy']:.2%} of images it never saw")

    # Looking: curves, the confusion matrix, the mistakes it was surest of.
    print(f"open in a browser: {zoo865.report(run)}")

    # Serving: a SavedModel that TensorFlow alone can load.
    path = zoo865.export(run)
    print(f"serve: {path}")

    # Asking it.
    predictor = zoo865.Predictor(path)
    examples = data.test.take(np.arange(5))
    for answer, label in zip(predictor.predict(examples["image"]), examples["label"], strict=True):
        print(f"it says {answer['label']} ({answer['probability']:.0%} sure); it is {data.spec.class_names[label]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="mnist", help="mnist, mnist_sample, generated_digits")
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs)
