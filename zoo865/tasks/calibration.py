"""Calibration of a classifier: a section of its report."""

from zoo865.metrics.calibration import expected_calibration_error, reliability
from zoo865.tasks.task import ReportSection


def calibration(labels, probabilities, unit: str) -> ReportSection:
    """The section of the reliability diagram.

    Args:
        labels: (examples,) true labels of the test examples.
        probabilities: (examples, classes) predicted probabilities.
        unit: what examples are called.
    """
    from zoo865.visualize.charts import reliability_diagram

    bins = reliability(probabilities, labels)
    error = expected_calibration_error(*bins)
    gap = probabilities.max(-1).mean() - (probabilities.argmax(-1) == labels).mean()
    way = "overconfident" if gap > 0 else "underconfident"
    caption = (
        f"Expected calibration error {error:.1%}: the mean gap between predicted probability and accuracy, on "
        f"{len(labels):,} test {unit} in {len(bins[2])} bins of equal width. On the dashed line both are equal. "
        f"Overall the model is {way}."
    )
    return ReportSection("calibration", "Calibration", caption, reliability_diagram(*bins))
