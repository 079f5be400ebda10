"""Skirmish as an environment: SMAC's contract for a batch of battles, without StarCraft II."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.flags import Flags
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome
from aiirmix.envs.skirmish.catalog.maps import MapName, find_map
from aiirmix.envs.skirmish.world import LEGAL, World

EnemyOrder = Literal["created", "shuffled", "sorted"]
VERSION = 2
"""Of the simulator: raised whenever the same seed and actions no longer lead to the same battle."""


@dataclass(eq=False)
class Skirmish(Flags):
    """The `BatchEnv` of the embedded simulator. Its arguments are SMAC's flags and those named here."""

    map: MapName = field(default="8m", kw_only=False)
    """Which battle is fought."""
    enemy_order: EnemyOrder = field(default="created", kw_only=True)
    """Order of the enemies in observations and actions: as the map creates them, at random in each battle, or by type
    and place like the agents. In StarCraft II it is unspecified."""
    check_actions: bool = field(default=True, kw_only=True)
    """Unavailable actions raise. Unchecked, they mean what the game makes of such an order, and numbers that are no
    action at all mean 0."""
    threads: int = field(default=1, kw_only=True)
    """Processor cores that share the battles of a batch. A battle is the same whatever their number. More than one pay
    only where they have nothing else to do."""

    def __post_init__(self) -> None:
        """Sets up the world."""
        if self.enemy_order not in get_args(EnemyOrder):
            raise ValueError(f"unknown enemy_order {self.enemy_order}; it is one of {', '.join(get_args(EnemyOrder))}")
        if self.step_mul < 1 or self.move_amount <= 0:
            raise ValueError(f"step_mul and move_amount must be positive, not {self.step_mul} and {self.move_amount}")
        self.world = World(find_map(self.map), self, self.enemy_order, threads=self.threads)
        self._spec = self.world.describe(f"skirmish-{VERSION}/{self.map}")
        self._blank = Frame.zeros(self._spec, 0), Outcome.zeros(0)
        self.scripted = np.zeros((0, self._spec.n_agents), np.int64)
        """[B, N]; with `heuristic_ai`, what the scripted ally did in the last step, available or not."""

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names."""
        return self._spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Starts one battle per seed; see `BatchEnv`."""
        if len(seeds) != len(self._blank[0].obs):
            self._blank = Frame.zeros(self.spec, len(seeds)), Outcome.zeros(len(seeds))
        frame = out or Frame.zeros(self.spec, len(seeds))
        _require_alike(frame, self._blank[0])
        self.world.start(np.ascontiguousarray(seeds, np.int64), frame)
        return frame

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Plays the joint actions [B, N]; see `BatchEnv`."""
        actions = np.ascontiguousarray(actions, np.int64)
        if actions.shape != self._blank[0].alive.shape:
            raise ValueError(f"actions must have shape {self._blank[0].alive.shape}, not {actions.shape}")
        if self.heuristic_ai:
            self.scripted = actions.copy()
            self.world.order_heuristic(self.scripted)
            return self.advance(out)
        if self.check_actions:
            self._check(actions)
        return self.advance(out, actions)

    def advance(
        self, out: tuple[Frame, Outcome] | None = None, actions: NDArray[np.int64] | None = None
    ) -> tuple[Frame, Outcome]:
        """Lets a step pass, without actions under the orders that the units have, which no action mask has limited."""
        battles = len(self._blank[0].obs)
        frame, outcome = out or (Frame.zeros(self.spec, battles), Outcome.zeros(battles))
        _require_alike(frame, self._blank[0])
        _require_alike(outcome, self._blank[1])
        self.world.advance(frame, outcome, actions)
        return frame, outcome

    def close(self) -> None:
        """There is nothing to release."""

    def _check(self, actions: NDArray[np.int64]) -> None:
        """Raises on the first unavailable action."""
        found = self.world.find_illegal(actions)
        if found != LEGAL:
            battle, agent = divmod(found, self.spec.n_agents)
            legal = ", ".join(str(action) for action in self.world.legal_actions(battle, agent))
            raise ValueError(
                f"battle {battle}, agent {agent}: action {actions[battle, agent]} is not available (legal: {legal})"
            )


def _require_alike(buffers: Frame | Outcome, blank: Frame | Outcome) -> None:
    """Raises unless the buffers can be written to as they are."""
    for name, buffer, model in zip(blank._fields, buffers, blank, strict=True):
        if buffer.shape != model.shape or buffer.dtype != model.dtype or not buffer.flags.c_contiguous:
            raise ValueError(f"buffer {name} must be C-contiguous, {model.dtype}, of shape {model.shape}")
