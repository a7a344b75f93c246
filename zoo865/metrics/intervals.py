"""How far a share that was counted on some examples is to be trusted."""

from scipy.stats import binom


def interval(share: float, count: int) -> tuple[float, float]:
    """Where a share would lie in 95 % of samples drawn from the same examples: its bootstrap interval (Efron 1979).

    Of right and wrong answers such samples are binomial, so that none need be drawn. Where all answers are right it is
    a single point, and the share of wrong ones may still be as large as 3 / count.

    Args:
        share: of right answers, 0 to 1.
        count: how many there are in all.

    Returns:
        The lower and the upper end.
    """
    low, high = binom.ppf((0.025, 0.975), count, share) / count
    return float(low), float(high)


def joined(measures: dict[str, float]) -> dict[str, tuple[float, tuple[float, float] | None]]:
    """Measures with their intervals: name -> (value, (low, high) or None); "x_low" and "x_high" go to "x"."""
    found = {}
    for name, value in measures.items():
        ends = tuple(measures[f"{name}_{end}"] for end in ("low", "high") if f"{name}_{end}" in measures)
        if name.removesuffix("_low").removesuffix("_high") not in found:
            found[name] = (value, ends or None)
    return found
