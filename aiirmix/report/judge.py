"""Whether a claim holds: what the runs say, how sure that is, and when they are too few to say anything."""

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
from aiirmix.report.claim_spec import Claim
from aiirmix.report.evaluations import Evaluations
from aiirmix.report.learning_curves import aligned

Decision = Literal["holds", "does not hold", "undecided"]
ENOUGH_SEEDS = 5
"""Complete runs that a model must have on a map before anything is decided of it there."""
DOUBT = 0.05
"""One minus the level of intervals."""


@dataclass(frozen=True)
class Comparison:
    """One model against another, or against a number, on one map."""

    world: str
    higher: str
    lower: str
    seeds: tuple[list[int], list[int]]
    """Whose runs were used; none for a number."""
    decision: Decision = "undecided"
    why: str = ""
    """Why it is undecided."""
    env_steps: int = 0
    """As far as all of these runs have got."""
    effect: float = np.nan
    """How much higher the one is on average; not a number if a side has no runs."""
    interval: Interval | None = None
    """Of the effect, 95 %; None if a side has no runs."""
    chance: float | None = None
    """That a run of the one is higher than a run of the other; None for a number."""


@dataclass(frozen=True)
class Verdict:
    """A claim and what became of it."""

    claim: Claim
    decision: Decision
    comparisons: list[Comparison]

    @property
    def decisive(self) -> Comparison:
        """The comparison that the decision hangs on: the lowest effect among those that decide alike."""
        alike = [one for one in self.comparisons if one.decision == self.decision]
        return min(alike, key=lambda one: -np.inf if one.interval is None else one.effect)


def judge(claim: Claim, runs: Sequence[Evaluations], env: str | None = None) -> Verdict:
    """Compares each of `higher` with each of `lower` on every map. All must hold; one that does not refutes the claim.

    A comparison holds if its 95 % interval lies above 0. To refute a claim of k comparisons, the 100·(1 − 0.05/k) %
    interval of one must lie below 0: among many, one is soon found below by chance.

    Args:
        claim: what is judged.
        runs: whatever there is; only complete ones count.
        env: the environment if it is not the default one: its maps are called `smac-8m`, say.
    """
    sides = [list[str | float](side if isinstance(side, tuple) else (side,)) for side in (claim.higher, claim.lower)]
    worlds = [f"{env}-{world}" if env else world for world in claim.maps]
    cases = list(product(worlds, sides[0], sides[1]))
    complete = [run for run in runs if run.is_complete]
    comparisons = [_compare(claim, complete, *case, doubt=DOUBT / len(cases)) for case in cases]
    decisions: list[Decision] = ["does not hold", "undecided", "holds"]
    found = {comparison.decision for comparison in comparisons}
    return Verdict(claim, next(decision for decision in decisions if decision in found), comparisons)


def _compare(
    claim: Claim, runs: Sequence[Evaluations], world: str, higher: str | float, lower: str | float, doubt: float
) -> Comparison:
    sides = [[run for run in runs if (run.world, run.model) == (world, side)] for side in (higher, lower)]
    seeds = ([run.seed for run in sides[0]], [run.seed for run in sides[1]])
    comparison = Comparison(world, _name(higher), _name(lower), seeds)
    models = {side: seeds for side, seeds in zip((higher, lower), sides, strict=True) if isinstance(side, str)}
    missing = _missing(claim, models)
    if missing:
        return replace(comparison, why=missing)
    env_steps, scores = _scores(claim, [*sides[0], *sides[1]])
    x, y = (
        scores[part] if isinstance(side, str) else np.array([side])
        for side, part in ((higher, slice(len(sides[0]))), (lower, slice(len(sides[0]), None)))
    )
    samples = bootstrap_comparison([(x, y)], difference, np.random.default_rng(0))
    few = min(len(seeds) for seeds in models.values()) < ENOUGH_SEEDS
    decision, why = _decide(samples, doubt, few)
    chance = float(probability_of_improvement(x, y)) if len(models) == 2 else None
    told = replace(comparison, decision=decision, why=why, env_steps=env_steps, chance=chance)
    return replace(told, effect=float(difference(x, y)), interval=percentile_interval(samples, 1 - DOUBT))


def _missing(claim: Claim, models: dict[str, list[Evaluations]]) -> str:
    """What a comparison lacks altogether, in words; nothing if it lacks nothing."""
    without_runs = [model for model, runs in models.items() if not runs]
    if without_runs:
        return f"no complete run of {' and '.join(without_runs)}"
    wanted = [name for name in (claim.metric, claim.minus) if name]
    unknown = {name for runs in models.values() for run in runs for name in wanted if name not in run.metrics}
    return f"{min(unknown)} was not recorded" if unknown else ""


def _scores(claim: Claim, runs: Sequence[Evaluations]) -> tuple[int, Scores]:
    """How far all the runs have got, and the measure of each [runs]. What is never reached takes the whole budget."""
    curves = [run.metrics[claim.metric] - (run.metrics[claim.minus] if claim.minus else 0.0) for run in runs]
    env_steps, values = aligned([run.env_steps for run in runs], curves)
    known = np.isfinite(values).all(axis=0)
    scores = claim.apply(env_steps[known], values[:, known])
    return int(env_steps[-1]), np.where(np.isposinf(scores), env_steps[-1], scores)


def _decide(samples: Scores, doubt: float, few: bool) -> tuple[Decision, str]:
    """The decision on one comparison, and why there is none."""
    if few:
        return "undecided", f"it takes {ENOUGH_SEEDS} seeds"
    interval = percentile_interval(samples, 1 - DOUBT)
    if interval.low > 0:
        return "holds", ""
    if interval.high >= 0:
        return "undecided", "the interval holds 0"
    if percentile_interval(samples, 1 - doubt).high < 0:
        return "does not hold", ""
    return "undecided", f"the {100 * (1 - doubt):.4g} % interval holds 0"


def _name(side: str | float) -> str:
    return side if isinstance(side, str) else f"{side:g}"
