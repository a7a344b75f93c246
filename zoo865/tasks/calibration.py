"""Whether a classifier is as sure as it is right: a section of its report."""

from zoo865.metrics.calibration import expected_calibration_error, reliability
from zoo865.tasks.task import ReportSection


def calibration(labels, probabilities, unit: str) -> ReportSection:
    """The section of the reliability diagram.

    Args:
        labels: (examples,) of the test examples.
        probabilities: (examples, classes) of the model's answers.
        unit: what examples are called.
    """
    from zoo865.visualize.charts import reliability_diagram

    bins = reliability(probabilities, labels)
    error = expected_calibration_error(*bins)
    gap = probabilities.max(-1).mean() - (probabilities.argmax(-1) == labels).mean()
    way = "surer than it was right" if gap > 0 else "less sure than it was right"
    caption = (
        f"Expected calibration error {error:.1%}: how far, on average, an answer's probability lies from the share of "
        f"answers of that probability which were right, on {len(labels):,} test {unit} in {len(bins[2])} bins of equal "
        f"width. On the dashed line both are equal. On the whole it was {way}."
    )
    return ReportSection("calibration", "Is it as sure as it is right?", caption, reliability_diagram(*bins))
