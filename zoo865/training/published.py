"""A published model: what a run came to, as others use it; and the trained system behind a name."""

import functools
from pathlib import Path

from zoo865.data.spec import Spec
from zoo865.errors import ZooError
from zoo865.files import read_json
from zoo865.recipe import Recipe
from zoo865.training.run import Run

SHELVES = (Path("saved_models"), Path(__file__).parents[2] / "saved_models")  # here, and in a checkout of the zoo


class Published:
    """A published model: NAME/VERSION/ with a SavedModel, the weights for Keras and a card.

    It has what a `Run` has: `recipe`, `spec`, `data`, `model`.

    Attributes:
        path: the directory.
    """

    def __init__(self, path):
        self.path = Path(path)

    def __repr__(self):
        return f"Published({str(self.path)!r})"

    @classmethod
    def find(cls, name) -> "Published | None":
        """The published model at a path, or the highest version of a name; None where there is none."""
        if (Path(name) / "card.json").is_file():
            return cls(name)
        if str(name) != Path(name).name:  # a path, which names nothing but itself
            return None
        for shelf in SHELVES:
            cards = sorted(shelf.glob(f"{name}/[0-9]*/card.json"), key=lambda card: int(card.parent.name))
            if cards:
                return cls(cards[-1].parent)
        return None

    @functools.cached_property
    def card(self) -> dict:
        """card.json: what it is, how well it does, on what it was trained, how, and by which command."""
        return read_json(self.path / "card.json")

    @functools.cached_property
    def recipe(self) -> Recipe:
        """The recipe that it was trained by."""
        return Recipe.from_json(self.card["recipe"])

    @functools.cached_property
    def spec(self) -> Spec:
        """The specification of the data it was trained on."""
        return Spec.from_json(self.card["spec"])

    @functools.cached_property
    def data(self):
        """The data it was trained on."""
        from zoo865.training.build import load

        return load(self.recipe)

    @functools.cached_property
    def model(self):
        """The Keras model with its weights."""
        from zoo865.training.build import build_model

        model = build_model(self.recipe, self.spec)
        try:
            model.load_weights(self.path / "model.weights.h5")
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).strip().split("\n")[0]
            raise ZooError(f"cannot load {self.path / 'model.weights.h5'}: {reason}", "copy the model again") from error
        return model


def find_trained(name) -> Run | Published:
    """The run or published model behind a path, or a system's newest ended run here, or else its published model.

    Raises:
        ZooError: there is none; the nearest names are offered.
    """
    if isinstance(name, (Run, Published)):
        return name
    try:
        return Run.find(name)
    except ZooError:
        if published := Published.find(name):
            return published
        raise
