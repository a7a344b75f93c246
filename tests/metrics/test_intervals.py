"""Measures with the ends of their intervals."""

import pytest

from zoo865.metrics.intervals import joined

pytestmark = pytest.mark.fast


def test_ends_go_to_their_measure():
    measures = {"accuracy_low": 0.7, "accuracy": 0.8, "cross_entropy": 0.5, "accuracy_high": 0.9}
    assert joined(measures) == {"accuracy": (0.8, (0.7, 0.9)), "cross_entropy": (0.5, None)}


def test_a_name_that_ends_so_is_a_measure_where_its_other_end_is_missing():
    measures = {"temperature": 0.8, "temperature_high": 0.9, "frequency_low": 0.1}
    assert joined(measures) == {name: (value, None) for name, value in measures.items()}
