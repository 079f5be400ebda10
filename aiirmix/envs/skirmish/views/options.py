"""The arguments of SMAC's environment class (contract, section 2.1)."""

from dataclasses import dataclass, fields
from typing import Any, Literal

from aiirmix.envs.skirmish.engine import LOOPS_PER_STEP
from aiirmix.envs.skirmish.flags import Flags
from aiirmix.envs.skirmish.orders import MOVE_AMOUNT

ONLY_VALUE = {"step_mul": LOOPS_PER_STEP, "move_amount": MOVE_AMOUNT, "obs_pathing_grid": 0, "obs_terrain_height": 0}


@dataclass(kw_only=True)
class Options(Flags):
    """SMAC's names and defaults, without `map_name`; flags of observation, state and reward are inherited.

    Raises:
        ValueError: an option has a value that skirmish cannot honour.
    """

    seed: int | None = None
    """Of the series of battles; None: another series each time."""
    continuing_episode: bool = False
    """A time-out is marked in the info, so that a learner can bootstrap from it."""
    heuristic_ai: bool = False
    """The scripted ally plays, whatever the actions say (section 8)."""
    heuristic_rest: bool = False
    """The scripted ally uses available actions only."""
    enemy_order: Literal["created", "shuffled", "sorted"] = "created"
    """See `Skirmish`. The one option that SMAC does not have."""

    step_mul: int = LOOPS_PER_STEP
    """Loops in a step; no other value is possible."""
    move_amount: float = MOVE_AMOUNT
    """Distance of the goal of a move; no other value is possible."""
    obs_pathing_grid: bool = False
    """Not possible."""
    obs_terrain_height: bool = False
    """Not possible."""

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

    def __post_init__(self) -> None:
        """Refuses what would silently be another game than asked for."""
        for name, value in ONLY_VALUE.items():
            if getattr(self, name) != value:
                raise ValueError(f"{name} can only be {value} in skirmish, not {getattr(self, name)}")

    def engine_arguments(self) -> dict[str, Any]:
        """Those that concern the engine.

        `obs_instead_of_state` does not, as SMAC's state dictionary needs the state in any case.
        """
        flags = {flag.name: getattr(self, flag.name) for flag in fields(Flags)}
        return {**flags, "obs_instead_of_state": False, "enemy_order": self.enemy_order}
