"""Is the intrinsic reward of a run engaged, or is the run in truth one without it?"""

from collections.abc import Iterable, Sequence

import numpy as np

from aiirmix.common.statistics import Scores
from aiirmix.report.evaluations import Evaluations

FRACTION = "rewards/fraction_of_advantage"
AGREEMENT = "balance/agreement"
INERT_BELOW = 0.01
"""A run whose intrinsic reward makes up less of Var(A), on average over training, is inert."""


def mean_over_training(runs: Sequence[Evaluations], metric: str) -> Scores:
    """Return the mean of a metric for each run that has recorded it, [runs that have]."""
    recorded = (run.diagnostics[metric] for run in runs if metric in run.diagnostics)
    return np.array([np.nanmean(values) for values in recorded if not np.isnan(values).all()])


def is_inert(run: Evaluations) -> bool:
    """Whether the run has an intrinsic reward that its actors hardly learn from. Not known: False."""
    if not any(name.startswith("r_in/") for name in run.diagnostics):
        return False
    fractions = mean_over_training([run], FRACTION)
    return bool(len(fractions)) and float(fractions[0]) < INERT_BELOW


def inert_models(runs: Iterable[Evaluations]) -> list[str]:
    """Return the models of which a run is inert."""
    return sorted({run.model for run in runs if is_inert(run)})
