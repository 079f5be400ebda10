"""SMACv2 on StarCraft II as an environment (docs/smacv2.md)."""

from dataclasses import dataclass, field
from types import ModuleType
from typing import ClassVar

from aiirmix.envs.contract.capabilities import Capabilities
from aiirmix.envs.contract.scenarios import known_as
from aiirmix.envs.contract.smacv2_flags import Smacv2Flags
from aiirmix.envs.smac.env import Smac
from aiirmix.envs.smac.game import MakeSmacGame
from aiirmix.envs.smacv2 import requirements
from aiirmix.envs.smacv2.game import make_smacv2


@dataclass(eq=False)
class Smacv2(Smac, Smacv2Flags, Capabilities):
    """The `BatchEnv` of the games of SMACv2's own package. Its arguments are the package's flags and those of `Smac`.

    Raises:
        ConfigError: a package, the game, the version or the map is missing, or the package cannot play such a battle.
        RuntimeError: no game can be made.
    """

    map: str = field(default="terran_5_vs_5", kw_only=False)
    """One of SMACv2's scenarios."""
    obs_own_pos: bool = field(default=True, kw_only=True)
    """Agents observe their own position."""
    use_unit_ranges: bool = field(default=True, kw_only=True)
    """Ranges of sight and of targets depend on the agent's kind."""

    package: ClassVar[str] = "smacv2"
    requirements: ClassVar[ModuleType] = requirements
    make_game: ClassVar[MakeSmacGame] = staticmethod(make_smacv2)

    def __post_init__(self) -> None:
        """Start the first worker, for the scenario by its one name."""
        self.map = known_as(self.map)
        super().__post_init__()
