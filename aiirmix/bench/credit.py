"""What it costs to play every step again for each agent's contribution (docs/skirmish.md)."""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from aiirmix.bench.battles import BATTLES, Bench
from aiirmix.envs.skirmish.coalitions import Causal
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import RandomPolicy


@dataclass(frozen=True)
class CreditCost:
    """Environment steps per CPU second of one core on a map, with random available actions, resets included."""

    map: str
    deeds: float
    """with contributions that the simulator counts anyway"""
    causal: dict[str, float]
    """with those that copies are played for, by the value of `env.credited`"""


def measure_credit(map: str, seconds: float = 1.0, battles: int = BATTLES) -> CreditCost:
    """Measure every kind of contribution, each for at least `seconds`."""

    def speed(skirmish: Skirmish) -> float:
        bench = Bench(skirmish, battles, RandomPolicy(np.arange(battles)))
        bench.play()
        return bench.speed(seconds)

    causal = {kind: speed(Skirmish(map, credited=kind)) for kind in get_args(Causal)}
    return CreditCost(map, speed(Skirmish(map)), causal)


def report(cost: CreditCost) -> str:
    """Return a line for each kind of contribution."""
    lines = [
        f"{kind:>16} {speed:>17,.0f} steps/s, {cost.deeds / speed:.1f} times the time of a step"
        for kind, speed in cost.causal.items()
    ]
    return "\n".join([f"\nthe same on {cost.map} with contributions for which steps are played again", *lines])
