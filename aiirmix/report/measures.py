"""What a run came to, as one number: of its curve [points] or, for several runs at once, of [runs, points]."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.statistics import Scores, moving_average

Steps = NDArray[np.int64]
"""[points]; environment steps."""
Measure = Callable[[Steps, Scores], Scores]
"""From steps [points] and values [..., points] to [...]."""

LAST = 0.2
"""The share of the budget, at its end, that `final` averages over."""
SMOOTHING = 5
"""Evaluations averaged before a curve is compared with a threshold: a single one of 20 episodes is too noisy."""
ROUNDING = 1e-6
"""Win rates are kept to six digits, and a mean of rounded ones may miss the threshold that the true ones are at."""


def final(env_steps: Steps, values: Scores) -> Scores:
    """The mean over the last fifth of the budget."""
    at_the_end = env_steps > (1 - LAST) * env_steps[-1]
    at_the_end[-1] = True
    return np.asarray(values[..., at_the_end].mean(axis=-1))


def area(env_steps: Steps, values: Scores) -> Scores:
    """The area under the curve by the trapezoidal rule, divided by its length: the mean over the whole budget."""
    length = env_steps[-1] - env_steps[0]
    return np.asarray(np.trapezoid(values, env_steps) / length if length else values[..., -1])


def last(env_steps: Steps, values: Scores) -> Scores:
    """The last value."""
    return np.asarray(values[..., -1])


def steps_to(threshold: float) -> Measure:
    """Environment steps until the smoothed curve is first at least the threshold; infinitely many if it never is."""

    def measure(env_steps: Steps, values: Scores) -> Scores:
        return first_reached(env_steps, moving_average(values, SMOOTHING), threshold)

    return measure


def first_reached(env_steps: Steps, values: Scores, threshold: float) -> Scores:
    """Environment steps at which the values are first at least the threshold; inf if they never are."""
    reached = values >= threshold - ROUNDING
    return np.where(reached.any(axis=-1), env_steps[reached.argmax(axis=-1)], np.inf)
