"""What happened in a recorded battle when an agent's intrinsic reward moved most. Letters in shapes: `Recording`."""

from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np

from aiirmix.viewer.recording import ORDERS, Insight, Recording

APART = 3
"""Least number of steps between two moments: one event, one picture."""

VERBS = {"stop": "stands", "move": "moves", "attack": "attacks", "heal": "heals"}


@dataclass(frozen=True)
class TurningPoint:
    """A step in which an agent's intrinsic reward differs from that of the step before."""

    step: int
    agent: int
    letter: str
    """Of its snapshot."""
    before: float
    after: float
    """r_in of the step before, and of this one."""

    @property
    def change(self) -> float:
        """How much it rises."""
        return self.after - self.before


def turning_points(recording: Recording, count: int) -> list[TurningPoint]:
    """The largest changes of living agents' intrinsic reward, at most `count`, in the order of their steps."""
    r_in, alive = insight_of(recording).r_in, recording.alive[:-1, : recording.n_agents]
    changes = np.where(alive[1:] & alive[:-1], np.abs(np.diff(r_in, axis=0)), 0.0)
    found: list[tuple[int, int]] = []
    for index in np.argsort(-changes, axis=None, kind="stable"):
        earlier, agent = (int(i) for i in np.unravel_index(index, changes.shape))
        if len(found) == count or changes[earlier, agent] == 0.0:
            break
        if all(abs(earlier + 1 - step) >= APART for step, _ in found):
            found.append((earlier + 1, agent))
    return [
        TurningPoint(step, agent, letter, float(r_in[step - 1, agent]), float(r_in[step, agent]))
        for letter, (step, agent) in zip(ascii_lowercase, sorted(found), strict=False)
    ]


def insight_of(recording: Recording) -> Insight:
    """What the model made of a battle that a model with intrinsic rewards played."""
    assert recording.insight is not None
    return recording.insight


def name_of_unit(recording: Recording, u: int) -> str:
    """`zealot 3`: a unit's kind, and its number as the player of battles writes it."""
    unit = recording.units[u]
    return f"{unit.kind.replace('_', ' ')} {1 + u - (recording.n_agents if unit.hostile else 0)}"


def deaths(recording: Recording) -> list[tuple[int, int]]:
    """The first moment at which each of the dead is dead, and who it is, in the order of the moments."""
    died = recording.alive[:-1] & ~recording.alive[1:]
    return [(int(before) + 1, int(unit)) for before, unit in np.argwhere(died)]


def who_just_died(recording: Recording, step: int) -> str:
    """Whom the step before a step killed, in words; nothing if nobody."""
    died = [_called(recording, unit) for moment, unit in deaths(recording) if moment == step]
    return f"{' and '.join(died)} just died" if died else ""


def what_it_does(recording: Recording, step: int, agent: int) -> str:
    """The agent's order in a step, with its health, in words."""
    unit, target = recording.units[agent], int(recording.target[step, agent])
    verb = VERBS[ORDERS[recording.order[step, agent]]]
    whom = f" {_called(recording, target)}" if target >= 0 else ""
    health = recording.health[step, agent] + recording.shield[step, agent]
    return f"{verb}{whom}, health {health:.0f} of {unit.health_max + unit.shield_max:.0f}"


def _called(recording: Recording, u: int) -> str:
    return f"{'enemy ' * recording.units[u].hostile}{name_of_unit(recording, u)}"
