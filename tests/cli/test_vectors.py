"""`zoo865 vectors`: what a run has learned of words, as a file."""

import collections
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from zoo865.data.vector_files import read_vectors

DIGITS = Path(__file__).parents[2] / "saved_models" / "mnist_cnn" / "3"


@pytest.fixture(scope="module")
def run(tiny_run):
    return tiny_run("word2vec")


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.bin"])
def test_the_file_has_the_vectors_of_the_model(zoo, run, name):
    code, out, err = zoo("vectors", run.path, name)
    assert (code, out, err) == (0, f"{name}   40 words of 8 dimensions, by {run.origin}\n", "")
    found = read_vectors(name)
    assert found.words == run.spec.inputs["text"].vocabulary
    np.testing.assert_array_equal(found.vectors, run.model.vectors[2:])  # after padding and unknown words


def test_the_most_frequent_words_come_first(zoo, run):
    code, out, _ = zoo("vectors", run.path, "few.vec", "--words", 3, "--json")
    assert code == 0
    assert json.loads(out) == {
        **{"export": str(run.export_path), "model": run.origin, "out": "few.vec", "words": 3, "dimensions": 8},
    }
    texts = run.data.train.take(np.arange(len(run.data.train)))["text"]
    counts = collections.Counter(re.findall(r"\w+", " ".join(texts).lower()))
    assert read_vectors("few.vec").words == tuple(word for word, _ in counts.most_common(3))


def test_an_export_answers_without_its_run(zoo, run, tmp_path):
    shutil.copytree(run.export_path, tmp_path / "alone")  # not moved: other workers' tests read it where it is
    said = "vectors.txt   40 words of 8 dimensions, by export alone\n"
    assert zoo("vectors", "alone", "vectors.txt")[:2] == (0, said)


def test_what_has_no_word_vectors_names_those_that_have(zoo, tmp_path):
    code, out, err = zoo("vectors", DIGITS, "vectors.txt")
    assert (code, out) == (2, "")
    assert err == "error: mnist_cnn has no word vectors; those that have: glove, word2vec\n"
    assert not (tmp_path / "vectors.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("v.npy",), "cannot write word vectors to v.npy; name a file NAME.txt for text, NAME.bin for binary"),
        (("absent/v.txt",), "no folder absent; create it: mkdir -p absent"),
        (("v.txt", "--words", 0), "must be at least 1, not 0"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_work(zoo, monkeypatch, arguments, said):
    monkeypatch.setattr("zoo865.exporting.vectors_out.Predictor", None)
    code, _, err = zoo("vectors", "word2vec", *arguments)
    assert (code, err.count("\n"), said in err) == (2, 1, True)


def test_help_teaches(zoo):
    out = " ".join(zoo("vectors", "--help")[1].split())
    assert "zoo865 vectors word2vec vectors.txt --words 10000" in out
    assert 'KeyedVectors.load_word2vec_format("vectors.bin", binary=True)' in out
