"""Pointwise mutual information of tables for which it is known, and vectors whose products give it back."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import entropy
from sklearn.metrics import mutual_info_score

from zoo865.metrics.mutual_information import pmi, ppmi_svd

pytestmark = pytest.mark.fast


def test_its_mean_is_the_mutual_information():
    """As scikit-learn computes it; the power of one context distribution takes it to a divergence that SciPy knows."""
    random = np.random.default_rng(0)
    counts = random.integers(0, 20, (6, 5))
    shares = counts / counts.sum()
    assert (shares * pmi(csr_array(counts)).toarray()).sum() == pytest.approx(
        mutual_info_score(None, None, contingency=counts)
    )
    contexts = counts.sum(0) ** 0.75 / (counts.sum(0) ** 0.75).sum()
    expected = entropy(shares.ravel(), np.outer(shares.sum(1), contexts).ravel())
    assert (shares * pmi(csr_array(counts), power=0.75).toarray()).sum() == pytest.approx(expected)


def test_a_symmetric_table_has_symmetric_information_and_chance_none():
    counts = np.random.default_rng(1).integers(1, 9, (7, 7))
    found = pmi(csr_array(counts + counts.T))
    assert abs(found - found.T).max() < 1e-12
    by_chance = np.outer([1.0, 2.0, 5.0], [3.0, 1.0, 4.0])
    np.testing.assert_allclose(pmi(csr_array(by_chance)).toarray(), 0, atol=1e-12)


def test_pairs_that_are_missing_stay_so_and_the_counts_as_they_are():
    counts = csr_array([[0.0, 3.0, 1.0], [0.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    before = counts.toarray()
    found = pmi(counts)
    assert found.nnz == 3
    assert np.isfinite(found.data).all()
    np.testing.assert_array_equal(counts.toarray(), before)


def test_vectors_are_those_of_numpys_decomposition():
    random = np.random.default_rng(2)
    counts = random.integers(0, 6, (30, 30)) * random.integers(0, 2, (30, 30))
    counts = csr_array(counts + counts.T)
    found = ppmi_svd(counts, 5)
    assert (found.shape, found.dtype) == ((30, 5), np.float32)
    left, values, _ = np.linalg.svd(np.maximum(pmi(counts, 0.75).toarray(), 0))
    expected = left[:, :5] * np.sqrt(values[:5])
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-4)  # signs of directions are free
    np.testing.assert_allclose(np.square(found).sum(0), values[:5], rtol=1e-4)
    np.testing.assert_array_equal(found, ppmi_svd(counts, 5))
