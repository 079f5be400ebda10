"""Tables of an experiment: a row for each model on each map, and a row for each model over all maps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from aiirmix.common.statistics import Scores, mean, moving_average, pooled
from aiirmix.report.engagement import AGREEMENT, FRACTION, inert_models, mean_over_training
from aiirmix.report.evaluations import (
    ABSOLUTE,
    BEST,
    COST,
    WIN_RATE,
    Evaluations,
    Metric,
    at_the_end,
    grouped,
    metric_of,
)
from aiirmix.report.learning_curves import aligned
from aiirmix.report.measures import SMOOTHING_WINDOW, area, final, first_reached

THRESHOLD = 0.8
"""The win rate that `SummaryRow.reached` is about."""


@dataclass(frozen=True)
class SummaryRow:
    """A model on a map, over the seeds that count, up to the budget that all of them have used."""

    map_label: str
    model: str
    metric: Metric
    """Of greedy test episodes."""
    seeds: int
    is_complete: bool
    """Whether these seeds have used their budget. If any has, the others do not count; if none has, all do."""
    env_steps: int
    """The environment steps that all seeds have used."""
    final: Scores
    """[seeds]; mean over the last fifth of these steps."""
    area: Scores
    """[seeds]; mean over all of these steps."""
    best_median: float
    """The highest median over seeds of the smoothed curve."""
    reached: float | None
    """Environment steps at which that median first reaches `THRESHOLD`, inf if never; None unless it is a win rate."""
    fraction: Scores
    """[runs that recorded it]; the fraction of Var(A) due to intrinsic reward, mean over training."""
    agreement: Scores
    """[runs that recorded it]; of two sources learnt from disjoint halves of the episodes, mean over training."""
    inert: bool
    """Whether the intrinsic reward of a run is inert (`report.engagement`)."""
    fresh: Scores
    """[runs that played fresh episodes]; the final model's win rate on them."""
    best: Scores
    """The same of the model of the best evaluation."""
    cpu_seconds: Scores
    """[runs that recorded it]; of the whole run."""
    seconds: Scores
    """The same by the clock."""


@dataclass(frozen=True)
class OverallRow:
    """A model over all maps."""

    model: str
    runs: int
    env_steps: int
    """The budget that all seeds have used, on the map where it is smallest."""
    final: list[Scores]
    """[seeds] for each map; mean win rate over the last fifth of the budget."""
    area: list[Scores]
    """[seeds] for each map; mean win rate over the whole budget."""


def summarise(runs: Sequence[Evaluations]) -> list[SummaryRow]:
    """Return a row for each model on each map, sorted by map and model."""
    rows = []
    for on_map in grouped(runs, _map):
        metric = metric_of(on_map)
        rows += [_row(_counted(alike), metric) for alike in grouped(on_map, _model)]
    return rows


def left_out(runs: Sequence[Evaluations]) -> list[str]:
    """Say which runs do not count, as others of the same model and map have used their budget and they have not."""
    groups = [alike for on_map in grouped(runs, _map) for alike in grouped(on_map, _model)]
    numbers = [(len(alike) - len(_counted(alike)), alike[0]) for alike in groups]
    return [f"{number} of {run.model} on {run.map_label}" for number, run in numbers if number]


def unchanged_maps(labels: Iterable[str]) -> set[str]:
    """Return the maps of the environment as it is, or all where each has changed settings: `8m,reward_sparse=True`."""
    found = set(labels)
    return {label for label in found if "," not in label} or found


def over_maps(rows: Sequence[SummaryRow]) -> list[OverallRow]:
    """Return the models with complete runs and a win rate on every map, best area first; none if there is one map.

    Maps with changed settings do not count beside those of the environment as it is.
    """
    labels = unchanged_maps(row.map_label for row in rows)
    counted = [row for row in rows if row.map_label in labels]
    models = [of_model for of_model in grouped(counted, lambda row: row.model) if _has_win_rates(of_model, labels)]
    found = [_overall(of_model) for of_model in models]
    return sorted(found, key=lambda model: -float(mean(pooled(model.area)))) if len(labels) > 1 else []


def _map(run: Evaluations) -> str:
    return run.map_label


def _model(run: Evaluations) -> str:
    return run.model


def _counted(alike: Sequence[Evaluations]) -> Sequence[Evaluations]:
    """Return the runs of one model and map that have used their budget, or all if none has."""
    return [run for run in alike if run.is_complete] or alike


def _row(runs: Sequence[Evaluations], metric: Metric) -> SummaryRow:
    steps, values = aligned([run.env_steps for run in runs], [run.metrics[metric.name] for run in runs])
    medians = np.median(moving_average(values, SMOOTHING_WINDOW), axis=0)
    return SummaryRow(
        *(runs[0].map_label, runs[0].model, metric, len(runs), runs[0].is_complete, int(steps[-1])),
        final=final(steps, values),
        area=area(steps, values),
        best_median=float(medians.max()),
        reached=float(first_reached(steps, medians, THRESHOLD)) if metric is WIN_RATE else None,
        fraction=mean_over_training(runs, FRACTION),
        agreement=mean_over_training(runs, AGREEMENT),
        inert=bool(inert_models(runs)),
        fresh=at_the_end(runs, ABSOLUTE),
        best=at_the_end(runs, BEST),
        cpu_seconds=at_the_end(runs, f"{COST}cpu_seconds"),
        seconds=at_the_end(runs, f"{COST}seconds"),
    )


def _has_win_rates(of_model: Sequence[SummaryRow], labels: set[str]) -> bool:
    """Whether a model has a win rate of complete runs on all of these maps."""
    return {row.map_label for row in of_model if row.metric is WIN_RATE and row.is_complete} == labels


def _overall(of_model: Sequence[SummaryRow]) -> OverallRow:
    scores = [row.final for row in of_model], [row.area for row in of_model]
    env_steps = min(row.env_steps for row in of_model)
    return OverallRow(of_model[0].model, sum(row.seeds for row in of_model), env_steps, *scores)
