"""What a model gains over its control: the same learner with the same settings, without what the model is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aiirmix.common.errors import ConfigError
from aiirmix.common.statistics import Scores, difference, probability_of_improvement
from aiirmix.report.engagement import FRACTION, are_inert, has_intrinsic_reward, mean_over_training
from aiirmix.report.estimates import Estimate, compared
from aiirmix.report.evaluations import WIN_RATE, Evaluations, Metric, grouped, metric_of
from aiirmix.report.learning_curves import aligned
from aiirmix.report.measures import Measure, area, final

CREDIT = "credit/correlation"


@dataclass(frozen=True)
class Effect:
    """A model compared with its control, on one map or over all maps."""

    map_label: str
    model: str
    control: str
    runs: tuple[int, int]
    """Of the model and of its control."""
    env_steps: int
    """The budget that all of these runs have used."""
    metric: Metric
    """What differs."""
    final: Estimate
    """Difference of the means over the last fifth of the budget."""
    area: Estimate
    """Difference of the means over the whole budget."""
    improvement: Estimate
    """The probability that a run of the model has the larger area."""
    fraction: float
    """The fraction of Var(A) due to intrinsic reward; nan if it was not recorded or there is no source."""
    inert: bool
    """Whether the intrinsic reward is inert on a map: then the effect is none of intrinsic reward."""
    credit: float
    """Correlation of what intrinsic reward adds with true contribution; nan if it was not recorded."""


@dataclass(frozen=True)
class _Pair:
    """The runs of a model and of its control on one map, and the measures of a metric, [runs]."""

    model: Sequence[Evaluations]
    control: Sequence[Evaluations]
    metric: Metric
    env_steps: int
    final: tuple[Scores, Scores]
    area: tuple[Scores, Scores]
    is_pooled: bool
    """Whether these are win rates on a map without changed settings."""


def maps_together(maps: int) -> str:
    """Return the label of so many maps together."""
    return f"{maps} maps"


def effects(runs: Sequence[Evaluations], control: str, metric: Metric | None = None) -> list[Effect]:
    """Compare every model with its control on each map and over all maps of the environment as it is.

    Without a metric, win rates are compared on each map where any run has won, and returns on the others.

    The control of a model is the one that has the model's values of all settings that any control has. Models for which
    there is none are left out, and so are runs that have not used their budget. Maps with changed settings, and maps on
    which nothing was won, do not count among all maps.

    Raises:
        ConfigError: there is no run of the control.
    """
    runs = [run for run in runs if run.is_complete]
    metrics = {of_map[0].map_label: metric or metric_of(of_map) for of_map in grouped(runs, lambda run: run.map_label)}
    found = {label: _of_model(runs, label) for label in sorted({run.model for run in runs})}
    controls = [label for label in found if _choice(label) == control]
    if not controls:
        models = ", ".join(sorted(set(map(_choice, found)))) or "nothing"
        raise ConfigError(f"no complete run of the control {control}; choose one by --control: {models}")
    settings = {name for label in controls for name in _changes(label)}
    rows = list[Effect]()
    for label in (label for label in found if label not in controls):
        own = control_of(label, control, settings)
        of_control = found.get(own, {})
        common = [name for name in found[label] if name in of_control]
        pairs = [_pair(found[label][name], of_control[name], metrics[name]) for name in common]
        rows += [_effect([pair], pair.model[0].map_label) for pair in pairs]
        together = [pair for pair in pairs if pair.is_pooled]
        rows += [_effect(together, maps_together(len(together)))] if len(together) > 1 else []
    return rows


def control_of(label: str, control: str, settings: set[str]) -> str:
    """Return the label of a model's control, which has the model's changes of these settings: `none,update=clipped`."""
    changes = {name: value for name, value in _changes(label).items() if name in settings}
    return ",".join([control, *(f"{name}={value}" for name, value in changes.items())])


def _choice(label: str) -> str:
    return label.partition(",")[0]


def _changes(label: str) -> dict[str, str]:
    """Return the changes of a label: `aiir_mix,update=clipped` → {update: clipped}."""
    pairs = (change.partition("=") for change in label.split(",")[1:])
    return {name: value for name, _, value in pairs}


def _of_model(runs: Sequence[Evaluations], label: str) -> Mapping[str, Sequence[Evaluations]]:
    """Return the runs of a model by map."""
    of_maps = grouped((run for run in runs if run.model == label), lambda run: run.map_label)
    return {of_map[0].map_label: of_map for of_map in of_maps}


def _pair(model: Sequence[Evaluations], control: Sequence[Evaluations], metric: Metric) -> _Pair:
    runs = [*model, *control]
    env_steps, values = aligned([run.env_steps for run in runs], [run.metrics[metric.name] for run in runs])

    def measured(measure: Measure) -> tuple[Scores, Scores]:
        scores = measure(env_steps, values)
        return scores[: len(model)], scores[len(model) :]

    is_pooled = metric is WIN_RATE and "," not in runs[0].map_label
    return _Pair(model, control, metric, int(env_steps[-1]), measured(final), measured(area), is_pooled)


def _effect(pairs: Sequence[_Pair], map_label: str) -> Effect:
    models, controls = ([run for pair in pairs for run in getattr(pair, side)] for side in ("model", "control"))
    areas = [pair.area for pair in pairs]
    has_source = any(map(has_intrinsic_reward, models))
    return Effect(
        *(map_label, models[0].model, controls[0].model, (len(models), len(controls))),
        env_steps=min(pair.env_steps for pair in pairs),
        metric=pairs[0].metric,
        final=compared([pair.final for pair in pairs], difference),
        area=compared(areas, difference),
        improvement=compared(areas, probability_of_improvement),
        fraction=_mean_or_nan(mean_over_training(models, FRACTION)) if has_source else np.nan,
        inert=any(are_inert(pair.model) for pair in pairs),
        credit=_mean_or_nan(mean_over_training(models, CREDIT)) if has_source else np.nan,
    )


def _mean_or_nan(values: Scores) -> float:
    return float(values.mean()) if len(values) else np.nan
