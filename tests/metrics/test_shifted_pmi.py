"""PMI by its definition, and that skip-grams with negative sampling learn it (Levy, Goldberg 2014)."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

import zoo865
from zoo865.data.cooccurrence import cooccurrence
from zoo865.metrics.mutual_information import shifted_pmi


@pytest.mark.fast
@pytest.mark.parametrize("negatives", [1, 5])
def test_it_is_its_definition(negatives):
    random = np.random.default_rng(0)
    counts = random.poisson(1, (6, 8)) * 0.2
    noise = random.dirichlet(np.ones(8))
    found = shifted_pmi(csr_array(counts), noise, negatives).toarray()
    for (word, context), count in np.ndenumerate(counts):
        if count:
            share_of_word, share_of_pair = counts[word].sum() / counts.sum(), count / counts.sum()
            pmi = math.log(share_of_pair / (share_of_word * noise[context]))
            assert found[word, context] == pytest.approx(pmi - math.log(negatives))
    assert not found[counts == 0].any()


@pytest.mark.parametrize("seed", range(3))
def test_products_of_vectors_become_pmi(seed, tmp_path):
    """With as many dimensions as words, and frequent words that learn from all their places, there is nothing else that
    they could become.
    """
    settings = {"batches.subsample": 0.0, "batches.cap": 64.0, "batch_size": 16, "epochs": 15}
    settings |= {"model_args.dimensions": 40, "phases.train.optimizer.learning_rate": 0.05}
    run = zoo865.train(zoo865.get_recipe("word2vec").smallest().override(settings), run_dir=tmp_path / "run", seed=seed)
    feed = run.recipe.batches.open(run.data, batch_size=16, seed=0)
    counts = cooccurrence(np.asarray(feed.stream), len(feed.kept), window=5, weighting="linear")
    often = counts.toarray() >= 100
    expected = shifted_pmi(counts, feed.noise_shares, negatives=5).toarray()[often]
    found = (run.model.vectors @ np.asarray(run.model.contexts.embeddings).T)[often]
    assert len(found) > 600
    assert np.corrcoef(expected, found)[0, 1] > 0.98
    slope, _ = np.polyfit(expected, found, 1)
    assert slope == pytest.approx(1, abs=0.05)
    assert np.abs(found - expected).mean() < 0.1
