"""Verdicts: whether a claim holds, how certain that is, and when the runs are too few to decide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from aiirmix.common.statistics import (
    Interval,
    Scores,
    bootstrap_comparison,
    difference,
    percentile_interval,
    probability_of_improvement,
)
from aiirmix.report.claim_spec import ClaimSpec
from aiirmix.report.engagement import inert_models
from aiirmix.report.evaluations import Evaluations
from aiirmix.report.learning_curves import aligned

Decision = Literal["holds", "does not hold", "undecided", "inert"]
ENOUGH_SEEDS = 5
"""Complete runs that a model must have on a map before a comparison there is decided."""
ALPHA = 0.05
"""One minus the level of intervals."""


@dataclass(frozen=True)
class Comparison:
    """One model against another, or against a number, on one map."""

    map_label: str
    higher: str
    lower: str
    seeds: tuple[list[int], list[int]]
    """The seeds of the runs of either side; empty for a number."""
    decision: Decision = "undecided"
    why: str = ""
    """Why it is undecided or inert."""
    env_steps: int = 0
    """The budget that all of these runs have used."""
    effect: float = np.nan
    """By how much the mean of `higher` exceeds that of `lower`; nan if a side has no runs."""
    interval: Interval | None = None
    """The 95 % interval of the effect; None if a side has no runs."""
    chance: float | None = None
    """The probability that a run of `higher` has the higher value; None for a number."""


@dataclass(frozen=True)
class Verdict:
    """The decision on a claim."""

    spec: ClaimSpec
    decision: Decision
    comparisons: list[Comparison]

    @property
    def decisive(self) -> Comparison:
        """The comparison with the lowest effect among those with this decision."""
        alike = [one for one in self.comparisons if one.decision == self.decision]
        return min(alike, key=lambda one: -np.inf if one.interval is None else one.effect)


def judge(spec: ClaimSpec, runs: Sequence[Evaluations], env: str | None = None) -> Verdict:
    """Compare each of `higher` with each of `lower` on every map. All must hold; one that does not refutes the claim.

    A comparison holds if its 95 % interval lies above 0. To refute a claim of k comparisons, the 100·(1 − 0.05/k) %
    interval of one must lie below 0: among many comparisons, one is soon below 0 by chance. Models whose intrinsic
    reward is inert (`report.engagement`) neither support nor refute anything.

    Args:
        spec: the claim.
        runs: all runs there are; only complete ones count.
        env: an environment other than the default one; its maps have labels such as `smac-8m`.
    """
    sides = [list[str | float](side if isinstance(side, tuple) else (side,)) for side in (spec.higher, spec.lower)]
    labels = [f"{env}-{name}" if env else name for name in spec.maps]
    cases = list(product(labels, sides[0], sides[1]))
    complete = [run for run in runs if run.is_complete]
    comparisons = [_compare(spec, complete, *case, alpha=ALPHA / len(cases)) for case in cases]
    decisions: list[Decision] = ["does not hold", "undecided", "inert", "holds"]
    found = {comparison.decision for comparison in comparisons}
    return Verdict(spec, next(decision for decision in decisions if decision in found), comparisons)


def _compare(
    spec: ClaimSpec,
    runs: Sequence[Evaluations],
    map_label: str,
    higher: str | float,
    lower: str | float,
    alpha: float,
) -> Comparison:
    sides = [[run for run in runs if (run.map_label, run.model) == (map_label, side)] for side in (higher, lower)]
    seeds = ([run.seed for run in sides[0]], [run.seed for run in sides[1]])
    comparison = Comparison(map_label, _name(higher), _name(lower), seeds)
    models = {side: found for side, found in zip((higher, lower), sides, strict=True) if isinstance(side, str)}
    missing = _missing(spec, models)
    if missing:
        return replace(comparison, why=missing)
    env_steps, scores = _scores(spec, [*sides[0], *sides[1]])
    x, y = (
        scores[part] if isinstance(side, str) else np.array([side])
        for side, part in ((higher, slice(len(sides[0]))), (lower, slice(len(sides[0]), None)))
    )
    samples = bootstrap_comparison([(x, y)], difference, np.random.default_rng(0))
    inert = inert_models(run for found in sides for run in found)
    few = min(len(found) for found in models.values()) < ENOUGH_SEEDS
    decision, why = _decide(samples, alpha, few)
    if inert:
        decision, why = "inert", f"the intrinsic reward of {' and '.join(inert)} is inert"
    chance = float(probability_of_improvement(x, y)) if len(models) == 2 else None
    decided = replace(comparison, decision=decision, why=why, env_steps=env_steps, chance=chance)
    return replace(decided, effect=float(difference(x, y)), interval=percentile_interval(samples, 1 - ALPHA))


def _missing(spec: ClaimSpec, models: dict[str, list[Evaluations]]) -> str:
    """Say what makes a comparison impossible; nothing if it is possible."""
    without_runs = [model for model, runs in models.items() if not runs]
    if without_runs:
        return f"no complete run of {' and '.join(without_runs)}"
    wanted = [name for name in (spec.metric, spec.minus) if name]
    unrecorded = {name for runs in models.values() for run in runs for name in wanted if name not in run.metrics}
    return f"{min(unrecorded)} was not recorded" if unrecorded else ""


def _scores(spec: ClaimSpec, runs: Sequence[Evaluations]) -> tuple[int, Scores]:
    """Return the common budget and the measure of each run, [runs]. A threshold never reached takes all the budget."""
    curves = [run.metrics[spec.metric] - (run.metrics[spec.minus] if spec.minus else 0.0) for run in runs]
    env_steps, values = aligned([run.env_steps for run in runs], curves)
    known = np.isfinite(values).all(axis=0)
    scores = spec.apply(env_steps[known], values[:, known])
    return int(env_steps[-1]), np.where(np.isposinf(scores), env_steps[-1], scores)


def _decide(samples: Scores, alpha: float, few: bool) -> tuple[Decision, str]:
    """Return the decision on one comparison, and why it is undecided."""
    if few:
        return "undecided", f"it takes {ENOUGH_SEEDS} seeds"
    interval = percentile_interval(samples, 1 - ALPHA)
    if interval.low > 0:
        return "holds", ""
    if interval.high >= 0:
        return "undecided", "the interval holds 0"
    if percentile_interval(samples, 1 - alpha).high < 0:
        return "does not hold", ""
    return "undecided", f"the {100 * (1 - alpha):.4g} % interval holds 0"


def _name(side: str | float) -> str:
    return side if isinstance(side, str) else f"{side:g}"
