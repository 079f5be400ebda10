"""The arguments of SMAC's environment class (contract, section 2.1)."""

from dataclasses import dataclass, fields
from typing import Any, Literal

from aiirmix.envs.contract.flags import Flags


@dataclass(kw_only=True)
class Options(Flags):
    """SMAC's names and defaults, without `map_name`; those that concern the engine are inherited."""

    seed: int | None = None
    """Of the series of battles; None: another series each time."""
    continuing_episode: bool = False
    """A time-out is marked in the info, so that a learner can bootstrap from it."""
    enemy_order: Literal["created", "shuffled", "sorted"] = "created"
    """See `Skirmish`. The one option that SMAC does not have."""

    difficulty: str = "7"
    """Without effect, as very likely in StarCraft II (section 4.1)."""
    game_version: str | None = None
    """Without effect: there is no game."""
    replay_dir: str = ""
    """Without effect."""
    replay_prefix: str = ""
    """Without effect."""
    window_size_x: int = 1920
    """Without effect: there is no window."""
    window_size_y: int = 1200
    """Without effect."""
    debug: bool = False
    """Without effect."""

    def engine_arguments(self) -> dict[str, Any]:
        """Those that concern the engine.

        `obs_instead_of_state` does not, as SMAC's state dictionary needs the state in any case.
        """
        flags = {flag.name: getattr(self, flag.name) for flag in fields(Flags)}
        return {**flags, "obs_instead_of_state": False, "enemy_order": self.enemy_order}
