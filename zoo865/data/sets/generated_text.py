"""Sentences made by a small grammar: for tests and first steps, no download at all."""

import functools

import numpy as np

from zoo865.data.features import Text
from zoo865.data.sets.text_files import QUERY
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.registry import dataset

# Whoever stands in one column does what stands in the column below, with what stands in the last.
ACTORS = (
    ("cat", "dog", "horse", "cow"),
    ("cook", "baker", "waiter", "guest"),
    ("singer", "drummer", "pianist", "band"),
)
ACTIONS = (("eats", "smells", "chews"), ("tastes", "bakes", "serves"), ("hears", "plays", "practises"))
THINGS = (("grass", "hay", "clover"), ("bread", "cake", "soup"), ("music", "songs", "jazz"))
WHERE = (("in the meadow", "on the farm"), ("in the kitchen", "at the table"), ("on the stage", "in the hall"))


@dataset
@functools.cache
def generated_sentences() -> Data:
    """Sentences about animals, cooks and musicians by a grammar, 400 texts of 25: for tests, 48,000 words."""
    train, validation, test = (_written(count, seed) for seed, count in enumerate((400, 50, 50)))
    about = "Written by zoo865 by a grammar, deterministic."
    return Data("generated_sentences", Spec({"text": Text(QUERY, ())}), train, validation, test, about)


def _written(count: int, seed: int) -> Arrays:
    random = np.random.default_rng([865, seed])
    return Arrays(text=[" ".join(_sentence(random) for _ in range(25)) for _ in range(count)])


def _sentence(random: np.random.Generator) -> str:
    topic = random.integers(len(ACTORS))
    actor, action, thing, where = (random.choice(words[topic]) for words in (ACTORS, ACTIONS, THINGS, WHERE))
    return f"The {actor} {action} the {thing} {where}."
