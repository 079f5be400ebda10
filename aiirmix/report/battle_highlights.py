"""Timesteps of a recorded battle at which intrinsic rewards change most, in words. Letters in shapes: `Recording`."""

from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np

from aiirmix.viewer.recording import ORDERS, Insight, Recording

MIN_DISTANCE = 3
"""Least number of timesteps between two highlights, so that one event makes one highlight."""

VERBS = {"stop": "stands", "move": "moves", "attack": "attacks", "heal": "heals"}


@dataclass(frozen=True)
class Highlight:
    """A timestep at which an agent's intrinsic reward differs from the timestep before."""

    step: int
    agent: int
    letter: str
    """The name of its snapshot."""
    before: float
    """r_in of the timestep before."""
    after: float
    """r_in of this timestep."""

    @property
    def change(self) -> float:
        """By how much r_in rises."""
        return self.after - self.before


def find_highlights(recording: Recording, count: int) -> list[Highlight]:
    """Find the largest changes of living agents' intrinsic reward, at most `count`, in order of time."""
    r_in, alive = insight_of(recording).r_in, recording.alive[:-1, : recording.n_agents]
    changes = np.where(alive[1:] & alive[:-1], np.abs(np.diff(r_in, axis=0)), 0.0)
    found: list[tuple[int, int]] = []
    for index in np.argsort(-changes, axis=None, kind="stable"):
        earlier, agent = (int(i) for i in np.unravel_index(index, changes.shape))
        if len(found) == count or changes[earlier, agent] == 0.0:
            break
        if all(abs(earlier + 1 - step) >= MIN_DISTANCE for step, _ in found):
            found.append((earlier + 1, agent))
    return [
        Highlight(step, agent, letter, float(r_in[step - 1, agent]), float(r_in[step, agent]))
        for letter, (step, agent) in zip(ascii_lowercase, sorted(found), strict=False)
    ]


def insight_of(recording: Recording) -> Insight:
    """Return the intrinsic rewards of a battle that is known to have some."""
    assert recording.insight is not None
    return recording.insight


def unit_name(recording: Recording, u: int) -> str:
    """Return a unit's kind and number as the viewer writes them: `zealot 3`."""
    return f"{recording.units[u].kind.replace('_', ' ')} {recording.number(u)}"


def deaths(recording: Recording) -> list[tuple[int, int]]:
    """Return (timestep, unit) for each death in order of time; the timestep is the first at which the unit is dead."""
    return sorted((int(step), unit) for unit, step in enumerate(recording.deaths) if np.isfinite(step))


def recent_deaths(recording: Recording, step: int) -> str:
    """Name the units that died in the timestep before this one; nothing if there are none."""
    died = [_unit_and_side(recording, unit) for timestep, unit in deaths(recording) if timestep == step]
    return f"{' and '.join(died)} just died" if died else ""


def describe_action(recording: Recording, step: int, agent: int) -> str:
    """Describe the agent's order in a timestep, and its health."""
    unit, target = recording.units[agent], int(recording.target[step, agent])
    verb = VERBS[ORDERS[recording.order[step, agent]]]
    whom = f" {_unit_and_side(recording, target)}" if target >= 0 else ""
    health = recording.health[step, agent] + recording.shield[step, agent]
    return f"{verb}{whom}, health {health:.0f} of {unit.health_max + unit.shield_max:.0f}"


def _unit_and_side(recording: Recording, u: int) -> str:
    return f"{'enemy ' * recording.units[u].hostile}{unit_name(recording, u)}"
