"""SMAC on StarCraft II as an environment (docs/smac.md)."""

from dataclasses import asdict, dataclass, field
from functools import partial
from types import ModuleType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.flags import Flags
from aiirmix.envs.contract.maps import find_map
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome
from aiirmix.envs.smac import requirements
from aiirmix.envs.smac.batch import GameBatch
from aiirmix.envs.smac.game import MakeSmacGame, make_starcraft
from aiirmix.envs.smac.requirements import version_played

OWN = ("map", "difficulty", "workers", "relaunch", "launch_seconds", "step_seconds")
"""Settings that are not handed on to SMAC as they are."""


@dataclass(eq=False)
class Smac(Flags):
    """The `BatchEnv` of SMAC's own games. Its arguments are SMAC's flags and those below.

    Raises:
        ConfigError: a package, the game, the version or the map is missing.
        RuntimeError: no game can be made.
    """

    map: str = field(default="8m", kw_only=False)
    """One of SMAC's maps."""
    game_version: str | float | None = field(default=None, kw_only=True)
    """The version of StarCraft II in full, e.g. ``4.10.0``; None: the newest that is installed. A number is refused,
    because YAML reads 4.10 as 4.1."""
    difficulty: int | str = field(default=7, kw_only=True)
    """Difficulty of the computer player, 1 to 9 or A. Very likely without effect (docs/smac_contract.md §4.1)."""
    workers: int = field(default=8, kw_only=True)
    """Maximum number of simultaneous games. Training and evaluation have as many each."""
    relaunch: bool = field(default=False, kw_only=True)
    """Launch a new game for every battle, seeded with the battle's seed. Otherwise SMAC seeds only the first battle of
    each game."""
    launch_seconds: float = field(default=180.0, kw_only=True)
    """How long a game may take to start a battle."""
    step_seconds: float = field(default=60.0, kw_only=True)
    """How long a game may take for a step."""

    package: ClassVar[str] = "smac"
    requirements: ClassVar[ModuleType] = requirements
    make_game: ClassVar[MakeSmacGame] = staticmethod(make_starcraft)

    def __post_init__(self) -> None:
        """Start the first worker, which reports the sizes."""
        settings = asdict(self)
        self.requirements.check(settings)
        options = {name: value for name, value in settings.items() if name not in OWN}
        self._games = GameBatch(
            partial(self.make_game, map_name=self.map, difficulty=str(self.difficulty), **options),
            self._describe,
            self.relaunch,
            self.launch_seconds,
            self.step_seconds,
        )

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names."""
        return self._games.spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one battle per seed; see `GameBatch`."""
        return self._games.reset(seeds, out)

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N]; see `GameBatch`."""
        return self._games.step(actions, out)

    def close(self) -> None:
        """End all games."""
        self._games.close()

    def _describe(self, sizes: dict[str, int]) -> EnvSpec:
        return EnvSpec(
            name=f"{self.package}-{version_played(self.game_version)}/{self.map}",
            n_agents=sizes["n_agents"],
            n_actions=sizes["n_actions"],
            obs_dim=sizes["obs_shape"],
            state_dim=sizes["state_shape"],
            episode_limit=sizes["episode_limit"],
            agent_types=find_map(self.map).agent_types,
            most_battles=self.workers,
        )
