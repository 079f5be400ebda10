"""Measures: one number for each run, from its curve [points], or for several runs at once from [runs, points]."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.statistics import Scores, moving_average

Steps = NDArray[np.int64]
"""Environment steps, [points]."""
Measure = Callable[[Steps, Scores], Scores]
"""From steps [points] and values [..., points] to [...]."""

FINAL_FRACTION = 0.2
"""The last part of the budget, over which `final` averages."""
SMOOTHING_WINDOW = 5
"""Evaluations averaged before a curve is compared with a threshold: a single one of 20 episodes is too noisy."""
ROUNDING_ERROR = 1e-6
"""Kept win rates have six digits, and a mean of rounded ones may miss a threshold that the exact mean is equal to."""


def final(env_steps: Steps, values: Scores) -> Scores:
    """Average the values over the last fifth of the budget."""
    at_the_end = env_steps > (1 - FINAL_FRACTION) * env_steps[-1]
    at_the_end[-1] = True
    return np.asarray(values[..., at_the_end].mean(axis=-1))


def area(env_steps: Steps, values: Scores) -> Scores:
    """Return the area under the curve by the trapezoidal rule over its length: the mean over the whole budget."""
    length = env_steps[-1] - env_steps[0]
    return np.asarray(np.trapezoid(values, env_steps) / length if length else values[..., -1])


def last(env_steps: Steps, values: Scores) -> Scores:
    """Return the last value."""
    return np.asarray(values[..., -1])


def steps_to(threshold: float) -> Measure:
    """Return the measure of environment steps until the smoothed curve first reaches the threshold; inf if never."""

    def measure(env_steps: Steps, values: Scores) -> Scores:
        return first_reached(env_steps, moving_average(values, SMOOTHING_WINDOW), threshold)

    return measure


def first_reached(env_steps: Steps, values: Scores, threshold: float) -> Scores:
    """Return the environment steps at which the values first reach the threshold; inf if they never do."""
    reached = values >= threshold - ROUNDING_ERROR
    return np.where(reached.any(axis=-1), env_steps[reached.argmax(axis=-1)], np.inf)
