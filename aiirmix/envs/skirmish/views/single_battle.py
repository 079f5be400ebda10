"""One battle at a time on the batch engine: what the two views share."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import Frame
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.state import Records
from aiirmix.envs.skirmish.views.picture import draw_battle


class StepResult(NamedTuple):
    """The result of one joint action: the fields of `Outcome`, of one battle."""

    reward: float
    terminated: bool
    truncated: bool
    won: bool


class SingleBattle:
    """Battles one after another, each with a seed of its own."""

    def __init__(self, engine: Skirmish, seed: int | None = None) -> None:
        self.engine = engine
        self.frame = Frame.zeros(engine.spec, 1)
        """The last timestep, B = 1. Every step makes a new one, so that arrays taken from it never change."""
        self.battle_seed: int | None = None
        """The seed with which `Skirmish.reset` starts the battle in progress."""
        self.running = False
        self._seeds = seed_series(seed)

    @property
    def units(self) -> Records:
        """[U]; the units of the battle, agents first; none before the first battle."""
        units: Records = self.engine.world.units.reshape(-1)
        return units

    def restart(self, seed: int | None) -> None:
        """Abandon the battle in progress; the next one is the first of the seed's series."""
        self._seeds = seed_series(seed)
        self.running = False

    def reset(self, seed: int | None = None) -> None:
        """Start the next battle of the series, or the first of the seed's series."""
        if seed is not None:
            self.restart(seed)
        self.battle_seed = next(self._seeds)
        self.frame = self.engine.reset(np.array([self.battle_seed]))
        self.running = True

    def step(self, actions: Sequence[int]) -> StepResult:
        """Play the actions [N].

        Raises:
            RuntimeError: no battle is in progress.
            ValueError: an action is not available, or there is not one per agent.
        """
        self.require_running()
        self.frame, outcome = self.engine.step(np.array([actions], np.int64))
        result = StepResult(*(getattr(outcome, name).item() for name in StepResult._fields))
        self.running = not (result.terminated or result.truncated)
        return result

    def require_running(self) -> None:
        """Raise RuntimeError unless a battle is in progress."""
        if not self.running:
            raise RuntimeError("no battle is in progress; call reset first")

    def info(self, won: bool = False) -> dict[str, Any]:
        """Return SMAC's info of a step (docs/smac_contract.md §3.4)."""
        dead, agents = self.units["health"] <= 0.0, self.engine.spec.n_agents
        return {
            "battle_won": won,
            "dead_allies": int(dead[:agents].sum()),
            "dead_enemies": int(dead[agents:].sum()),
        }

    def draw(self) -> NDArray[np.uint8]:
        """Return a picture [rows, columns, RGB] of the battle."""
        return draw_battle(self.engine.world.walkable, self.units)


def seed_series(seed: int | None) -> Iterator[int]:
    """Yield the seed and then numbers drawn from it, without end; without a seed, random numbers.

    Counting up from the seed instead would give workers with neighbouring seeds the same battles.
    """
    rng = np.random.default_rng(seed)
    if seed is not None:
        yield int(seed)
    while True:
        yield int(rng.integers(2**63))
