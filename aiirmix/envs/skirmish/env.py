"""Skirmish as an environment: SMAC's contract for a batch of battles, without StarCraft II."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.maps import MapName, find_map, recorded_name
from aiirmix.envs.contract.smacv2_flags import ScenarioFlags, check_flags
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome, unavailable
from aiirmix.envs.skirmish.coalitions import COALITIONS, Causal, Coalitions
from aiirmix.envs.skirmish.rules.settings import EnemyOrder
from aiirmix.envs.skirmish.world import World

Deed = Literal["dealt", "healed", "absorbed"]


@dataclass(eq=False)
class Skirmish(ScenarioFlags):
    """The `BatchEnv` of the embedded simulator. Its arguments are SMAC's and SMACv2's flags and the fields below.

    Raises:
        ConfigError: there is no such map, its file is wrong, or battles cannot be played with these flags.
        ValueError: another argument has an impossible value.
    """

    SELF_CONTAINED: ClassVar[bool] = True
    """It needs nothing but this package, so that a sweep can build it before its runs start."""
    map: MapName | str = field(default="8m", kw_only=False)
    """One of SMAC's maps or SMACv2's scenarios, or the path of a map file that ends in .yaml (docs/skirmish.md)."""
    enemy_order: EnemyOrder = field(default="created", kw_only=True)
    """Order of the enemies in observations and actions: as the map creates them, at random in each battle, or by type
    and place like the agents. In StarCraft II it is unspecified."""
    check_actions: bool = field(default=True, kw_only=True)
    """Whether unavailable actions raise. Otherwise they have the effect of such an order in the game, and numbers that
    are no action mean 0."""
    credited: Sequence[Deed] | Causal = field(default_factory=lambda: list(get_args(Deed)), kw_only=True)
    """What counts as an agent's contribution: damage and kills dealt, health restored, damage absorbed; or what the
    step's reward would have been without its action, by difference rewards or Shapley values."""
    permutations: int = field(default=4, kw_only=True)
    """Permutations in whose order agents join, of which Shapley values are the mean; even."""
    threads: int = field(default=1, kw_only=True)
    """Processor cores that share the battles of a batch. They change no battle. More than one pays only if the others
    are idle."""

    def __post_init__(self) -> None:
        """Check the arguments and set up the world."""
        if self.enemy_order not in get_args(EnemyOrder):
            raise ValueError(f"unknown enemy_order {self.enemy_order}; it is one of {', '.join(get_args(EnemyOrder))}")
        chosen, known = (
            ([self.credited], get_args(Causal)) if isinstance(self.credited, str) else (self.credited, get_args(Deed))
        )
        if unknown := set(map(str, chosen)) - set(known):
            raise ValueError(f"unknown credited {min(unknown)}; it is one of {', '.join(known)}")
        if isinstance(self.credited, str) and self.heuristic_ai:
            raise ValueError(f"credited={self.credited} plays the agents' actions again, and heuristic_ai ignores them")
        check_flags(self)
        self.map_spec = find_map(self.map)
        self.world = World(self.map_spec, self, self.enemy_order, threads=self.threads)
        self._spec = self.world.describe(f"skirmish-{SKIRMISH_VERSION}/{recorded_name(self.map)}")
        self._coalitions = self._make_coalitions()
        self._seeds = np.zeros(0, np.int64)
        self._blank = Frame.zeros(self._spec, 0), Outcome.zeros(0)
        self.scripted = np.zeros((0, self._spec.n_agents), np.int64)
        """[B, N]; with `heuristic_ai`, the actions of the scripted ally in the last step, available or not."""

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names."""
        return self._spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one battle per seed; see `BatchEnv`."""
        if len(seeds) != len(self._blank[0].obs):
            self._blank = Frame.zeros(self.spec, len(seeds)), Outcome.zeros(len(seeds))
        frame = out or Frame.zeros(self.spec, len(seeds))
        _require_alike(frame, self._blank[0])
        self._seeds = np.ascontiguousarray(seeds, np.int64)
        self.world.start(self._seeds, frame)
        return frame

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N]; see `BatchEnv`."""
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
        """Play one step without checking the actions; without actions, units carry out the orders that they have."""
        battles = len(self._blank[0].obs)
        frame, outcome = out or (Frame.zeros(self.spec, battles), Outcome.zeros(battles))
        _require_alike(frame, self._blank[0])
        _require_alike(outcome, self._blank[1])
        if self._coalitions is not None and actions is not None:
            acting = self._coalitions.acting(self._seeds, int(self.world.battles["step"].max(initial=0)))
            self._credit = self._coalitions.credit(acting, self.world.coalition_rewards(acting, actions))
        self.world.advance(frame, outcome, actions)
        return frame, outcome

    def contributions(self) -> NDArray[np.float32]:
        """Return each agent's contribution to the last step, [B, N]; see `KnowsContributions`.

        By `credited`, it is what the agent did, in units of the dense reward, or what its action changed.
        """
        if self._coalitions is not None:
            return self._credit
        units = self.world.units[:, : self.spec.n_agents]
        contributions = np.zeros(units.shape, np.float32)
        for deed in sorted(set(self.credited)):
            contributions += units[deed] / self.world.rules["reward_divisor"]
        return contributions

    def _make_coalitions(self) -> Coalitions | None:
        """Return the coalitions that show what the agents' actions changed; None: what they did is credited."""
        if not isinstance(self.credited, str):
            return None
        return COALITIONS[self.credited](self._spec.n_agents, self.permutations)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _check(self, actions: NDArray[np.int64]) -> None:
        """Refuse the first unavailable action."""
        if found := self.world.find_illegal(actions):
            battle, agent = found
            legal = self.world.legal_actions(battle, agent)
            raise unavailable(f"battle {battle}, agent {agent}", actions[battle, agent], legal)


def _require_alike(buffers: Frame | Outcome, blank: Frame | Outcome) -> None:
    """Make sure that the buffers can be written to directly.

    Raises:
        ValueError: shape, type or memory order of one of them is wrong.
    """
    for name, buffer, model in zip(blank._fields, buffers, blank, strict=True):
        if buffer.shape != model.shape or buffer.dtype != model.dtype or not buffer.flags.c_contiguous:
            raise ValueError(f"buffer {name} must be C-contiguous, {model.dtype}, of shape {model.shape}")
