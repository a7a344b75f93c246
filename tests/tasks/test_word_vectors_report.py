"""The report of word vectors: its tables against NumPy, its pairs against the text, its map against its own boxes."""

import collections
import itertools
import math
import re
import types
from xml.etree import ElementTree

import numpy as np
import pytest

from zoo865.data.features import Text
from zoo865.data.spec import Spec
from zoo865.data.tokenizer import words_of
from zoo865.reporting.page import svg
from zoo865.tasks.word_vectors_report import sections
from zoo865.visualize.words import MAGNIFICATIONS, magnifications, vector_rows, word_map


@pytest.fixture
def run(tiny_run):
    return tiny_run("word2vec")


@pytest.fixture
def shown(run):
    return {section.name: section for part in sections(run) for section in part.make()}


def made(vocabulary, vectors, **batches):
    """As much of a run as its words and their vectors."""
    vectors = np.concatenate([np.zeros((2, vectors.shape[1])), vectors]).astype("float32")
    recipe = types.SimpleNamespace(batches=types.SimpleNamespace(**batches), batch_size=4)
    spec, model = Spec({"text": Text(5, tuple(vocabulary))}), types.SimpleNamespace(vectors=vectors)
    return types.SimpleNamespace(spec=spec, model=model, recipe=recipe, settings={"seed": 0})


def parts_of(run):
    return {part.title: part for part in sections(run)}


def test_a_tiny_run_has_them_all_but_analogies_of_words_it_does_not_know(shown):
    assert list(shown) == ["nearest_words", "map", "rows", "pairs", "sub_sampling", "pmi"]


def test_the_nearest_words_are_those_of_numpy(run, shown):
    vocabulary, table = run.spec.inputs["text"].vocabulary, shown["nearest_words"].table
    vectors = run.model.vectors[2:]
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert len(table["word"]) == 12
    for word, rank, found in zip(*table.values(), strict=True):
        number = vocabulary.index(word)
        assert int(rank) == number + 1
        cosines = units @ units[number]
        order = [near for near in np.argsort(-cosines) if near != number][:5]
        assert found == ", ".join(f"{vocabulary[near]}\u00a0{cosines[near]:.2f}" for near in order)


@pytest.mark.fast
def test_words_are_asked_about_from_frequent_to_rare_but_the_most_frequent():
    vocabulary = ["".join(letters) for letters in itertools.product("abcdefghij", repeat=4)]
    found = parts_of(made(vocabulary, np.random.default_rng(0).standard_normal((len(vocabulary), 4))))
    (section,) = found["Nearest words"].make()
    ranks = [int(rank.replace(",", "")) for rank in section.table["rank"]]
    assert (ranks[0], ranks[-1]) == (101, len(vocabulary))
    np.testing.assert_allclose(np.diff(np.log(ranks)), math.log(ranks[-1] / ranks[0]) / 11, atol=0.02)


@pytest.mark.fast
def test_analogies():
    """king - man + woman is queen; a question with a word that is not known is none; a wrong answer is said."""
    male, female, royal = np.eye(5)[:3]
    words = {"king": royal + male, "man": male, "woman": female, "queen": royal + female, "actor": np.eye(5)[3] + male}
    words |= {"actress": np.eye(5)[4], "other": np.eye(5)[3] + female}
    (section,) = parts_of(made(words, np.stack(list(words.values()))))["Analogies"].make()
    assert section.table == {
        "question": ["king − man + woman", "actor − man + woman"],  # noqa: RUF001 (a minus sign)
        "answer": ["queen", "other"],
        "expected": ["queen", "actress"],
        "right": ["yes", "no"],
    }
    assert "1 of 2 questions" in section.caption


@pytest.mark.fast
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_few_words_have_what_can_be_shown_of_them(count):
    run = made("abcde"[:count], np.random.default_rng(0).standard_normal((count, 4)))
    found = {title: list(part.make()) for title, part in parts_of(run).items()}
    assert list(found) == ["Nearest words", "Analogies", "Map of words", "Rows of the matrix"]
    assert found["Nearest words"][0].table["word"] == list("abcde"[:count])
    assert (found["Analogies"], len(found["Map of words"])) == ([], int(count > 2))


@pytest.mark.fast
def test_data_that_are_gone_cost_the_parts_that_need_them():
    run = made("abcde", np.random.default_rng(0).standard_normal((5, 4)), subsample=0.1)
    assert next(iter(parts_of(run)["Nearest words"].make())).table
    with pytest.raises(AttributeError):
        list(parts_of(run)["Training pairs"].make())


def test_training_pairs_lie_within_the_window(run, shown):
    table, window = shown["pairs"].table, run.recipe.batches.window
    sentence = re.match(r"“(.*?)”", shown["pairs"].caption)[1].split()
    texts = " ".join(run.data.train.take(np.arange(len(run.data.train)))["text"])
    assert f" {' '.join(sentence)} " in f" {' '.join(words_of(texts))} "
    (word,) = set(table["word"])
    place = sentence.index(word)
    near = {other: sentence[other] for other in range(len(sentence)) if 0 < abs(other - place) <= window}
    count = table["label"].index("0")
    assert table["context"][:count] == list(near.values())
    # How many of the windows of 1 to `window` words reach so far.
    reached = [sum(abs(other - place) <= size for size in range(1, window + 1)) / window for other in near]
    assert [float(weight) for weight in table["weight"][:count]] == pytest.approx(reached)
    assert table["label"][count:] == ["0"] * run.model.negatives
    assert set(table["context"][count:]) <= set(run.spec.inputs["text"].vocabulary)


def test_counts_are_what_the_products_of_glove_are_to_be(tiny_run):
    """Every pair of the tiny text is drawn from; counts are counted anew, products and biases are NumPy's."""
    run = tiny_run("glove")
    (section,) = {part.title: part for part in sections(run)}["Relation to counts"].make()
    window, vocabulary = run.recipe.batches.window, run.spec.inputs["text"].vocabulary
    counted = collections.Counter()
    for text in run.data.train.take(np.arange(len(run.data.train)))["text"]:
        words = words_of(str(text))
        for place, other in itertools.permutations(range(len(words)), 2):
            if abs(place - other) <= window and {words[place], words[other]} <= set(vocabulary):
                pair = vocabulary.index(words[place]) + 2, vocabulary.index(words[other]) + 2
                counted[pair] += 1 / abs(place - other)
    model = run.model
    layers = model.words, model.contexts, model.word_biases, model.context_biases
    words, contexts, word_biases, context_biases = (np.asarray(layer.embeddings) for layer in layers)
    products = words @ contexts.T + word_biases + context_biases.T
    possible = np.array([(math.log(count), products[pair]) for pair, count in counted.items()])
    points = np.asarray(section.figure.axes[0].collections[0].get_offsets())
    assert len(points) > 10
    assert np.abs(points[:, None] - possible).max(2).min(1).max() < 1e-3


def test_shares_of_words_that_are_kept(run, shown):
    texts = " ".join(run.data.train.take(np.arange(len(run.data.train)))["text"])
    words = words_of(texts)
    for word, kept in zip(*shown["sub_sampling"].table.values(), strict=True):
        rarity = run.recipe.batches.subsample * len(words) / words.count(word)
        assert kept == f"{math.sqrt(rarity) + rarity:.1%}"


def test_rows_are_vectors_and_alike_ones_are_together(run, shown):
    axis = shown["rows"].figure.axes[0]
    words = [label.get_text() for label in axis.get_yticklabels()]
    numbers = [run.spec.inputs["text"].vocabulary.index(word) + 2 for word in words]
    rows = np.asarray(axis.images[0].get_array())
    np.testing.assert_array_equal(rows, run.model.vectors[numbers])
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    beside = (units[1:] * units[:-1]).sum(1).mean()
    random = np.random.default_rng(0)
    mixed = [random.permutation(units) for _ in range(100)]
    assert beside > max((some[1:] * some[:-1]).sum(1).mean() for some in mixed)


@pytest.mark.fast
def test_rows_of_zeros_are_drawn():
    assert vector_rows(np.zeros((3, 4)), ["a", "b", "c"]).axes[0].images[0].get_clim() == (-1, 1)


def boxes(places, sizes, zoom):
    """left, right, bottom, top of labels on a map that is magnified."""
    middle, half = places * zoom, sizes / 2
    return np.concatenate([middle - half, middle + half], 1)


def overlap(one, others):
    return ((one[:2] < others[:, 2:] - 1e-9) & (others[:, :2] < one[2:] - 1e-9)).all(1)


@pytest.mark.fast
@pytest.mark.parametrize("seed", range(3))
def test_labels_never_overlap_and_appear_as_early_as_they_can(seed):
    random = np.random.default_rng(seed)
    places, side = random.uniform(5, 295, (150, 2)), 300
    places[10] = places[3]  # there is never room for both
    sizes = np.stack([random.uniform(10, 90, 150), np.full(150, 14)], 1)
    found = magnifications(places, sizes, side)
    assert found[0] == 1 or sizes[0, 0] / 2 > min(places[0, 0], side - places[0, 0])
    assert np.isinf(found[[3, 10]]).any()
    for zoom in MAGNIFICATIONS:
        here = boxes(places, sizes, zoom)
        shown = found <= zoom
        for label in range(150):
            others = shown & (np.arange(150) != label)
            hit = overlap(here[label], here[others]).any()
            outside = here[label, 0] < 0 or here[label, 2] > side * zoom
            assert shown[label] == (not hit and not outside)
    assert (found == 1).sum() < (found <= 4).sum()


@pytest.mark.fast
def test_the_first_labels_have_precedence():
    places, sizes = np.array([[50.0, 50], [55, 50], [90, 50]]), np.array([[30.0, 10]] * 3)
    assert magnifications(places, sizes, 100)[[0, 1]].tolist() == [1, next(z for z in MAGNIFICATIONS if 5 * z >= 30)]


@pytest.mark.fast
def test_a_map_has_a_dot_for_every_word_and_says_from_where_on_words_appear():
    random = np.random.default_rng(0)
    words = [*("".join(random.choice(list("abcmw"), 6)) for _ in range(59)), "$a_word_that_is_too_long$"]
    drawn = ElementTree.fromstring(svg(word_map(random.standard_normal((60, 2)), words), "map"))
    names = {"svg": "http://www.w3.org/2000/svg"}
    assert len(drawn.findall(".//svg:use", names)) == 60
    groups = [group for group in drawn.iterfind(".//svg:g", names) if "-from-" in group.get("id", "")]
    seen = {}
    for group in groups:
        text = group.find("svg:text", names)
        zoom = float(re.search(r"-from-([\d.]+)$", group.get("id"))[1])
        assert ("opacity: 0" in text.get("style")) == (zoom > 1)
        seen[text.text] = zoom
    assert seen.keys() <= {*words[:-1], "$a_word_that_…"}
    assert 1 in seen.values()
    assert set(seen.values()) <= {float(f"{zoom:.3g}") for zoom in MAGNIFICATIONS}
    assert max(seen.values()) > 1
