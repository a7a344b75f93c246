"""Weights of another model whose rows belong to words, brought to the numbers that the same words have here."""

import sys
from collections.abc import Mapping

import keras
import numpy as np

from zoo865.data.features.text import UNKNOWN_WORDS, numbers_by_word
from zoo865.data.spec import Spec


def by_word(weights: Mapping[str, np.ndarray], before: Spec, model: keras.Model, now: Spec) -> dict[str, np.ndarray]:
    """Weights with a row for each word of the model's vocabulary: words that both know keep theirs, others begin as
    they do in the model. How many know theirs is told on stderr; of one and the same vocabulary nothing changes.

    Args:
        weights: path -> array.
        before: the specification of what they learned from.
        model: which takes them.
        now: the specification of its data.
    """
    known, wanted = _vocabulary(before), _vocabulary(now)
    found = dict(weights)
    if not known or not wanted or known == wanted:
        return found
    had = numbers_by_word(known)
    same = [(number, had[word]) for word, number in numbers_by_word(wanted).items() if word in had]
    to, of = np.array([*((number, number) for number in range(UNKNOWN_WORDS)), *same]).T
    rows, more = UNKNOWN_WORDS + len(wanted), UNKNOWN_WORDS + len(known)
    for variable in model.weights:
        array = weights.get(variable.path)
        if array is not None and array.shape == (more, *variable.shape[1:]) and variable.shape[0] == rows:
            table = np.array(keras.ops.convert_to_numpy(variable.value))
            table[to] = array[of]
            found[variable.path] = table
    print(f"{len(same):,} of {len(wanted):,} words begin with what they have there", file=sys.stderr)
    return found


def _vocabulary(spec: Spec) -> tuple[str, ...]:
    return next((one.vocabulary for one in spec.inputs.values() if hasattr(one, "vocabulary")), ())
