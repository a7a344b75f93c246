"""Whether maps of what matters can be trusted: MobileNetV2 with ImageNet's classes, 20 photos of cats and dogs.

    python benchmarks/attribution.py --photos cats_vs_dogs/test/ --weights FILE

Of every method: how alike its maps are when the network's weights are shuffled (Adebayo et al. 2018: the mean absolute
rank correlation, over three shuffles; of Grad-CAM, which shows only what speaks for a class, both sides); the class's
mean probability while its most important pixels go, and come back (Petsiuk et al. 2018), beside maps of noise as coarse
as its own. Of integrated gradients also the largest share by which the pixels' sum is wrong. What is in
results/attribution.json is not measured again, but for that.
"""

import argparse
from pathlib import Path

import numpy as np
from interleave import RESULTS, save

RESULT = RESULTS / "attribution.json"
COUNT, SIDE = 20, 224


def photos_in(folder) -> np.ndarray:
    """(COUNT, SIDE, SIDE, 3) from -1 to 1, spread over the folder's files."""
    from zoo865.data.pictures import read

    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    chosen = [files[place] for place in np.linspace(0, len(files) - 1, COUNT).astype(int)]
    return np.stack([read(path, 3, (SIDE, SIDE), crop=True) for path in chosen]) / np.float32(127.5) - 1


def main(photos: str, weights: str):
    """Measures all, writes results/attribution.json."""
    import keras

    from zoo865.files import read_json
    from zoo865.reporting.look_picture import METHODS
    from zoo865.visualize.activations import activations_of as answers_of
    from zoo865.visualize.attribution import integrated_gradients
    from zoo865.visualize.faithfulness import deletion_and_insertion, for_and_against, randomisation

    model = keras.applications.MobileNetV2(weights=weights, input_shape=(SIDE, SIDE, 3))
    images, found = photos_in(photos), read_json(RESULT)["methods"] if RESULT.is_file() else {}
    classes = answers_of(model, images)[1].argmax(-1)
    for name, method in METHODS.items():
        if name in found:
            continue
        maps = method(model, images, classes)
        chance = np.random.default_rng(0).random(maps.shape, "float32")
        scores = [np.mean(deletion_and_insertion(model, images, each, classes), 1) for each in (maps, chance)]
        tried = for_and_against(method) if name.startswith("Grad-CAM") else method
        alike = [randomisation(model, images, tried, seed) for seed in range(3)]
        found[name] = {"alike_when_shuffled": alike, "resolution": maps.shape[1:]}
        found[name] |= dict(zip(("deletion", "insertion"), map(float, scores[0]), strict=True))
        found[name] |= dict(zip(("deletion_by_chance", "insertion_by_chance"), map(float, scores[1]), strict=True))
        save("attribution", photos=COUNT, methods=found)
    sums = integrated_gradients(model, images, classes).sum((1, 2, 3))
    grey = np.broadcast_to((images.min((1, 2, 3)) + images.max((1, 2, 3)))[:, None, None, None] / 2, images.shape)
    difference = answers_of(model, images)[1] - answers_of(model, grey)[1]
    difference = difference[np.arange(COUNT), classes]
    wrong = float(np.max(np.abs(sums - difference) / np.abs(difference)))
    save("attribution", photos=COUNT, methods=found, integrated_gradients_wrong_by=wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, help="a folder of photos")
    parser.add_argument("--weights", required=True, help="a file of MobileNetV2's ImageNet weights with its classifier")
    given = parser.parse_args()
    main(given.photos, given.weights)
