"""The systems that tests go through: one for each builder, for others of the same differ in settings alone."""

import keras

import zoo865

RECIPES = {system.name: zoo865.get_recipe(system.name) for system in zoo865.list_systems()}


def one_of_each_builder() -> list[str]:
    """Names of systems that run on this backend; of a builder the one whose tiny run other tests look at, too."""
    first = {}
    for name in ("mnist_cnn", "dqn_cartpole", *RECIPES):
        if keras.backend.backend() in RECIPES[name].backends:
            first.setdefault(RECIPES[name].model, name)
    return sorted(first.values())
