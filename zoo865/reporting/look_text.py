"""What `look` shows of a text: a page with its words coloured by their part in a trained network's answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from zoo865.data.word_places import line_breaks, word_places
from zoo865.data.word_stream import text_input
from zoo865.errors import counted
from zoo865.files import write_text
from zoo865.preprocessing import prepared
from zoo865.reporting.page import page_of
from zoo865.training.published import Published
from zoo865.training.run import Run
from zoo865.visualize.activations import activations_of
from zoo865.visualize.words_attribution import UNKNOWN, integrated_gradients_of_words, occlusion_of_words

METHODS: dict[str, Callable] = {
    "integrated_gradients": integrated_gradients_of_words,
    "occlusion": occlusion_of_words,
}
STRONGEST = 12  # words of a table


def look_at_text(trained: Run | Published, text: Any, out: Path) -> dict[str, Any]:
    """Writes the page, and returns what `zoo865.look` does of a text.

    Args:
        trained: a classifier of texts.
        text: a string, or a file NAME.txt.
        out: the page.
    """
    given, notes = trained.recipe.task.preprocess(text, trained.spec)
    name, feature = text_input(trained.spec)
    text, places = word_places(str(given[name]))
    tokens, model = prepared(trained.spec, {name: given[name][None]}), trained.model
    tokens = tokens[:, : max(1, np.count_nonzero(tokens))]
    probabilities = softmax(activations_of(model, tokens)[1][0].astype("float64"))
    order = [int(label) for label in np.argsort(-probabilities)]
    parts = {method: attribute(model, tokens, order[0])[0] for method, attribute in METHODS.items()}
    words = [
        {
            **{"start": start, "end": end, "known": bool(tokens[0, place] != UNKNOWN)},
            **{method: float(part[place]) for method, part in parts.items()},
        }
        for place, (start, end) in enumerate(places[: feature.length])
    ]
    found = {
        "page": str(out),
        "model": trained.recipe.name,
        "origin": trained.origin,
        "text": text,
        "notes": [*notes, *_not_in_vocabulary(words)],
        "answers": {trained.spec.class_names[label]: float(probabilities[label]) for label in order},
        "label": trained.spec.class_names[order[0]],
        "words": words,
    }
    shown = {"pieces": list(_pieces(text, words)), "rest": line_breaks(text[words[-1]["end"] if words else 0 :])}
    shown |= {"methods": [_method(found, method) for method in METHODS]}
    write_text(out, page_of("look_text.html.jinja", found=found, page=shown))
    return found


def strongest(found: dict[str, Any], method: str) -> list[dict[str, Any]]:
    """The words whose parts are largest by a method, of either sign, the largest first: "word", "times", how often it
    stands in the text, and by each method the sum of its parts.
    """
    rows = {}
    for place in found["words"]:
        word = found["text"][place["start"] : place["end"]].lower()
        row = rows.setdefault(word, {"word": word, "times": 0, **dict.fromkeys(METHODS, 0.0)})
        row["times"] += 1
        for one in METHODS:
            row[one] += place[one]
    order = sorted(rows.values(), key=lambda row: -abs(row[method]))[:STRONGEST]
    return [row for row in order if row[method]]


def _not_in_vocabulary(words: list[dict]) -> list[str]:
    """How many words are unknown, if any."""
    unknown = sum(not word["known"] for word in words)
    return [f"{unknown:,} of {counted(len(words), 'word')} not in the vocabulary"] if unknown else []


def _pieces(text: str, words: list[dict]):
    """The words as they were written, and what stands before each."""
    end = 0
    for word in words:
        yield line_breaks(text[end : word["start"]]), text[word["start"] : word["end"]]
        end = word["end"]


def _method(found: dict, method: str) -> dict:
    """What the page shows by a method."""
    largest = max((abs(word[method]) for word in found["words"]), default=0)
    rows = strongest(found, method)
    return {
        "name": method.replace("_", " "),
        "parts": [float(f"{word[method]:.3g}") for word in found["words"]],
        "shares": [round(word[method] / (largest or 1), 2) for word in found["words"]],
        "sum": sum(word[method] for word in found["words"]),
        "strongest": {
            "word": [row["word"] for row in rows],
            "times": [row["times"] for row in rows],
            "part": [signed(row[method]) for row in rows],
        },
    }


def signed(part: float) -> str:
    """A part in an answer, with its sign."""
    return f"{part:+.3f}".replace("-", "\N{MINUS SIGN}")
