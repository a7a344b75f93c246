"""word2vec: words of one use come together; what does not occur stays as it is."""

import numpy as np
import pytest

import zoo865
from zoo865.data.sets.generated_text import ACTORS
from zoo865.metrics.word_similarity import unit
from zoo865.tasks.word_vectors import numbers_of

pytestmark = pytest.mark.jax


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    settings = {"batches.subsample": 0, "batch_size": 4, "epochs": 4, "data_args.vocabulary_size": 60}
    recipe = zoo865.get_recipe("word2vec").smallest().override(settings)
    return zoo865.train(recipe, seed=1, run_dir=tmp_path_factory.mktemp("word2vec") / "run")


def test_words_of_one_use_lie_together(run):
    vectors, numbers = unit(run.model.vectors), numbers_of(run.spec)
    groups = [[vectors[numbers[word]] for word in group] for group in ACTORS]
    within = min((np.array(group) @ np.array(group).T).min() for group in groups)
    across = max((np.array(a) @ np.array(b).T).max() for a in groups for b in groups if a is not b)
    assert within > across + 0.05


def test_padding_has_no_vector_and_unknown_words_keep_theirs(run):
    assert not run.model.vectors[0].any()
    assert np.abs(run.model.vectors[1]).max() <= 0.5 / 8  # as it began
    assert np.abs(run.model.vectors[2:]).max() > 0.5


def test_its_last_epoch_was_measured_as_it_is_now(run):
    assert run.recipe.task.measure(run.model, run.data, "validation")["neighbour_accuracy"] == pytest.approx(
        run.history[-1]["val_neighbour_accuracy"], abs=1e-6
    )
