"""Handwritten digits from data to predictions: the whole workflow in one script.

python apps/mnist.py                        # all of MNIST: a few minutes
python apps/mnist.py --data mnist_sample    # 5,000 digits: half a minute
"""

import argparse

import numpy as np

import zoo865


def main(data_name: str, epochs: int):
    """Data, model, training, report, export, prediction."""
    # The data: images of 28 x 28 pixels, each with its digit as the label.
    data = zoo865.load_data(data_name)
    print(f"{len(data.train):,} training images, {len(data.test):,} test images")

    # The model and its training settings: a recipe, see zoo865/models/mnist_cnn.py.
    recipe = zoo865.get_recipe("mnist_cnn").override({"data": data_name, "epochs": epochs})

    # Training: mini-batches, backpropagation, AdamW; see zoo865/training/loop.py.
    run = zoo865.train(recipe)
    print(f"test accuracy {run.metrics['test']['accuracy']:.2%}")

    # Report: training curves, the confusion matrix, the most confident mistakes.
    print(f"open in a browser: {zoo865.report(run)}")

    # Serving: a SavedModel that TensorFlow alone can load.
    path = zoo865.export(run)
    print(f"serve: {path}")

    # Prediction.
    predictor = zoo865.Predictor(path)
    examples = data.test.take(np.arange(5))
    for answer, label in zip(predictor.predict(examples["image"]), examples["label"], strict=True):
        print(f"predicted {answer['label']} ({answer['probability']:.0%}), label {data.spec.class_names[label]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="mnist", help="mnist, mnist_sample, generated_digits")
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs)
