"""Whether our win rates rank models as published ones do: a table of both, and rank correlations on each map."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aiirmix.common.errors import ConfigError, shown
from aiirmix.common.rank_correlation import kendall, spearman
from aiirmix.common.resources import EXPERIMENTS
from aiirmix.common.statistics import RESAMPLES, Scores, percentile_interval
from aiirmix.report.estimates import format_estimate, format_interval
from aiirmix.report.evaluations import WIN_RATE, Evaluations
from aiirmix.report.summary import SummaryRow, summarise
from aiirmix.report.yaml_spec import read_yaml, require_keys, require_list

PUBLISHED = EXPERIMENTS / "published.yaml"
KEPT = EXPERIMENTS / "results" / "paper" / "evaluations.csv"
MODELS_FOR_A_RANK = 3
"""Fewer models on a map give no correlation: with two it is 1 or −1."""
Correlation = Callable[[Scores, Scores], float]


@dataclass(frozen=True)
class Published:
    """Win rates of one source."""

    source: str
    game: str | None
    """The version of StarCraft II; None: not stated."""
    env_steps: int | None
    """The budget; None: not stated."""
    win_rates: Mapping[str, Mapping[str, float]]
    """By map and model."""


@dataclass(frozen=True)
class Agreement:
    """The models that a source and our runs have in common on one map, best published first."""

    published: Published
    map_label: str
    models: list[str]
    theirs: Scores
    """[models]."""
    ours: list[SummaryRow]


def read_published(path: Path) -> list[Published]:
    """Read a file of published win rates.

    Raises:
        ConfigError: it cannot be read, or an entry is wrong.
    """
    entries = require_list("the file", read_yaml(path), str(path))
    return [_published(entry, f"{path}, entry {number}") for number, entry in enumerate(entries, 1)]


def agreements(published: Sequence[Published], runs: Sequence[Evaluations]) -> list[Agreement]:
    """Return the maps of each source on which we have runs of its models, in the order of the file."""
    ours = {(row.map_label, row.model): row for row in summarise(runs) if row.metric is WIN_RATE}
    found = []
    for entry in published:
        for map_label, win_rates in entry.win_rates.items():
            best_first = sorted(win_rates, key=win_rates.__getitem__, reverse=True)
            models = [model for model in best_first if (map_label, model) in ours]
            if models:
                theirs = np.array([win_rates[model] for model in models])
                found.append(Agreement(entry, map_label, models, theirs, [ours[map_label, m] for m in models]))
    return found


def tables(found: Sequence[Agreement], published: Sequence[Published]) -> str:
    """Return the win rates side by side, the rank correlations, and how many published numbers we have no runs for."""
    compared = sum(len(agreement.models) for agreement in found)
    total = sum(len(win_rates) for entry in published for win_rates in entry.win_rates.values())
    note = f"{compared} of {total} published win rates are of models and maps that were run here."
    return "\n\n".join([_win_rates(found), _correlations(found), note])


def format_correlation(correlation: Correlation, agreement: Agreement) -> str:
    """Return a rank correlation with its 95 % bootstrap interval over our seeds, or a dash if there is none.

    Resamples in which all of our win rates are equal have no correlation and are left out.
    """
    ours = [row.final for row in agreement.ours]
    value = correlation(agreement.theirs, np.array([scores.mean() for scores in ours]))
    if np.isnan(value):
        return "–"
    rng = np.random.default_rng(0)
    drawn = np.stack([rng.choice(scores, (RESAMPLES, len(scores))).mean(1) for scores in ours], axis=1)
    samples = np.array([correlation(agreement.theirs, sample) for sample in drawn])
    return format_interval(value, percentile_interval(samples[~np.isnan(samples)]))


def _published(entry: object, where: str) -> Published:
    settings: Mapping[str, Any] = require_keys(entry, Published, where)
    found = Published(**settings)
    for map_label, win_rates in found.win_rates.items():
        for model, rate in win_rates.items():
            if not isinstance(rate, int | float) or not 0 <= rate <= 1:
                raise ConfigError(f"{where}: {map_label}.{model} should be from 0 to 1, not {shown(rate)}")
    return found


def _win_rates(found: Sequence[Agreement]) -> str:
    lines = [
        "| source | game | map | model | published | its env steps | ours [95 %] | seeds | our env steps |",
        "|---|---|---|---|--:|--:|---|--:|--:|",
    ]
    for one in found:
        entry = one.published
        for model, theirs, row in zip(one.models, one.theirs, one.ours, strict=True):
            steps = f"{entry.env_steps:,}" if entry.env_steps else "–"
            numbers = (f"{theirs:.2f}", steps, format_estimate([row.final]), str(row.seeds), f"{row.env_steps:,}")
            lines.append(f"| {' | '.join([entry.source, entry.game or '–', one.map_label, model, *numbers])} |")
    return "\n".join(lines)


def _correlations(found: Sequence[Agreement]) -> str:
    lines = ["| source | map | models | Spearman's ρ [95 %] | Kendall's τ [95 %] |", "|---|---|--:|---|---|"]
    for one in (agreement for agreement in found if len(agreement.models) >= MODELS_FOR_A_RANK):
        cells = [one.published.source, one.map_label, str(len(one.models))]
        cells += [format_correlation(correlation, one) for correlation in (spearman, kendall)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
