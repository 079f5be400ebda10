"""One battle at a time on the engine for batches: what the views have in common."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from aiirmix.envs.protocol import Frame
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.state import Records


class Turn(NamedTuple):
    """What one joint action led to; the fields of `Outcome`, of one battle."""

    reward: float
    terminated: bool
    truncated: bool
    won: bool


class Single:
    """Battles one after another, each with a seed of its own."""

    def __init__(self, engine: Skirmish, seed: int | None = None) -> None:
        self.engine = engine
        self.frame = Frame.zeros(engine.spec, 1)
        """What there is to see, B = 1. Every step makes another, so that what is read from it stays as it is."""
        self.battle_seed: int | None = None
        """With it, `Skirmish.reset` starts the battle in progress."""
        self.running = False
        self._seeds = battle_seeds(seed)

    @property
    def units(self) -> Records:
        """[U]; the units of the battle, agents first."""
        units: Records = self.engine.world.units[0]
        return units

    def reset(self, seed: int | None = None) -> None:
        """Starts the next battle; a seed begins the series of battles that belongs to it."""
        if seed is not None:
            self._seeds = battle_seeds(seed)
        self.battle_seed = next(self._seeds)
        self.frame = self.engine.reset(np.array([self.battle_seed]))
        self.running = True

    def step(self, actions: Sequence[int]) -> Turn:
        """Plays the actions [N].

        Raises:
            RuntimeError: no battle is in progress.
            ValueError: an action is not available, or there is not one per agent.
        """
        self.require_running()
        self.frame, outcome = self.engine.step(np.array([actions], np.int64))
        turn = Turn(*(getattr(outcome, name).item() for name in Turn._fields))
        self.running = not (turn.terminated or turn.truncated)
        return turn

    def require_running(self) -> None:
        """Raises RuntimeError unless a battle is in progress."""
        if not self.running:
            raise RuntimeError("no battle is in progress; call reset first")

    def facts(self, won: bool = False) -> dict[str, Any]:
        """SMAC's info of a step (contract, section 3.4)."""
        dead, agents = self.units["health"] <= 0.0, self.engine.spec.n_agents
        return {
            "battle_won": won,
            "dead_allies": int(dead[:agents].sum()),
            "dead_enemies": int(dead[agents:].sum()),
        }


def battle_seeds(seed: int | None) -> Iterator[int]:
    """The seed itself, then numbers drawn from it, without end; without a seed, numbers of the system's choice.

    Counting up from the seed instead would give workers with neighbouring seeds the same battles.
    """
    generator = np.random.default_rng(seed)
    if seed is not None:
        yield int(seed)
    while True:
        yield int(generator.integers(2**63))
