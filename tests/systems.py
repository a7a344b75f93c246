"""Which systems a test goes through."""

import json

import keras

import zoo865


def distinct() -> list[str]:
    """The systems that run on this backend; of those whose tiny forms are the same one, the first. On JAX, where they
    run for the backend's sake, one for each builder.
    """
    first = {}
    for system in zoo865.list_systems():
        recipe = zoo865.get_recipe(system.name)
        if keras.backend.backend() in recipe.backends:
            same = {key: part for key, part in recipe.smallest().to_json().items() if key not in ("name", "summary")}
            key = recipe.model if keras.backend.backend() == "jax" else json.dumps(same)
            first.setdefault(key, system.name)
    return list(first.values())
