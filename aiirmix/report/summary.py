"""Tables of an experiment: a row for each model on each map, and a row for each model over all maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aiirmix.common.statistics import (
    Interval,
    Scores,
    Statistic,
    bootstrap,
    bootstrap_comparison,
    interquartile_mean,
    mean,
    moving_average,
    percentile_interval,
    probability_of_improvement,
)
from aiirmix.report.engagement import AGREEMENT, FRACTION, inert_models, mean_over_training
from aiirmix.report.evaluations import WIN_RATE, Evaluations, Metric, grouped, load, metric_of, save
from aiirmix.report.learning_curves import aligned
from aiirmix.report.ledger import tuning_budgets
from aiirmix.report.measures import SMOOTHING_WINDOW, area, final, first_reached
from aiirmix.runs.seeds import refuse_tuning_seeds

THRESHOLD = 0.8
"""The win rate that `SummaryRow.reached` is about."""


@dataclass(frozen=True)
class SummaryRow:
    """A model on a map, over its seeds, up to the budget that all of them have used."""

    map_label: str
    model: str
    metric: Metric
    """Of greedy test episodes."""
    seeds: int
    env_steps: int
    """The budget that all seeds have used."""
    final: Scores
    """[seeds]; mean over the last fifth of the budget."""
    area: Scores
    """[seeds]; mean over the whole budget."""
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


def summary_tables(sources: Sequence[Path], out: Path | None = None) -> str:
    """Return the tables of run directories or kept evaluations.

    Args:
        sources: folders of runs, and files of evaluations.
        out: a folder in which to keep `evaluations.csv` and `summary.md`, without the budgets of tuning, which the
            ledger has.

    Returns:
        The tables, and how far each model was tuned.

    Raises:
        ConfigError: the runs cannot be read, or there are runs that must not be mixed or not be kept.
    """
    runs = load(*sources)
    rows = summarise(runs)
    text = "\n\n".join(filter(None, [markdown_table(rows), overall_table(over_maps(rows))]))
    if out:
        refuse_tuning_seeds((run.seed for run in runs), "kept results need")
        out.mkdir(parents=True, exist_ok=True)
        save(runs, out / "evaluations.csv")
        (out / "summary.md").write_text(f"{text}\n", encoding="utf-8")
    return f"{text}\n\n{tuning_budgets(run.model for run in runs)}"


def summarise(runs: Sequence[Evaluations]) -> list[SummaryRow]:
    """Return a row for each model on each map, sorted by map and model."""
    rows = []
    for on_map in grouped(runs, lambda run: run.map_label):
        metric = metric_of(on_map)
        rows += [_row(seeds, metric) for seeds in grouped(on_map, lambda run: run.model)]
    return rows


def over_maps(rows: Sequence[SummaryRow]) -> list[OverallRow]:
    """Return the models that have a win rate on every map, best area first; none if there is only one map."""
    labels = {row.map_label for row in rows}
    models = [of_model for of_model in grouped(rows, lambda row: row.model) if _has_win_rates(of_model, labels)]
    found = [_overall(of_model) for of_model in models]
    return sorted(found, key=lambda model: -np.concatenate(model.area).mean()) if len(labels) > 1 else []


def markdown_table(rows: Sequence[SummaryRow]) -> str:
    """Return the rows as a Markdown table, with 95 % bootstrap intervals over seeds.

    Two more columns say how far intrinsic reward is engaged, if a run has recorded it.
    """
    recorded = any(len(row.fraction) for row in rows)
    lines = [
        "| map | model | seeds | env steps | of | final [95 %] | its IQM [95 %] | area [95 %] | best median "
        f"| {THRESHOLD} reached at |{' r_in in Var(A) | agreement |' if recorded else ''}",
        f"|---|---|--:|--:|---|---|---|---|--:|--:|{'--:|--:|' if recorded else ''}",
    ]
    for row in rows:
        cells = (
            *(row.map_label, row.model, row.seeds, f"{row.env_steps:,}", row.metric.label.removeprefix("test ")),
            *(format_estimate([row.final]), format_estimate([row.final], interquartile_mean)),
            *(format_estimate([row.area]), f"{row.best_median:.2f}", format_steps(row.reached)),
            *(_engagement(row) if recorded else ()),
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _engagement(row: SummaryRow) -> list[str]:
    fraction, agreement = (f"{scores.mean():.3f}" if len(scores) else "–" for scores in (row.fraction, row.agreement))
    return [f"{fraction} (inert)" if row.inert else fraction, agreement]


def overall_table(models: Sequence[OverallRow]) -> str:
    """Return the models as a Markdown table, with 95 % bootstrap intervals stratified by map; nothing if none."""
    if not models:
        return ""
    best = models[0]
    lines = [
        "| all maps | runs | env steps | final win rate [95 %] | its IQM [95 %] | area [95 %] "
        f"| P({best.model} better) [95 %] |",
        "|---|--:|--:|---|---|---|---|",
    ]
    for model in models:
        better = "–" if model is best else format_improvement(best.area, model.area)
        cells = (
            *(model.model, str(model.runs), f"{model.env_steps:,}", format_estimate(model.final)),
            *(format_estimate(model.final, interquartile_mean), format_estimate(model.area), better),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def confidence_interval(strata: Sequence[Scores], statistic: Statistic = mean) -> Interval:
    """Return the 95 % bootstrap interval of a statistic of runs, stratified by map."""
    return percentile_interval(bootstrap(strata, statistic, np.random.default_rng(0)))


def format_interval(value: Scores | float, interval: Interval, number_format: str = ".2f") -> str:
    """Return a number with its interval: `0.50 [0.25, 0.75]`."""
    number, low, high = (format(float(x), number_format) for x in (value, *interval))
    return f"{number} [{low}, {high}]"


def format_estimate(strata: Sequence[Scores], statistic: Statistic = mean) -> str:
    """Return a statistic with its interval."""
    return format_interval(statistic(np.concatenate(strata)), confidence_interval(strata, statistic))


def improvement(strata: Sequence[Scores], others: Sequence[Scores]) -> tuple[Scores, Interval]:
    """Return the probability of improvement over other runs on the same maps, and its 95 % interval."""
    pairs = list(zip(strata, others, strict=True))
    samples = bootstrap_comparison(pairs, probability_of_improvement, np.random.default_rng(0))
    value = mean(np.stack([probability_of_improvement(*pair) for pair in pairs]))
    return value, percentile_interval(samples)


def format_improvement(strata: Sequence[Scores], others: Sequence[Scores]) -> str:
    """Return the probability of improvement over other runs on the same maps, with its interval."""
    return format_interval(*improvement(strata, others))


def format_steps(steps: float | None) -> str:
    """Return environment steps with separators, `never` if infinite."""
    if steps is None:
        return "–"
    return f"{steps:,.0f}" if np.isfinite(steps) else "never"


def _row(runs: Sequence[Evaluations], metric: Metric) -> SummaryRow:
    steps, values = aligned([run.env_steps for run in runs], [run.metrics[metric.name] for run in runs])
    medians = np.median(moving_average(values, SMOOTHING_WINDOW), axis=0)
    return SummaryRow(
        *(runs[0].map_label, runs[0].model, metric, len(runs), int(steps[-1])),
        final=final(steps, values),
        area=area(steps, values),
        best_median=float(medians.max()),
        reached=float(first_reached(steps, medians, THRESHOLD)) if metric is WIN_RATE else None,
        fraction=mean_over_training(runs, FRACTION),
        agreement=mean_over_training(runs, AGREEMENT),
        inert=bool(inert_models(runs)),
    )


def _has_win_rates(of_model: Sequence[SummaryRow], labels: set[str]) -> bool:
    """Whether a model has a win rate on all of these maps."""
    return {row.map_label for row in of_model if row.metric is WIN_RATE} == labels


def _overall(of_model: Sequence[SummaryRow]) -> OverallRow:
    scores = [row.final for row in of_model], [row.area for row in of_model]
    env_steps = min(row.env_steps for row in of_model)
    return OverallRow(of_model[0].model, sum(row.seeds for row in of_model), env_steps, *scores)
