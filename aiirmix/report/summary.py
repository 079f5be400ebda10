"""What an experiment came to, in tables: `python -m aiirmix.report.summary runs/<name>`.

Reads run directories, or the files of evaluations that `--out` wrote from them, and prints a row for each model on each
map and, for models that were run on all of several maps, a row over all of these. With `--out FOLDER` the evaluations
and the tables are kept there.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aiirmix.common.errors import ConfigError
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
from aiirmix.report.evaluations import WIN_RATE, Evaluations, Metric, grouped, load, metric_of, save
from aiirmix.report.learning_curves import aligned
from aiirmix.report.measures import SMOOTHING, area, final, first_reached

THRESHOLD = 0.8


@dataclass(frozen=True)
class Row:
    """A model on a map, over its seeds, as far as all of them have got."""

    world: str
    model: str
    metric: Metric
    """What the numbers are of; of greedy test episodes."""
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
    """Environment steps after which that median is first at least 0.8, perhaps inf; None unless it is a win rate."""


@dataclass(frozen=True)
class Overall:
    """A model over all maps."""

    model: str
    runs: int
    env_steps: int
    """The budget that all seeds have used on the map where that is least."""
    final: list[Scores]
    """[seeds] for each map; mean win rate over the last fifth of the budget."""
    area: list[Scores]
    """[seeds] for each map; mean win rate over the whole budget."""


def main() -> None:
    """Prints what the command line asks for and leaves with an exit code."""
    parser = argparse.ArgumentParser("python -m aiirmix.report.summary", description="Sums an experiment up.")
    parser.add_argument("sources", nargs="+", type=Path, help="experiments, runs/<name>, or files evaluations.csv")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep evaluations.csv and summary.md there")
    arguments = parser.parse_args()
    try:
        runs = load(*arguments.sources)
        rows = summarise(runs)
        text = "\n\n".join(filter(None, [markdown(rows), markdown_overall(over_maps(rows))]))
    except ConfigError as error:
        sys.exit(f"error: {error}")
    print(text)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        save(runs, arguments.out / "evaluations.csv")
        (arguments.out / "summary.md").write_text(f"{text}\n", encoding="utf-8")


def summarise(runs: Sequence[Evaluations]) -> list[Row]:
    """A row for each model on each map, sorted by map and model."""
    rows = []
    for on_map in grouped(runs, lambda run: run.world):
        metric = metric_of(on_map)
        rows += [_row(seeds, metric) for seeds in grouped(on_map, lambda run: run.model)]
    return rows


def over_maps(rows: Sequence[Row]) -> list[Overall]:
    """The models that have a win rate on every map, best area first; nothing if there are less than two maps."""
    worlds = {row.world for row in rows}
    models = [of_model for of_model in grouped(rows, lambda row: row.model) if _comparable(of_model, worlds)]
    found = [_overall(of_model) for of_model in models]
    return sorted(found, key=lambda model: -np.concatenate(model.area).mean()) if len(worlds) > 1 else []


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; intervals are 95 % bootstrap intervals of mean and IQM over seeds."""
    lines = [
        "| map | model | seeds | env steps | of | final [95 %] | its IQM [95 %] | area [95 %] | best median "
        "| 0.8 reached at |",
        "|---|---|--:|--:|---|---|---|---|--:|--:|",
    ]
    for row in rows:
        cells = (
            *(row.world, row.model, row.seeds, f"{row.env_steps:,}", row.metric.label.removeprefix("test ")),
            *(estimate([row.final]), estimate([row.final], interquartile_mean), estimate([row.area])),
            *(f"{row.best_median:.2f}", shown_steps(row.reached)),
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def markdown_overall(models: Sequence[Overall]) -> str:
    """The models as a Markdown table, or nothing; intervals are 95 % bootstrap intervals, stratified by map."""
    if not models:
        return ""
    best = models[0]
    lines = [
        "| all maps | runs | env steps | final win rate [95 %] | its IQM [95 %] | area [95 %] "
        f"| P({best.model} better) [95 %] |",
        "|---|--:|--:|---|---|---|---|",
    ]
    for model in models:
        better = "–" if model is best else chance(best.area, model.area)
        cells = (
            *(model.model, str(model.runs), f"{model.env_steps:,}", estimate(model.final)),
            *(estimate(model.final, interquartile_mean), estimate(model.area), better),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def estimate(strata: Sequence[Scores], statistic: Statistic = mean) -> str:
    """A statistic with its interval."""
    return _with_interval(statistic(np.concatenate(strata)), interval_of(strata, statistic))


def interval_of(strata: Sequence[Scores], statistic: Statistic = mean) -> Interval:
    """The 95 % bootstrap interval of a statistic of runs, those of each map drawn by themselves."""
    return percentile_interval(bootstrap(strata, statistic, np.random.default_rng(0)))


def chance(strata: Sequence[Scores], others: Sequence[Scores]) -> str:
    """How probably a run of the one is better than one of the other on the same map, with its interval."""
    pairs = list(zip(strata, others, strict=True))
    samples = bootstrap_comparison(pairs, probability_of_improvement, np.random.default_rng(0))
    value = mean(np.stack([probability_of_improvement(*pair) for pair in pairs]))
    return _with_interval(value, percentile_interval(samples))


def shown_steps(steps: float | None) -> str:
    """Environment steps as a reader wants them."""
    if steps is None:
        return "–"
    return f"{steps:,.0f}" if np.isfinite(steps) else "never"


def _row(runs: Sequence[Evaluations], metric: Metric) -> Row:
    steps, values = aligned([run.env_steps for run in runs], [run.metrics[metric.name] for run in runs])
    medians = np.median(moving_average(values, SMOOTHING), axis=0)
    return Row(
        *(runs[0].world, runs[0].model, metric, len(runs), int(steps[-1])),
        final=final(steps, values),
        area=area(steps, values),
        best_median=float(medians.max()),
        reached=float(first_reached(steps, medians, THRESHOLD)) if metric is WIN_RATE else None,
    )


def _comparable(of_model: Sequence[Row], worlds: set[str]) -> bool:
    return {row.world for row in of_model if row.metric is WIN_RATE} == worlds


def _overall(of_model: Sequence[Row]) -> Overall:
    scores = [row.final for row in of_model], [row.area for row in of_model]
    env_steps = min(row.env_steps for row in of_model)
    return Overall(of_model[0].model, sum(row.seeds for row in of_model), env_steps, *scores)


def _with_interval(value: Scores, interval: Interval) -> str:
    return f"{value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


if __name__ == "__main__":
    main()
