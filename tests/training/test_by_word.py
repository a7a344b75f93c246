"""Weights of another vocabulary: each word keeps its own row, wherever it stands here."""

import numpy as np
import pytest

import zoo865
from zoo865.training.loop import train

OTHER = "the dog eats hay . a singer hears jazz . the cat sings on the moon . the dog and the cat eat cheese .\n" * 40


@pytest.mark.parametrize("size", [1000, 12])
def test_init_from_brings_rows_to_their_words(tiny_run, tmp_path, capsys, size):
    before = tiny_run("word2vec")
    (tmp_path / "other.txt").write_text(OTHER)
    settings = {"data": str(tmp_path / "other.txt"), "data_args.vocabulary_size": size, "epochs": 1}
    settings["phases.train.optimizer.learning_rate"] = 1e-9  # nothing is learned
    recipe = zoo865.get_recipe("word2vec").smallest().override(settings)
    run = train(recipe, run_dir=tmp_path / "run", init_from=before.path)
    had, has = (list(one.spec.inputs["text"].vocabulary) for one in (before, run))
    both = [word for word in has if word in had]
    assert 3 < len(both) < len(has)
    assert f"{len(both)} of {len(has)} words begin with what they have there" in capsys.readouterr().err
    for word in both:
        expected = before.model.vectors[had.index(word) + 2]
        np.testing.assert_allclose(run.model.vectors[has.index(word) + 2], expected, atol=1e-5)
    new = run.model.vectors[[has.index(word) + 2 for word in has if word not in had]]
    assert 0 < np.abs(new).max() <= 0.5 / 8 + 1e-5  # as they begin


def test_files_of_a_task_are_looked_at_before_training(tmp_path):
    recipe = zoo865.get_recipe("word2vec").smallest()
    with pytest.raises(zoo865.ZooError, match=r"cannot read none\.txt"):
        train(recipe.override({"task.analogies": "none.txt"}), run_dir=tmp_path / "run")
    (tmp_path / "strange.txt").write_text("koning man vrouw koningin\n")
    with pytest.raises(zoo865.ZooError, match="has no question whose words are all known"):
        train(recipe.override({"task.analogies": str(tmp_path / "strange.txt")}), run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_files_of_a_task_are_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "questions.txt").write_text("cat dog cook baker\n")
    (tmp_path / "pairs.tsv").write_text("cat\tdog\t9\ncook\tbaker\t8\ncat\tbaker\t1\nsinger\tband\t7\n")
    settings = {"task.analogies": "questions.txt", "task.similarities": ["pairs.tsv"], "epochs": 1}
    run = train(zoo865.get_recipe("word2vec").smallest().override(settings), run_dir=tmp_path / "run")
    assert {"pairs", "analogies"} <= run.metrics["test"].keys()
    assert run.metrics["protocol"] == "pairs: 4 pairs of known words. analogies: 1 question of known words."
    monkeypatch.chdir("/")
    again = zoo865.Run(tmp_path / "run")
    assert again.recipe.task.measure(again.model, again.data, "test") == pytest.approx(run.metrics["test"], abs=1e-6)
