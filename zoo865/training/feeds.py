"""The opened batches of a run: one feed for the recipe's data, and one for each phase that brings its own."""

import dataclasses

import numpy as np

from zoo865.data.statistics import Joined
from zoo865.errors import ZooError
from zoo865.recipe import Phase, Recipe
from zoo865.training.build import load

ALL = "train and validation"  # the name of both together, beside those of data


class Feeds:
    """Feeds by the name of their data, opened when they are first asked for.

    Args:
        recipe: whose batches.
        data: the recipe's own.
        seed: of the run.
        model: which is trained.
    """

    def __init__(self, recipe: Recipe, data, seed: int, model):
        self.recipe, self.data, self.seed, self.model = recipe, data, seed, model
        self.opened = {"": self._open(data)}
        self.kept = {}  # states of feeds that are not open yet

    @property
    def own(self):
        """The feed of the recipe's own data."""
        return self.opened[""]

    def of(self, phase: Phase):
        """The feed of a phase.

        Raises:
            ZooError: the phase's data are of another kind than the recipe's.
        """
        name = ALL if phase.learn_validation else phase.data
        if name not in self.opened:
            self.opened[name] = self._open(self._data_of(phase))
            if name in self.kept:
                self.opened[name].restore(self.kept.pop(name))
        return self.opened[name]

    def of_validation(self):
        """A feed of the validation examples alone, made as those of training are."""
        return self._open(dataclasses.replace(self.data, train=self.data.validation))

    def state(self) -> dict[str, np.ndarray]:
        """The state of all feeds."""
        states = {**self.kept, **{name: feed.state() for name, feed in self.opened.items()}}
        return {f"{name}|{key}" if name else key: part for name, parts in states.items() for key, part in parts.items()}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Takes back what `state` gave."""
        states = {}
        for key, array in state.items():
            name, _, own = key.rpartition("|")
            states.setdefault(name, {})[own] = array
        self.own.restore(states.pop("", {}))
        self.kept = states

    def _data_of(self, phase: Phase):
        if phase.learn_validation:
            return dataclasses.replace(self.data, train=Joined(self.data.train, self.data.validation))
        data = load(dataclasses.replace(self.recipe, data=phase.data))
        wanted = self.data.spec
        if not wanted.reads_as(data.spec) or data.spec.targets != wanted.targets:
            wrong = f"phase {phase.name!r}: {data.name} has other inputs or classes than {self.data.name}"
            raise ZooError(wrong, f"choose data of the same kind: phases.{phase.name}.data")
        return dataclasses.replace(data, spec=wanted)

    def _open(self, data):
        together = self.recipe.steps_per_execution
        return self.recipe.batches.open(
            data, batch_size=self.recipe.batch_size, seed=self.seed, model=self.model, steps_together=together
        )
