"""Features of pictures from a pretrained network, for small classifiers."""

import keras
import numpy as np
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from zoo865.data.features import Image, Label
from zoo865.data.sets.folder import Files
from zoo865.data.spec import Spec
from zoo865.inference import predictions
from zoo865.metrics.label_mistakes import KNOWS_PHOTOS
from zoo865.registry import get_recipe
from zoo865.training.build import build_model


def photo_features(paths, weights: str | None = None) -> np.ndarray:
    """(pictures, features) float32: what the head of the zoo's system for photos learns from. Shows a progress bar.

    Args:
        paths: the pictures' files.
        weights: file of the network's weights; None takes those that its recipe names, and downloads them if
            necessary.

    Raises:
        ZooError: the weights cannot be loaded.
    """
    recipe = get_recipe(KNOWS_PHOTOS)
    if weights is not None:
        recipe = recipe.override({"model_args.weights": weights})
    shape, crop = recipe.data_args["image_shape"], recipe.data_args["crop"]
    files = Files(paths, np.zeros(len(paths)), shape, crop, labelled=False)
    spec = Spec({"image": Image(shape, crop=crop)}, {"label": Label(("a", "b"))})  # how many classes is of no matter
    model = build_model(recipe, spec)
    below, features = keras.Model(model.input, model.get_layer(recipe.phases[0].cache_at).output), []
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("extracting features", total=len(files))
        for _, given in predictions(below, spec, files):
            features.append(given)
            bar.advance(task, len(given))
    return np.concatenate(features)
