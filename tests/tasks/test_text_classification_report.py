"""The report of a classifier of texts: its figures against counts by hand, of a model whose words are known."""

import numpy as np
import pytest
from texts import LENGTH, SAYS, trained

from zoo865.metrics.intervals import interval
from zoo865.tasks.classification import answers_of
from zoo865.tasks.text_classification import TextClassification
from zoo865.tasks.text_classification_report import parts

LONG = "Bad, bad, bad film!<br />" + "The film. " * 30
TEXTS = ["good film", "good good film dull", "a lovely film", "fine", "a dull film", "bad bad", LONG, "quux"] * 10
LABELS = [1, 0, 1, 0, 0, 1, 1, 0] * 10


@pytest.fixture(scope="module")
def run():
    return trained(TEXTS, LABELS)


@pytest.fixture(scope="module")
def shown(run):
    answers = answers_of(run.model, run.data, "test")
    return {section.name: section for part in parts(run, lambda: answers) for section in part.make()}


def test_accuracy_by_length(shown):
    (axis,) = shown["accuracy_by_length"].figure.axes
    found = {label.get_text(): None for label in axis.get_yticklabels()}
    assert list(found) == ["1", "2", "3", "4 to 64"]
    lengths = np.array([2, 4, 3, 1, 3, 2, 64, 1] * 10)
    says = np.array([1.5, 2.5, 1, 0.5, -0.5, -2, -3, 0] * 10)
    right = (says > 0) == (np.array(LABELS) == 1)
    points, _, (bars,) = axis.containers[0]
    for row, (first, last) in enumerate(((1, 1), (2, 2), (3, 3), (4, 64))):
        inside = (lengths >= first) & (lengths <= last)
        share, (low, high) = right[inside].mean(), interval(right[inside].mean(), inside.sum())
        assert points.get_xdata()[row] == pytest.approx(share)
        np.testing.assert_allclose(bars.get_segments()[row][:, 0], [low, high])
    assert f"reads the first {LENGTH} words; 10 of 80 (12.5%) are longer" in shown["accuracy_by_length"].caption


def test_words_that_moved_answers_most(shown):
    table = shown["moving_words"].table
    rows = list(zip(*table.values(), strict=True))
    assert ("pos", "good", "+1.50", "30") in rows
    assert ("neg", "bad", "+1.00", "50") in rows
    assert ("neg", "dull", "+0.50", "10") in rows
    for name in ("neg", "pos"):
        of_class = [float(part) for label, _, part, _ in rows if label == name]
        assert of_class == sorted(of_class, reverse=True)
        assert min(of_class) > 0
    assert not {"film", "the"} & {word for _, word, _, _ in rows}


def test_word_vectors(shown):
    table = shown["word_vectors"].table
    zero = sum(not part for part in SAYS.values())
    assert table["with a vector"][0] == f"{len(SAYS) - zero} ({1 - zero / len(SAYS):.1%})"
    total = 10 * (2 + 4 + 3 + 1 + 3 + 2 + 64 + 1)
    assert table["in all"] == [str(len(SAYS)), f"{total:,}"]
    assert table["in the vocabulary"][1] == f"{total - 10:,} ({1 - 10 / total:.1%})"
    assert table["with a vector"][1].startswith(f"{10 * (3 + 2 + 1 + 1 + 5)} (")
    assert "film, the, a, quux" in shown["word_vectors"].caption


def test_mistakes_are_shown_whole_with_the_words_behind_them(run):
    labels, probabilities = answers_of(run.model, run.data, "test")
    (section,) = TextClassification().mistakes(run, labels, probabilities)
    rows = list(zip(*section.table.values(), strict=True))
    assert list(section.table) == ["text", "label", "prediction", "probability", "largest parts"]
    assert rows[0][:3] == (LONG.replace("<br />", "\n"), "pos", "neg")
    assert rows[0][4].split(", ")[0] == "bad\u00a0+3.00"
    short = next(row for row in rows if row[0] == "good good film dull")
    assert short[4] == "good\u00a0+3.00, dull\u00a0\u22120.50, film\u00a0+0.00"


def test_without_mistakes_there_is_no_table(run):
    _, probabilities = answers_of(run.model, run.data, "test")
    (section,) = TextClassification().mistakes(run, probabilities.argmax(-1), probabilities)
    assert section.table is None
    assert "all 80 test texts are classified correctly" in section.caption


def test_a_model_without_vectors_of_words_costs_its_parts_alone(run, monkeypatch):
    monkeypatch.setattr("zoo865.visualize.words_attribution.layers_of", lambda model: {})
    labels, probabilities = answers_of(run.model, run.data, "test")
    (section,) = TextClassification().mistakes(run, labels, probabilities)
    assert list(section.table) == ["text", "label", "prediction", "probability"]
