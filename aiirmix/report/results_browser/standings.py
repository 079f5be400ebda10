"""How models stand against each other: performance profiles and probabilities of improvement."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from aiirmix.common.statistics import Interval, Scores, fraction_above, mean, pooled
from aiirmix.report.estimates import Estimate, can_be_resampled, confidence_interval, improvement
from aiirmix.report.evaluations import WIN_RATE, Metric, grouped
from aiirmix.report.summary import OverallRow, SummaryRow, over_maps, unchanged_maps

ALL_MAPS = "all maps"
THRESHOLDS = 101
"""Points of a performance profile."""


@dataclass(frozen=True)
class Profile:
    """For each threshold, the fraction of runs whose final score exceeds it. [thresholds]."""

    model: str
    thresholds: Scores
    fraction: Scores
    interval: Interval | None
    """None where there is a single run."""


@dataclass(frozen=True)
class Standings:
    """The models on a map, or those that were run on all of several maps."""

    label: str
    maps: set[str]
    metric: Metric
    profiles: list[Profile]
    improvements: dict[tuple[str, str], Estimate]
    """By model and other model: the probability that a run of the former has the larger area, on the same map."""

    @property
    def models(self) -> list[str]:
        """The models, best area first."""
        return [profile.model for profile in self.profiles]


def all_standings(rows: Sequence[SummaryRow]) -> list[Standings]:
    """Return the standings over all maps, if models have been run on several, and those on each map."""
    on_maps = grouped(rows, lambda row: row.map_label)
    found = [_on_map(on_map) for on_map in on_maps]
    overall, maps = over_maps(rows), unchanged_maps(row.map_label for row in rows)
    return [_standings(ALL_MAPS, maps, WIN_RATE, overall), *found] if overall else found


def _on_map(rows: Sequence[SummaryRow]) -> Standings:
    return _standings(rows[0].map_label, {rows[0].map_label}, rows[0].metric, [_alone(row) for row in rows])


def _standings(label: str, maps: set[str], metric: Metric, models: Sequence[OverallRow]) -> Standings:
    best_first = sorted(models, key=lambda row: -float(mean(pooled(row.area))))
    scores = np.concatenate([part for row in models for part in row.final])
    thresholds = np.linspace(min(0.0, scores.min()), max(1.0, scores.max()), THRESHOLDS)
    profiles = [_profile(row, thresholds) for row in best_first]
    chances = {(x.model, y.model): improvement(x.area, y.area) for x, y in permutations(best_first, 2)}
    return Standings(label, maps, metric, profiles, chances)


def _alone(row: SummaryRow) -> OverallRow:
    return OverallRow(row.model, row.seeds, row.env_steps, [row.final], [row.area])


def _profile(row: OverallRow, thresholds: Scores) -> Profile:
    statistic = fraction_above(thresholds)
    interval = confidence_interval(row.final, statistic) if can_be_resampled(*row.final) else None
    return Profile(row.model, thresholds, statistic(pooled(row.final)), interval)
