"""How much of what is unlike the training data is noted, and how much of what is like it: shares of test examples.

    python benchmarks/unlike_training.py [--run RUN --like FOLDER --unlike FOLDER]

`mnist_cnn` is shown clothes and `fashion_cnn` digits, as published; a run that fine-tuned on photos is shown others.
What is beyond a distance of 1 is noted, which is 1 % of the validation examples. The distance, and the rule for few
validation examples, were chosen with figures of these very test examples in view: they are no held-out measure of it.
"""

import argparse
from pathlib import Path

import numpy as np
from interleave import save

from zoo865 import Predictor
from zoo865.data.load import load_data

AT_ONCE = 256


def share_noted(predictor: Predictor, data) -> dict:
    """Of a data set's test examples: how many, and the share that is noted, with the distances' median."""
    image, far = predictor.spec.inputs["image"], []
    for start in range(0, len(data.test), AT_ONCE):
        examples = data.test.take(np.arange(start, min(start + AT_ONCE, len(data.test))))
        far.append(predictor.run("serve", image=image.stack(examples["image"]))["distance"])
    far = np.concatenate(far)
    return {"examples": len(far), "noted": float(np.mean(far > 1)), "median_distance": float(np.median(far))}


def main(run, like, unlike):
    """Measures, writes results/unlike_training.json."""
    pairs = [(name, data) for name in ("mnist_cnn", "fashion_cnn") for data in ("mnist", "fashion_mnist")]
    found = {
        f"{name}, {data}": share_noted(Predictor(name), load_data(data, image_shape=(28, 28, 1)))
        for name, data in pairs
    }
    if run:
        predictor = Predictor(run)
        shape = predictor.spec.image.shape
        for folder in (like, unlike):
            name = f"{predictor.details['name']} of {Path(like).name}, {Path(folder).name}"
            found[name] = share_noted(predictor, load_data(folder, image_shape=shape))
    save("unlike_training", noted=found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", help="a run that fine-tuned on photos, or its export")
    parser.add_argument("--like", help="the folder it was trained on, with test/")
    parser.add_argument("--unlike", help="a folder of other photos, with test/")
    given = parser.parse_args()
    main(given.run, given.like, given.unlike)
