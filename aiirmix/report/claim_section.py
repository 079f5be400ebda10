"""The report's section on claims: each comparison as a point with a whisker."""

from dataclasses import dataclass

from aiirmix.report.judge import Comparison, Verdict

ZERO, HALF_WIDTH = 0.5, 0.48
"""Where 0 is, and the longest distance from it, as fractions of the width of a chart."""


@dataclass(frozen=True)
class Whisker:
    """A comparison in a chart, in fractions of its width."""

    comparison: Comparison
    low: float
    middle: float
    high: float


def is_compared(verdict: Verdict) -> bool:
    """Whether the runs allow at least one comparison."""
    return any(one.interval for one in verdict.comparisons)


def whiskers(verdict: Verdict) -> list[Whisker]:
    """Place the comparisons of a claim that have an interval on one scale, with 0 in the middle."""
    shown = [(one, one.interval) for one in verdict.comparisons if one.interval is not None]
    most = max(abs(float(x)) for one, ends in shown for x in (*ends, one.effect)) or 1.0
    return [
        Whisker(one, *(ZERO + HALF_WIDTH * float(x) / most for x in (ends.low, one.effect, ends.high)))
        for one, ends in shown
    ]
