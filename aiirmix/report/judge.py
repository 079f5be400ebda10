"""Verdicts: whether a claim holds, how certain that is, and when the runs are too few to decide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from aiirmix.common.statistics import LEVEL, Interval, Scores, contrast, probability_of_improvement, welch_interval
from aiirmix.report.claim_spec import ClaimSpec, Pair
from aiirmix.report.effects import maps_together
from aiirmix.report.engagement import inert_models
from aiirmix.report.evaluations import Evaluations
from aiirmix.report.learning_curves import aligned

Decision = Literal["holds", "does not hold", "undecided", "inert"]
ENOUGH_SEEDS = 5
"""Complete runs that a model must have on a map before a comparison there is decided."""


@dataclass(frozen=True)
class Comparison:
    """One model against another, or against a number, on one map."""

    map_label: str
    higher: str
    lower: str
    seeds: tuple[list[int], list[int]]
    """The seeds of the runs of either side; empty for a number."""
    beyond: str = ""
    """What the difference must exceed, in words, if not 0."""
    decision: Decision = "undecided"
    why: str = ""
    """Why it is undecided or inert."""
    env_steps: int = 0
    """The budget that all of these runs have used."""
    effect: float = np.nan
    """By how much the mean of `higher` exceeds that of `lower`, less what it must exceed; nan if a side has no runs."""
    interval: Interval | None = None
    """The 95 % interval of the effect; None if a side has fewer than two runs."""
    chance: float | None = None
    """The probability that a run of `higher` has the higher value; None for a number."""

    def __str__(self) -> str:
        """`aiir_mix > none on 8m`, and what it must exceed."""
        return f"{self.higher} > {self.lower} on {self.map_label}{self.beyond and f' by more than {self.beyond}'}"


@dataclass(frozen=True)
class Sides:
    """The complete runs that a comparison is about."""

    map_label: str
    higher: str | float
    lower: str | float
    runs: tuple[list[Evaluations], list[Evaluations]]
    """Of either side; none for a number."""

    @property
    def models(self) -> dict[str, list[Evaluations]]:
        """The runs of the sides that are models."""
        sides = zip((self.higher, self.lower), self.runs, strict=True)
        return {side: found for side, found in sides if isinstance(side, str)}


class Contrast(NamedTuple):
    """The means of some samples, [runs] each, less those of others. A number is subtracted from every run."""

    added: list[Scores]
    subtracted: list[Scores]

    def beyond(self, other: "Contrast") -> "Contrast":
        """Return this difference less another one."""
        return Contrast(self.added + other.subtracted, self.subtracted + other.added)

    @staticmethod
    def average(parts: Sequence["Contrast"]) -> "Contrast":
        """Return the mean of some differences, as one: each is divided by their number."""
        sides = zip(*parts, strict=True)
        return Contrast(*([scores / len(parts) for samples in side for scores in samples] for side in sides))


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
    """Compare each of `higher` with each of `lower` on every map, or over all maps.

    All comparisons must hold; one that does not refutes the claim.

    A comparison holds if its 95 % interval (`welch_interval`) lies above 0. To refute a claim of k comparisons, the
    100·(1 − 0.05/k) % interval of one must lie below 0: among many comparisons, one is soon below 0 by chance. Models
    whose intrinsic reward is inert (`report.engagement`) neither support nor refute anything.

    Args:
        spec: the claim.
        runs: all runs there are; only complete ones count.
        env: an environment other than the default one; its maps have labels such as `smac-8m`.
    """
    complete = [run for run in runs if run.is_complete]
    cases = _cases(spec, complete, env)
    strict = 1 - (1 - LEVEL) / len(cases)
    comparisons = [_compare(spec, *case, strict) for case in cases]
    decisions: list[Decision] = ["does not hold", "undecided", "inert", "holds"]
    found = {comparison.decision for comparison in comparisons}
    return Verdict(spec, next(decision for decision in decisions if decision in found), comparisons)


def _cases(spec: ClaimSpec, runs: Sequence[Evaluations], env: str | None) -> list[tuple[list[Sides], list[Sides]]]:
    """Return what is compared, and the difference that it must exceed, if that is not 0, each on one map or several.

    A difference that must exceed another one must exceed 0, too: less harm is no help.
    """

    def sides(name: str, pair: Pair) -> Sides:
        label = f"{env}-{name}" if env else name
        higher, lower = ([run for run in runs if (run.map_label, run.model) == (label, side)] for side in pair)
        return Sides(label, *pair, (higher, lower))

    one = [[sides(name, pair) for name in place] for place in spec.places for pair in spec.pairs]
    plain: list[tuple[list[Sides], list[Sides]]] = [(each, []) for each in one]
    if spec.beyond is None:
        return plain
    there = spec.beyond.map
    other = [[sides(there or name, pair) for name in place] for place in spec.places for pair in spec.pairs_beyond]
    return plain + list(zip(one, other, strict=True))


def _compare(spec: ClaimSpec, sides: list[Sides], beyond: list[Sides], strict: float) -> Comparison:
    """Return what one comparison finds."""
    both = sides + beyond
    comparison = _comparison(sides, beyond)
    missing = next(filter(None, (_missing(spec, each.models) for each in both)), "")
    if missing:
        return replace(comparison, why=missing)
    measured = [found for each in both if (found := _measure(spec, each))]
    if len(measured) < len(both):
        return replace(comparison, why=f"no evaluation of all runs has {spec.metric}")
    env_steps, contrasts = zip(*measured, strict=True)
    whole = Contrast.average(contrasts[: len(sides)])
    if beyond:
        whole = whole.beyond(Contrast.average(contrasts[len(sides) :]))
    decision, why = _decide(whole, strict, _are_few(both))
    inert = sorted({model for each in both for model in inert_models(each.runs[0] + each.runs[1])})
    if inert:
        decision, why = "inert", f"the intrinsic reward of {' and '.join(inert)} is inert"
    of_models = len(both) == 1 and len(both[0].models) == 2
    chance = float(probability_of_improvement(*whole.added, *whole.subtracted)) if of_models else None
    decided = replace(comparison, decision=decision, why=why, env_steps=min(env_steps), chance=chance)
    return replace(decided, effect=contrast(*whole), interval=_interval(whole))


def _comparison(sides: Sequence[Sides], beyond: Sequence[Sides]) -> Comparison:
    """Return a comparison before it is decided."""
    higher, lower = ([run.seed for each in sides for run in each.runs[which]] for which in (0, 1))
    than = ""
    if beyond:
        than = f"{_name(beyond[0].higher)} > {_name(beyond[0].lower)} on {_place(beyond)}"
    return Comparison(_place(sides), _name(sides[0].higher), _name(sides[0].lower), (higher, lower), than)


def _place(sides: Sequence[Sides]) -> str:
    return sides[0].map_label if len(sides) == 1 else maps_together(len(sides))


def _are_few(sides: Sequence[Sides]) -> bool:
    """Whether a model has too few runs."""
    return min(len(found) for each in sides for found in each.models.values()) < ENOUGH_SEEDS


def _missing(spec: ClaimSpec, models: dict[str, list[Evaluations]]) -> str:
    """Say what makes a comparison impossible; nothing if it is possible."""
    without_runs = [model for model, runs in models.items() if not runs]
    if without_runs:
        return f"no complete run of {' and '.join(without_runs)}"
    wanted = [name for name in (spec.metric, spec.minus) if name]
    unrecorded = {name for runs in models.values() for run in runs for name in wanted if name not in run.metrics}
    return f"{min(unrecorded)} was not recorded" if unrecorded else ""


def _measure(spec: ClaimSpec, sides: Sides) -> tuple[int, Contrast] | None:
    """Return the common budget and the measure of the runs of both sides; None if no evaluation of all has it.

    A threshold that is never reached takes all the budget.
    """
    runs = [run for found in sides.runs for run in found]
    curves = [run.metrics[spec.metric] - (run.metrics[spec.minus] if spec.minus else 0.0) for run in runs]
    env_steps, values = aligned([run.env_steps for run in runs], curves)
    known = np.isfinite(values).all(axis=0)
    if not known.any():
        return None
    scores = spec.apply(env_steps[known], values[:, known])
    scores = np.where(np.isposinf(scores), env_steps[-1], scores)
    scores -= sum(side for side in (sides.higher, sides.lower) if isinstance(side, float))
    parts = np.split(scores, [len(sides.runs[0])])
    return int(env_steps[-1]), Contrast(*([part] if len(part) else [] for part in parts))


def _interval(measured: Contrast) -> Interval | None:
    """Return the interval of what was measured; None if a sample has one run."""
    return welch_interval(*measured) if min(map(len, (*measured.added, *measured.subtracted))) > 1 else None


def _decide(measured: Contrast, strict: float, few: bool) -> tuple[Decision, str]:
    """Return the decision on one comparison, and why it is undecided."""
    if few:
        return "undecided", f"it takes {ENOUGH_SEEDS} seeds"
    interval = welch_interval(*measured)
    if interval.low > 0:
        return "holds", ""
    if interval.high >= 0:
        return "undecided", "the interval holds 0"
    if welch_interval(*measured, strict).high < 0:
        return "does not hold", ""
    return "undecided", f"the {100 * strict:.4g} % interval holds 0"


def _name(side: str | float) -> str:
    return side if isinstance(side, str) else f"{side:g}"
