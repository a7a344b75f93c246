"""Texts on the command line: columns of tables, and the vectors that a network begins with."""

import csv

import numpy as np
import pytest

import zoo865
from zoo865.data.vector_files import write_vectors

TEXTS = ["The film was not bad at all.", "Simply awful, a mess.\nNever funny.", "letter.txt", ""]


@pytest.fixture(scope="module")
def run(tiny_run):
    return tiny_run("sentiment_lstm")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "reviews.csv"
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([("id", "review"), *enumerate(TEXTS)])
    return path


def test_a_column_of_a_table_is_predicted_row_by_row(zoo, run, table, tmp_path):
    out = tmp_path / "answers.csv"
    code, said, err = zoo("predict", run.path, table, "--column", "review", "--out", out)
    assert (code, "4 predictions" in said) == (0, True), err
    with open(out, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [f"{table}:{line}" for line in (2, 3, 5, 6)]
    answers = zoo865.Predictor(run.path).run("serve", text=np.array(TEXTS, object))
    found = [[float(row[f"probability of {name}"]) for name in ("neg", "pos")] for row in rows]
    np.testing.assert_allclose(found, answers["probabilities"], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--column", "texts"), ["no column 'texts'", "it has 'id', 'review'"]),
        ((), ["reviews.csv is a table", "--column id or --column review"]),
    ],
)
def test_which_column_is_said(zoo, run, table, arguments, says):
    code, _, err = zoo("predict", run.path, table, *arguments)
    assert code == 2
    assert err.count("\n") == 1
    assert all(words in err for words in says), err


def test_a_column_needs_a_table_and_a_system_of_texts(zoo, run, table, tiny_run, tmp_path):
    (tmp_path / "one.txt").write_text("A film.")
    code, _, err = zoo("predict", run.path, tmp_path / "one.txt", "--column", "review")
    assert (code, "one.txt is not a table" in err) == (2, True), err
    code, _, err = zoo("predict", tiny_run("mnist_cnn").path, table, "--column", "review")
    assert (code, "this one reads: image" in err) == (2, True), err


def test_vectors_of_a_file_bring_their_dimensions(zoo, tmp_path):
    path = write_vectors(tmp_path / "v.txt", ["film", "good", "bad"], np.ones((3, 7)))
    arguments = ("--data", "generated_reviews", "--set", "data_args.min_count=1", "--set", "model_args.units=4")
    more = ("--set", "model_args.filters=4", "--epochs", 1, "--run-dir", tmp_path / "run")
    code, _, err = zoo("train", "sentiment_lstm", "--vectors", path, *arguments, *more)
    assert code == 0, err
    assert "v.txt: vectors of 3 of" in err
    model = zoo865.Run(tmp_path / "run").model
    assert model.get_layer("vectors").embeddings.shape[1] == 7
    code, _, err = zoo("train", "sentiment_lstm", "--vectors", tmp_path / "none.txt", *arguments)
    assert (code, "none.txt" in err) == (2, True), err


def test_other_dimensions_than_a_setting_says_and_systems_without_vectors(zoo, tmp_path):
    path = write_vectors(tmp_path / "v.txt", ["film", "good", "bad"], np.ones((3, 7)))
    code, _, err = zoo("train", "sentiment_lstm", "--vectors", path, "--set", "model_args.dimensions=50")
    assert (code, "has vectors of 7 dimensions, not 50; omit" in err) == (2, True), err
    code, _, err = zoo("train", "word2vec", "--vectors", path)
    assert (code, err) == (2, "error: word2vec begins with no word vectors; omit --vectors\n")
