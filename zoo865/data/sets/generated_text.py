"""Sentences and reviews made by small grammars: for tests and first steps, no download at all."""

import functools

import numpy as np

from zoo865.data.features import Label, Text
from zoo865.data.sets.labelled_texts import LENGTH
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
# What reviews are about, and what they say of it: the words of either column are of one class.
SUBJECTS = ("the film", "the plot", "the cast", "the music", "the ending", "the first half", "the dialogue", "the book")
OPINIONS = (
    ("bad", "boring", "dull", "awful", "weak", "a mess"),
    ("good", "gripping", "funny", "great", "strong", "a joy"),
)
PLAIN, NEGATED = ("{}", "really {}", "simply {}"), ("not {}", "not {} at all", "never {}", "anything but {}")
CONTRASTS = ("{contrary}, but {own}", "although {contrary}, {own}", "{own}, even if {contrary}")


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


@dataset
@functools.cache
def generated_reviews() -> Data:
    """Reviews of one to three sentences by a grammar, bad or good: for tests, 400 / 100 / 100.

    Words alone do not tell which: "not bad at all" is good, "although the cast was great, the plot was dull" is bad.
    """
    random, written = np.random.default_rng([865, 2]), {}
    while len(written) < 600:
        label = len(written) % 2
        sentences = [_opinion(label, random) for _ in range(random.integers(1, 4))]
        written.setdefault(" ".join(sentences), label)
    texts, labels = list(written), np.array(list(written.values()), "int64")
    cuts = (slice(0, 400), slice(400, 500), slice(500, 600))
    train, validation, test = (Arrays(text=texts[part], label=labels[part]) for part in cuts)
    about = "Written by zoo865 by a grammar, deterministic."
    spec = Spec({"text": Text(LENGTH, ())}, {"label": Label(("neg", "pos"))})
    return Data("generated_reviews", spec, train, validation, test, about)


def _opinion(label: int, random: np.random.Generator) -> str:
    """A sentence of this class; every other one also says something contrary, in a clause that does not count."""
    own, contrary = _clause(label, random), _clause(1 - label, random)
    said = random.choice(CONTRASTS).format(own=own, contrary=contrary) if random.integers(2) else own
    return f"{said[0].upper()}{said[1:]}."


def _clause(label: int, random: np.random.Generator) -> str:
    negated = random.integers(2)
    opinion = random.choice(NEGATED if negated else PLAIN).format(random.choice(OPINIONS[label ^ negated]))
    return f"{random.choice(SUBJECTS)} was {opinion}"
