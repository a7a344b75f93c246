"""How far a share that was counted on some examples is to be trusted."""


def interval(share: float, count: int) -> tuple[float, float]:
    """Where a share would lie in 95 % of samples drawn from the same examples: its bootstrap interval (Efron 1979).

    Of right and wrong answers such samples are binomial, so that none need be drawn. Where all answers are alike all
    samples are too, and tell nothing: the end is then that of the exact interval (Clopper and Pearson 1934).

    Args:
        share: of right answers, 0 to 1.
        count: how many there are in all.

    Returns:
        The lower and the upper end.
    """
    from scipy.stats import binom  # half of the command line's start, were it at the top

    low, high = binom.ppf((0.025, 0.975), count, share) / count
    beyond = 1 - 0.025 ** (1 / count)
    return float(1 - beyond if share == 1 else low), float(beyond if share == 0 else high)


def joined(measures: dict[str, float]) -> dict[str, tuple[float, tuple[float, float] | None]]:
    """Measures with their intervals: name -> (value, (low, high) or None); "x_low" and "x_high" go to "x"."""
    intervals = {
        name: (measures[f"{name}_low"], measures[f"{name}_high"])
        for name in measures
        if {f"{name}_low", f"{name}_high"} <= measures.keys()
    }
    ends = {f"{name}_{end}" for name in intervals for end in ("low", "high")}
    return {name: (value, intervals.get(name)) for name, value in measures.items() if name not in ends}
