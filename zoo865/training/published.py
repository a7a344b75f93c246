"""A published model: what a run came to, as others use it; and the trained system behind a name."""

import functools
from pathlib import Path

from zoo865.data.file_tree import no_place
from zoo865.data.load import full_name, is_there, names_a_place
from zoo865.data.spec import Spec
from zoo865.data.statistics import checksum
from zoo865.errors import ZooError, nearest
from zoo865.files import read_json
from zoo865.old_names import measures_renamed
from zoo865.recipe import Recipe
from zoo865.registry import list_systems
from zoo865.runs.store import check_files, find_published
from zoo865.training.run import Run
from zoo865.training.saved_weights import take_weights


class Published:
    """A published model: NAME/VERSION/ with a SavedModel, a card, and the weights for Keras where the SavedModel has
    others: only a part of them, or with batch normalisation folded in.

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
        path = find_published(name)
        return cls(path) if path else None

    @classmethod
    def at(cls, path) -> "Published | None":
        """The published model at a path; None where there is none."""
        return cls(path) if (Path(path) / "card.json").is_file() else None

    @functools.cached_property
    def card(self) -> dict:
        """card.json: what it is, how well it does, on what it was trained, how, and by which command."""
        card = read_json(self.path / "card.json")
        return {**card, "metrics": measures_renamed(card["metrics"])}

    @property
    def origin(self) -> str:
        """What it is and which."""
        return f"published {self.card['name']}/{self.card['version']}"

    @property
    def document(self) -> dict:
        """The card: what a `Run` has in its settings."""
        return self.card

    def check(self):
        """Raises ZooError where its files are not those that its card lists, by size and SHA-256."""
        check_files(self.path)

    @property
    def export_path(self) -> Path:
        """Its SavedModel."""
        return self.path

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
        """The data it was trained on, loaded again.

        Raises:
            ZooError: they are other examples now, or cut otherwise: what was trained on would be tested on.
        """
        if wrong := self._differ(data := self._loaded(self.recipe)):
            raise ZooError(wrong, "restore those, or evaluate on other data: --data")
        return data

    def data_at(self, place: str):
        """The data it was trained on, from another place.

        Raises:
            ZooError: that holds others.
        """
        if wrong := self._differ(data := self._loaded(self.recipe.override({"data": full_name(place)}))):
            raise ZooError(wrong, f"it was trained on {self.recipe.data}")
        self.data = data
        return data

    def _loaded(self, recipe):
        from zoo865.training.build import load

        return load(recipe)

    def _differ(self, data) -> str:
        """In what data differ from those of the card; "" where they do not."""
        for split, sha256 in self.card["data"]["sha256"].items():
            if checksum(data.split(split)) != sha256:
                now, before = len(data.split(split)), self.card["data"]["splits"][split]
                counts = f": {now:,} instead of {before:,}" if now != before else ""
                of_run = f"those of {self.path}"
                return f"the {split} examples of {data.name} differ from {of_run}{counts}"
        return ""

    @functools.cached_property
    def model(self):
        """The Keras model with its weights."""
        from zoo865.training.build import build_model

        self.check()
        model = build_model(self.recipe, self.spec, trained=True)
        if names := self.card.get("weights"):
            take_weights(model, self.path, names)
        else:
            model.load_weights(self.path / "model.weights.h5")
        return model


def move_data(trained: Run | Published, place: str):
    """Takes the data that a model was trained on from the place where they are now.

    Raises:
        ZooError: there is no such place, or it holds others.
    """
    if not names_a_place(place):
        before = trained.document["recipe"]["data"]
        raise ZooError(f"{place} is not the data that {trained.path} was trained on", f"they were at {before}")
    if not is_there(place):
        raise no_place(place)
    trained.data_at(place)


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
        known = [system.name for system in list_systems()]
        if str(name) in known:
            raise ZooError(f"no run or published model of {name}", f"zoo865 train {name}") from None
        hint = nearest(str(name), known)
        if hint.startswith("did you mean"):
            raise ZooError(f"no run, published model or system {str(name)!r}", hint) from None
        raise
