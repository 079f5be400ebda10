"""Is the intrinsic reward of a run engaged, or is the run in truth one without it?"""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from aiirmix.common.statistics import Scores
from aiirmix.report.evaluations import Evaluations, grouped

FRACTION = "rewards/fraction_of_advantage"
AGREEMENT = "balance/agreement"
INERT_BELOW = 0.01
"""Runs whose intrinsic reward makes up less of Var(A), on average over training and seeds, are inert."""


def mean_over_training(runs: Sequence[Evaluations], metric: str) -> Scores:
    """Return the mean of a metric for each run that has recorded it, [runs that have]."""
    recorded = (run.diagnostics[metric] for run in runs if metric in run.diagnostics)
    return np.array([np.nanmean(values) for values in recorded if not np.isnan(values).all()])


def are_inert(runs: Sequence[Evaluations]) -> bool:
    """Whether runs of one model have an intrinsic reward that their actors hardly learn from. Not known: False."""
    fractions = mean_over_training([run for run in runs if has_intrinsic_reward(run)], FRACTION)
    return bool(len(fractions)) and float(fractions.mean()) < INERT_BELOW


def inert_models(runs: Iterable[Evaluations]) -> list[str]:
    """Return the models whose runs are inert."""
    return sorted(of_model[0].model for of_model in grouped(runs, lambda run: run.model) if are_inert(of_model))


def has_intrinsic_reward(run: Evaluations) -> bool:
    """Whether r_in was ever anything but a constant."""
    deviations = [values for name, values in run.diagnostics.items() if re.fullmatch(r"r_in/.*/std", name)]
    return any(bool((values > 0).any()) for values in deviations)
